import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { runProgram } from './program';

/** What decides how fast a run is, and whether it repeats bit by bit. */
export interface Machine {
  /** What computes: the processor's or the GPU's name. */
  readonly device: string;
  /** Threads that this process may use. */
  readonly cores: number;
  /** The vector units that matter for speed, of those the processor has. */
  readonly cpu_features: readonly string[];
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

/** This machine. */
export function machine(): Machine {
  return {
    device: gpuName() ?? cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    cpu_features: cpuFeatures(),
  };
}

/** True where a run of the one repeats on the other, and takes as long. */
export function sameMachine(a: Machine, b: Machine): boolean {
  return machineWords(a) === machineWords(b);
}

/** `AMD EPYC (avx2, avx512f) with 2 threads`. */
export function machineWords({ device, cores, cpu_features }: Machine): string {
  return `${device} (${cpu_features.join(', ')}) with ${cores} ${cores === 1 ? 'thread' : 'threads'}`;
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
