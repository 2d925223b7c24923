import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './paths';
import { runProgram } from './program';
import { tf } from './tensorflow';

/** What a run was made with; kept in every run.json and printed by the doctor. */
export interface Facts {
  readonly node: string;
  readonly platform: string;
  /** Version of the TensorFlow library that computes. */
  readonly tensorflow: string;
  readonly tfjs: string;
  /** `compiled`: functions can be compiled; `stock`: the older download, without them. */
  readonly binding: 'compiled' | 'stock';
  /** What computes: the processor's or the GPU's name. */
  readonly device: string;
  readonly cores: number;
  readonly memory_gb: number;
  /** The vector units that matter for speed, of those the processor has. */
  readonly cpu_features: readonly string[];
  /** Commit of the clone, with "+changes" where files differ from it; empty outside git. */
  readonly commit: string;
}

const FEATURES = [
  'avx2',
  'avx512f',
  'avx512_bf16',
  'avx512_vnni',
  'amx_bf16',
  'amx_tile',
  'neon',
  'asimd',
];

/** Reads the facts of this machine and this clone. */
export function facts(): Facts {
  const binding = (tf.backend() as unknown as { binding: Record<string, unknown> }).binding;
  const gpu = gpuName();
  return {
    node: process.versions.node,
    platform: `${platform()} ${arch()} ${release()}`,
    tensorflow: String(binding.TF_Version ?? 'unknown'),
    tfjs: tf.version['tfjs-core'],
    binding: 'registerFunction' in binding ? 'compiled' : 'stock',
    device: gpu ?? cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    cpu_features: cpuFeatures(),
    commit: commit(),
  };
}

/** Name of the first NVIDIA GPU, where the driver answers. */
export function gpuName(): string | undefined {
  const asked = runProgram(
    'nvidia-smi',
    ['--query-gpu=name,driver_version', '--format=csv,noheader'],
    20,
  );
  return asked.ok ? asked.output.split('\n')[0] : undefined;
}

function cpuFeatures(): string[] {
  try {
    const flags =
      /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
    const present = new Set(flags.trim().split(/\s+/));
    return FEATURES.filter((feature) => present.has(feature));
  } catch {
    return []; // Only Linux has /proc.
  }
}

function commit(): string {
  const head = runProgram('git', ['-C', ROOT, 'rev-parse', '--short=12', 'HEAD'], 10);
  if (!head.ok) return '';
  const changed = runProgram(
    'git',
    ['-C', ROOT, 'status', '--porcelain', '--', join(ROOT, 'lib')],
    10,
  );
  return head.output + (changed.output ? '+changes' : '');
}
