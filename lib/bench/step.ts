import { spawn } from 'node:child_process';
import { machine, machineWords } from '../environment/machine';
import { say } from '../environment/progress';
import { Problem } from '../files/problem';
import { SCALES } from '../model/scales';
import type { ContestOptions, Row } from './contest';
import { benchOptions, chosen, whole } from './options';
import { installTorch, TORCH_VERSION } from './torch-process';
import { BATCHES, WHATS } from './turns';

const USAGE = `npm run bench [-- step] [options]

Times the training step against PyTorch ${TORCH_VERSION} on the CPU: same architecture, weights and batch, in turns,
medians. PyTorch goes into .cache/bench-venv at the first use.

  --scales LIST       of ${SCALES.join(', ')} (default nano,micro,small,medium)
  --what LIST         of ${WHATS.join(', ')} (default all)
  --batches LIST      of ${BATCHES.join(', ')}: a run's own, several sequences a row, or a row a sequence (default both)
  --rounds N          timed rounds (default 10)
  --sequences N       in a batch (default 64)
  --alone             leave PyTorch out
  --json              print a JSON array and nothing else`;

/**
 * `npm run bench -- step`: prints a table, or with `--json` its rows alone.
 * @throws RangeError for an unknown scale or thing to time; Problem where PyTorch cannot be had.
 */
export async function benchStep(argv: string[]): Promise<number> {
  const values = benchOptions(argv, USAGE, {
    scales: { type: 'string', default: 'nano,micro,small,medium' },
    what: { type: 'string', default: WHATS.join(',') },
    batches: { type: 'string', default: BATCHES.join(',') },
    rounds: { type: 'string', default: '10' },
    sequences: { type: 'string', default: '64' },
    alone: { type: 'boolean', default: false },
  });
  if (!values) return 0;
  const scales = chosen('scale', values.scales, SCALES);
  const whats = chosen('what', values.what, WHATS);
  const batches = chosen('batch', values.batches, BATCHES);
  const rounds = whole('rounds', values.rounds);
  const sequences = whole('sequences', values.sequences);
  if (!values.alone) await installTorch();
  say(machineWords(machine()));
  const rows: Row[] = [];
  for (const scale of scales) {
    for (const batch of batches) {
      say(`${scale}, ${batch}: ${whats.join(', ')} …`);
      const options = { scale, batch, whats, rounds, sequences, alone: values.alone };
      const found = await inOwnProcess(options);
      rows.push(...found);
      if (!values.json) process.stdout.write(table(found));
    }
  }
  if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 1)}\n`);
  return 0;
}

/** Its peak memory is then its own. */
async function inOwnProcess(options: ContestOptions): Promise<Row[]> {
  const args = [require.resolve('./contest'), JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Problem(`The bench of ${options.scale} has failed (see above).`);
  return JSON.parse(output);
}

function table(rows: readonly Row[]): string {
  const number = (value: number | null, digits = 0) =>
    value === null ? '–' : value.toFixed(digits);
  const columns: [string, (row: Row) => string][] = [
    ['scale', ({ scale }) => scale],
    ['batch', ({ batch, rows: count }) => `${batch} ${count}`],
    ['what', ({ what }) => what],
    ['ours ms', ({ ours_ms }) => number(ours_ms, ours_ms < 100 ? 1 : 0)],
    ['torch ms', ({ torch_ms: ms }) => number(ms, ms !== null && ms < 100 ? 1 : 0)],
    ['ratio', ({ ratio }) => number(ratio, 2)],
    ['quartiles', ({ ratio_quartiles: q }) => q?.map((value) => value.toFixed(2)).join('–') ?? '–'],
    ['GFLOP/s', ({ gflops }) => number(gflops)],
    ['of ceiling', ({ share_of_ceiling: share }) => `${number(100 * share)} %`],
    ['first s', ({ first_call_s }) => number(first_call_s, 1)],
    ['peak MB', ({ ours_peak_mb }) => number(ours_peak_mb)],
    ['torch MB', ({ torch_peak_mb }) => number(torch_peak_mb)],
  ];
  const lines = [
    columns.map(([name]) => name),
    ...rows.map((row) => columns.map(([, of]) => of(row))),
  ];
  const widths = columns.map((_, i) => Math.max(9, ...lines.map((line) => line[i].length)));
  return `${lines.map((line) => line.map((cell, i) => cell.padStart(widths[i])).join(' ')).join('\n')}\n`;
}
