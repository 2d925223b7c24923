import { spawnSync } from 'node:child_process';
import { choice, flag, whole } from '../commands/options';
import { machine, machineWords } from '../environment/machine';
import { say } from '../environment/progress';
import { Problem } from '../files/problem';
import { SCALES } from '../model/scales';
import { bench } from './bench';
import { BATCHES, type ContestOptions, type Row, WHATS } from './contest';
import { installTorch, TORCH_VERSION } from './torch-process';

/** `npm run bench -- step`. @throws Problem where PyTorch cannot be had. */
export const step = bench({
  about: `Times the training step against PyTorch ${TORCH_VERSION} on the CPU: same architecture, weights and batch, in turns, medians. PyTorch goes into .cache/bench-venv at the first use.`,
  options: {
    scales: choice(SCALES, 'scales to time').list().or(['nano', 'micro', 'small', 'medium']),
    what: choice(WHATS, 'what to time')
      .list()
      .or([...WHATS]),
    batches: choice(BATCHES, "a run's own batch, several sequences a row, or a row a sequence")
      .list()
      .or([...BATCHES]),
    rounds: whole(1, 'timed rounds').or(10),
    sequences: whole(1, 'in a batch').or(64),
    alone: flag('leave PyTorch out'),
  },
  async *run({ scales, what: whats, batches, ...options }) {
    if (!options.alone) await installTorch();
    say(machineWords(machine()));
    for (const scale of scales) {
      for (const batch of batches) {
        say(`${scale}, ${batch}: ${whats.join(', ')} …`);
        const rows = inOwnProcess({ scale, batch, whats, ...options });
        yield { rows, words: table(rows) };
      }
    }
  },
});

/** Its peak memory is then its own. */
function inOwnProcess(options: ContestOptions): Row[] {
  const { status, stdout } = spawnSync(
    process.execPath,
    [require.resolve('./contest'), JSON.stringify(options)],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  );
  if (status !== 0) throw new Problem(`The bench of ${options.scale} has failed (see above).`);
  return JSON.parse(stdout);
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
