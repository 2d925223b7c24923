import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, ROOT } from '../environment/paths';
import { Problem, writing } from '../environment/problem';
import type { NeoXConfig } from '../pythia/config';
import { benchOptions, chosen, whole } from './options';
import type { PythiaCost, PythiaWork } from './pythia-worker';
import { installTorch, PYTHON, TORCH_VERSION } from './torch-process';

/** Layers, width and heads of Pythia's sizes (Biderman et al. 2023, table 1). */
const SHAPES: Record<string, readonly [number, number, number]> = {
  '70m': [6, 512, 8],
  '160m': [12, 768, 12],
  '410m': [24, 1024, 16],
  '2.8b': [32, 2560, 32],
};

const USAGE = `npm run bench -- pythia [options]

Measures one checkpoint of Pythia's true shapes, with random weights, on the probe sets: seconds and peak memory,
beside PyTorch ${TORCH_VERSION} doing the same on the same cores.

  --models LIST   of ${Object.keys(SHAPES).join(', ')} (default 160m,410m)
  --items N       items of each probe set (default 25; the sets have 110 to 160)
  --files         read our weights from a file of float16, as from the hub (deleted afterwards; 5.6 GB at 2.8b)
  --alone         leave PyTorch out
  --json          print a JSON array and nothing else`;

/** One model's line. */
interface Row {
  readonly model: string;
  readonly items: number;
  /** True where ours were read from a file. */
  readonly files: boolean;
  readonly ours_s: number;
  readonly ours_first_s: number;
  /** Seconds that all cores worked. */
  readonly ours_cpu_s: number;
  readonly ours_peak_mb: number | null;
  readonly torch_s: number | null;
  readonly torch_cpu_s: number | null;
  readonly torch_peak_mb: number | null;
  /** Ours over PyTorch's, by the clock and by the cores' work. */
  readonly ratio: number | null;
  readonly cpu_ratio: number | null;
}

/**
 * `npm run bench -- pythia`: a table, or with `--json` its rows alone.
 * @throws RangeError for an unknown model or number; Problem where PyTorch cannot be had.
 */
export async function benchPythia(argv: string[]): Promise<number> {
  const values = benchOptions(argv, USAGE, {
    models: { type: 'string', default: '160m,410m' },
    items: { type: 'string', default: '25' },
    files: { type: 'boolean', default: false },
    alone: { type: 'boolean', default: false },
  });
  if (!values) return 0;
  const items = whole('items', values.items, 2);
  const models = chosen('model', values.models, Object.keys(SHAPES));
  const say = (text: string) => process.stderr.write(`${text}\n`);
  if (!values.alone) installTorch(say);
  const rows: Row[] = [];
  for (const model of models) {
    say(`${model}: one checkpoint, twice on each side …`);
    const row = await contest(model, items, values);
    rows.push(row);
    if (!values.json) process.stdout.write(line(row));
  }
  if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 1)}\n`);
  return 0;
}

function shapeOf(model: string): NeoXConfig {
  const [layers, width, heads] = SHAPES[model];
  return {
    ...{ layers, width, heads, inner: 4 * width, vocabulary: 50_304, context: 2048 },
    ...{ rotary: width / heads / 4, rotaryBase: 10_000, parallel: true, epsilon: 1e-5 },
    ...{ gelu: 'erf', tied: false },
  };
}

/** Each side in a process of its own, so that its peak memory is its own. */
async function contest(
  model: string,
  items: number,
  { files, alone }: { files: boolean; alone: boolean },
): Promise<Row> {
  const config = shapeOf(model);
  // Not in the system's folder for such things, which may lie in memory.
  writing(CACHE, () => mkdirSync(CACHE, { recursive: true }));
  const folder = mkdtempSync(join(CACHE, 'bench-pythia-'));
  try {
    const result = join(folder, 'cost.json');
    const work: PythiaWork = { config, items, files: files ? join(folder, 'step0') : '' };
    const worker = join(__dirname, 'pythia-worker.js');
    await program(process.execPath, [worker, JSON.stringify(work), result]);
    const ours = JSON.parse(readFileSync(result, 'utf8')) as PythiaCost;
    let theirs: Pick<PythiaCost, 'checkpoint_s' | 'cpu_s' | 'peak_mb'> | undefined;
    if (!alone) {
      const { batches, scored, sets } = ours;
      const asked = JSON.stringify({ config, batches, scored, sets });
      theirs = JSON.parse(await program(PYTHON, [join(ROOT, 'lib', 'bench', 'pythia.py'), asked]));
    }
    return {
      ...{ model, items, files, ours_s: ours.checkpoint_s, ours_first_s: ours.first_s },
      ...{ ours_cpu_s: ours.cpu_s, ours_peak_mb: ours.peak_mb },
      torch_s: theirs?.checkpoint_s ?? null,
      torch_cpu_s: theirs?.cpu_s ?? null,
      torch_peak_mb: theirs?.peak_mb ?? null,
      ratio: theirs ? ours.checkpoint_s / theirs.checkpoint_s : null,
      cpu_ratio: theirs ? ours.cpu_s / theirs.cpu_s : null,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function program(command: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Threads that wait must sleep, or they count as work.
      env: { ...process.env, OMP_WAIT_POLICY: 'PASSIVE' },
    });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.stderr.on('data', (text) => {
      errors = `${errors}${text}`.slice(-2000);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Problem(`The bench failed: ${errors.trim().split('\n').at(-1)}`));
    });
  });
}

function line(row: Row): string {
  const { model, items, files, ours_s, ours_first_s, ours_cpu_s, ours_peak_mb } = row;
  const { torch_s, torch_cpu_s, torch_peak_mb, ratio, cpu_ratio } = row;
  const mb = (value: number | null) => (value === null ? '?' : `${(value / 1000).toFixed(2)} GB`);
  const cost = (seconds: number, cpu: number, peak: number | null) =>
    `${seconds.toFixed(1)} s (${cpu.toFixed(1)} s of all cores), ${mb(peak)}`;
  const ours = `ours ${cost(ours_s, ours_cpu_s, ours_peak_mb)}, first ${ours_first_s.toFixed(1)} s`;
  const theirs =
    torch_s === null
      ? ''
      : `; PyTorch ${cost(torch_s, torch_cpu_s!, torch_peak_mb)}; ratio ${ratio!.toFixed(2)} (${cpu_ratio!.toFixed(2)})`;
  return `${model}, ${items} items a set${files ? ', from a file' : ''}: ${ours}${theirs}\n`;
}
