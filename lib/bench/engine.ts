import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OUT } from '../environment/paths';
import { Problem, writing } from '../environment/problem';
import { benchRatios } from '../figures/bench-ratios';
import { SCALES } from '../model/scales';
import { CONTEXT } from '../tasks';
import { type ContestOptions, type Row, WHATS } from './contest';
import { benchOptions, chosen, whole } from './options';
import { installTorch, TORCH_VERSION } from './torch-process';

const USAGE = `npm run bench [-- engine] [options]

Times this project's model against PyTorch ${TORCH_VERSION} on the CPU: same architecture, weights and batch, in
turns, medians. PyTorch goes into .cache/bench-venv at the first use.

  --scales LIST       of ${SCALES.join(', ')} (default nano to large)
  --what LIST         of ${WHATS.join(', ')} (default all)
  --rounds N          timed rounds (default 10)
  --batch N           sequences of ${CONTEXT} tokens (default 128)
  --alone             leave PyTorch out
  --memory N          train nano for N updates instead (5000 are meant) and see that memory stays
  --agree N           see instead that losses and gradients, compiled and plain, are the same over N updates of
                      training (200 are meant)
  --json              print a JSON array and nothing else`;

/**
 * `npm run bench -- engine`: prints a table, or with `--json` its rows alone; leaves both and a figure in out/.
 * @throws RangeError for an unknown scale or thing to time; Problem where PyTorch cannot be had.
 */
export async function benchEngine(argv: string[]): Promise<number> {
  const values = benchOptions(argv, USAGE, {
    scales: { type: 'string', default: 'nano,micro,small,medium,large' },
    what: { type: 'string', default: WHATS.join(',') },
    rounds: { type: 'string', default: '10' },
    batch: { type: 'string', default: '128' },
    alone: { type: 'boolean', default: false },
    memory: { type: 'string' },
    agree: { type: 'string' },
  });
  if (!values) return 0;
  const scales = chosen('scale', values.scales, SCALES);
  const whats = chosen('what', values.what, WHATS);
  const rounds = whole('rounds', values.rounds);
  const batch = whole('batch', values.batch);
  if (values.memory !== undefined) {
    // This process loads TensorFlow only where it is the one that trains.
    const { benchMemory } = await import('./memory.js');
    benchMemory(whole('memory', values.memory), batch, values.json);
    return 0;
  }
  if (values.agree !== undefined) {
    const { agreement } = await import('./agreement.js');
    const steps = whole('agree', values.agree);
    const found = scales.map((scale) => {
      const one = agreement(scale, steps, batch);
      say(
        `${scale}, ${steps} updates of ${batch} sequences: losses differ by ${one.loss.toExponential(1)} of ` +
          `themselves at most, gradients by ${one.gradient.toExponential(1)} (update ${one.at})`,
      );
      return one;
    });
    if (values.json) process.stdout.write(`${JSON.stringify(found, null, 1)}\n`);
    return 0;
  }
  if (!values.alone) installTorch(say);
  const rows: Row[] = [];
  for (const scale of scales) {
    say(`${scale}: ${whats.join(', ')} …`);
    const found = await inOwnProcess({ scale, whats, rounds, batch, alone: values.alone });
    rows.push(...found);
    if (!values.json) process.stdout.write(table(found));
  }
  await keep(rows);
  if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 1)}\n`);
  return 0;
}

async function inOwnProcess(options: ContestOptions): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'anatomy-bench-'));
  const result = join(folder, 'rows.json');
  const args = [join(__dirname, 'worker.js'), JSON.stringify(options), result];
  try {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 2, 2] });
    const code = await new Promise((resolve) => child.on('close', resolve));
    if (code !== 0) {
      throw new Problem(`The bench of ${options.scale} has failed (see above).`);
    }
    return JSON.parse(readFileSync(result, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Leaves the rows and a figure of the ratios in out/. */
async function keep(rows: readonly Row[]): Promise<void> {
  const path = join(OUT, 'bench.json');
  writing(path, () => {
    mkdirSync(OUT, { recursive: true });
    writeFileSync(path, `${JSON.stringify(rows, null, 1)}\n`);
  });
  if (!rows.some(({ ratio }) => ratio !== null)) return;
  try {
    say(await benchRatios(rows).save('bench.svg'));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(`No figure: ${error.message}`);
  }
}

function table(rows: readonly Row[]): string {
  const number = (value: number | null, digits = 0) =>
    value === null ? '–' : value.toFixed(digits);
  const columns: [string, (row: Row) => string][] = [
    ['scale', ({ scale }) => scale],
    ['what', ({ what }) => what],
    ['ours ms', ({ ours_ms }) => number(ours_ms, ours_ms < 100 ? 1 : 0)],
    ['torch ms', ({ torch_ms: ms }) => number(ms, ms !== null && ms < 100 ? 1 : 0)],
    ['ratio', ({ ratio }) => number(ratio, 2)],
    ['quartiles', ({ ratio_quartiles: q }) => q?.map((value) => value.toFixed(2)).join('–') ?? '–'],
    ['GFLOP/s', ({ gflops }) => number(gflops)],
    [
      'of ceiling',
      ({ share_of_ceiling: share }) => (share === null ? '–' : `${number(100 * share)} %`),
    ],
    ['first s', ({ first_call_s }) => number(first_call_s, 1)],
    ['peak MB', ({ ours_peak_mb }) => number(ours_peak_mb)],
    ['torch MB', ({ torch_peak_mb }) => number(torch_peak_mb)],
    ['tokens/s', ({ tokens_per_s }) => number(tokens_per_s)],
  ];
  const lines = [
    columns.map(([name]) => name),
    ...rows.map((row) => columns.map(([, of]) => of(row))),
  ];
  const widths = columns.map((_, i) => Math.max(9, ...lines.map((line) => line[i].length)));
  return `${lines.map((line) => line.map((cell, i) => cell.padStart(widths[i])).join(' ')).join('\n')}\n`;
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
