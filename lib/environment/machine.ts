import { existsSync, readFileSync } from 'node:fs';
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
  /** Its generation, such as "family 25, model 17", as others round otherwise. Missing in older runs, empty if unknown. */
  readonly cpu_generation?: string;
}

const FEATURES = 'avx2 avx512f avx512_bf16 avx512_vnni amx_bf16 amx_tile neon asimd'.split(' ');

const CPUINFO = '/proc/cpuinfo';

/** This machine. */
export function machine(): Machine {
  const device = gpuName() ?? cpus()[0]?.model.trim() ?? 'unknown processor';
  // Only Linux tells more.
  const cpuinfo = existsSync(CPUINFO) ? readFileSync(CPUINFO, 'utf8') : '';
  return { device, cores: availableParallelism(), ...processorOf(cpuinfo) };
}

/** True if a run gives the same bits on both. Where one does not know its generation, it counts as the same. */
export function sameMachine(a: Machine, b: Machine): boolean {
  const known = a.cpu_generation && b.cpu_generation;
  const words = (one: Machine) => machineWords(known ? one : { ...one, cpu_generation: '' });
  return words(a) === words(b);
}

/** `AMD EPYC (family 25, model 17, avx2, avx512f) with 2 threads`. */
export function machineWords({ device, cores, cpu_features, cpu_generation }: Machine): string {
  const units = [cpu_generation, ...cpu_features].filter(Boolean).join(', ');
  return `${device} (${units}) with ${cores} ${cores === 1 ? 'thread' : 'threads'}`;
}

/** Name of the first NVIDIA GPU, where the driver answers. */
export function gpuName(): string | undefined {
  const query = ['--query-gpu=name,driver_version', '--format=csv,noheader'];
  const asked = runProgram('nvidia-smi', query, 20);
  return asked.ok ? asked.output.split('\n')[0] : undefined;
}

/** What `/proc/cpuinfo` tells of the first processor, on x86 and on Arm. */
export function processorOf(cpuinfo: string) {
  const field = (...names: string[]) =>
    new RegExp(`^(?:${names.join('|')})\\s*:(.*)$`, 'm').exec(cpuinfo)?.[1].trim();
  const present = new Set(field('flags', 'Features')?.split(/\s+/));
  const [family, part] = [field('cpu family'), field('CPU part')];
  const arm = part ? `part ${part}` : '';
  return {
    cpu_features: FEATURES.filter((feature) => present.has(feature)),
    cpu_generation: family ? `family ${family}, model ${field('model')}` : arm,
  };
}
