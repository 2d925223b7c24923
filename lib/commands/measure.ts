import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { turningPoints } from '../findings/turning-points';
import { interruptible } from '../notebook/interrupt';
import { ProgressBar } from '../notebook/progress';
import { calibrateRun, type SweepChoice } from '../study/calibrate-run';
import { parseParts, parseTaskLevels } from '../study/landscape-plan';
import { parseShare } from '../study/landscape-shares';
import { type MeasureProgress, measureRun } from '../study/measure-run';
import { loadRun } from '../study/run-folder';

const USAGE = `npm run measure -- --run FOLDER [options]

Measures the loss landscape and trains linear probes at saved checkpoints of a run (weights/step-N.safetensors)
and adds them to its landscape.csv and probes.csv. Run the same again to go on where it was stopped.

  --run FOLDER            the run
  --steps N,M,…           checkpoints to measure
  --count N               or how many to choose (default 60): dense early, and where floors, recoveries and
                          emergences are
  --measures NAME,…       fisher, gradient, hessian, llc, probes (the default) and task-llc
  --task-levels MOD1,…    task-levels that get a Fisher rank, probes and LLC of their own: names with or without
                          a level, all (the default) or none
  --share 1/3             of the checkpoints the first of three shares, for processes at once on one run: start
                          1/3, 2/3 and 3/3, and when all are done the same once more without --share, which
                          brings their tables together
  --fresh                 drop what was measured before
  --calibrate FILE.csv    instead, sweep the LLC's step size and localization at --steps and write the table
  --step-sizes X,Y,…      of the sweep (default 0.000001,0.000003,0.00001,0.00003)
  --localizations X,Y,…   of the sweep (default 1000,3000,10000,30000,100000)
  --chains N, --draws N, --burn-in N
                          of the sweep, for each pair (default 2, 60 and 40)`;

/** `npm run measure`: measures a run's checkpoints in the terminal. */
export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      run: { type: 'string' },
      steps: { type: 'string' },
      count: { type: 'string' },
      measures: { type: 'string' },
      'task-levels': { type: 'string' },
      share: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      calibrate: { type: 'string' },
      'step-sizes': { type: 'string' },
      localizations: { type: 'string' },
      chains: { type: 'string' },
      draws: { type: 'string' },
      'burn-in': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (values.run === undefined) throw new RangeError('--run is missing: give the folder of a run.');
  const folder = resolve(values.run);
  const steps = values.steps?.split(',').map(Number);
  if (values.calibrate !== undefined) {
    const list = (text?: string) => text?.split(',').map(Number);
    const given = {
      stepSizes: list(values['step-sizes']),
      localizations: list(values.localizations),
      chains: values.chains && Number(values.chains),
      draws: values.draws && Number(values.draws),
      burnIn: values['burn-in'] && Number(values['burn-in']),
    };
    const choice = Object.fromEntries(Object.entries(given).filter(([, value]) => value));
    return calibrate(folder, resolve(values.calibrate), choice, steps);
  }
  const onProgress = checkpointProgress(values.run);
  const { run, unread } = await interruptible((signal) =>
    measureRun(folder, {
      steps,
      count: values.count === undefined ? undefined : Number(values.count),
      events: turningPoints(loadRun(folder)),
      ...(values.measures === undefined ? {} : { parts: parseParts(values.measures) }),
      ...(values['task-levels'] === undefined
        ? {}
        : { taskLevels: parseTaskLevels(values['task-levels']) }),
      ...(values.share === undefined ? {} : { share: parseShare(values.share) }),
      fresh: values.fresh,
      signal,
      onProgress,
    }),
  );
  const failed = run.landscape.filter(({ value }) => value === undefined);
  const measured = new Set([...run.landscape, ...run.probes].map(({ step }) => step));
  const by = values.share === undefined ? '' : ` by share ${values.share}`;
  say(`${measured.size} checkpoints of ${folder} are measured${by}.`);
  if (by) say('Once all shares are done, the same without --share brings their tables together.');
  for (const { step, measure, task, level, note } of failed) {
    say(`Missing: ${measure} ${task} ${level ?? ''} at step ${step}: ${note}`);
  }
  for (const { step, reason } of unread) say(`Left out: step ${step}: ${reason}`);
  return unread.length > 0 ? 1 : 0;
}

async function calibrate(
  folder: string,
  path: string,
  choice: SweepChoice,
  steps?: readonly number[],
): Promise<number> {
  if (!steps) throw new RangeError('--steps is missing: name the checkpoints of the sweep.');
  await interruptible((signal) =>
    calibrateRun(folder, {
      ...choice,
      ...{ steps, path, signal },
      onRow: ({ step, stepSize, localization, llc, spread, drift, diverged }) =>
        say(
          `step ${step}, ε ${stepSize}, γ ${localization}: ${llc.toFixed(2)} ± ${spread.toFixed(2)}, ` +
            `drift ${drift.toFixed(2)}, ${diverged} diverged`,
        ),
    }),
  );
  say(`The sweep is in ${path}.`);
  return 0;
}

/** Shows a measuring's progress as a bar of checkpoints. */
export function checkpointProgress(label: string): (progress: MeasureProgress) => void {
  const bar = new ProgressBar(label, 'checkpoint');
  let latest = -1;
  return ({ done, of, secondsLeft }) => {
    // One line a checkpoint where lines cannot be drawn over.
    if (of > 0 && (process.stderr.isTTY || done !== latest)) {
      bar.update({ step: done, steps: of, loss: Number.NaN, secondsLeft });
    }
    latest = done;
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
