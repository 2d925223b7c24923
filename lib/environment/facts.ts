import { arch, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Machine, machine } from './machine';
import { ROOT } from './paths';
import { runProgram } from './program';
import { tf } from './tensorflow';

/** What a run was made with; kept in every run.json and printed by the doctor. */
export interface Facts extends Machine {
  readonly node: string;
  readonly platform: string;
  /** Version of the TensorFlow library that computes. */
  readonly tensorflow: string;
  readonly tfjs: string;
  readonly memory_gb: number;
  /** Commit of the clone, with "+changes" where files differ from it; empty outside git. */
  readonly commit: string;
}

export function facts(): Facts {
  const binding = (tf.backend() as unknown as { binding: Record<string, unknown> }).binding;
  return {
    node: process.versions.node,
    platform: `${platform()} ${arch()} ${release()}`,
    tensorflow: String(binding.TF_Version ?? 'unknown'),
    tfjs: tf.version['tfjs-core'],
    ...machine(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    commit: commit(),
  };
}

function commit(): string {
  const head = runProgram('git', ['-C', ROOT, 'rev-parse', '--short=12', 'HEAD'], 10);
  if (!head.ok) return '';
  const status = ['-C', ROOT, 'status', '--porcelain', '--', join(ROOT, 'lib')];
  return head.output + (runProgram('git', status, 10).output ? '+changes' : '');
}
