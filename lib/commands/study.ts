import { parseArgs } from 'node:util';
import { Problem } from '../environment/problem';
import { turningPoints } from '../findings/turning-points';
import { interruptible } from '../notebook/interrupt';
import { duration, ProgressBar } from '../notebook/progress';
import { measureRun } from '../study/measure-run';
import { keptSteps, PLAN, type PlannedRun, planStates, type RunState } from '../study/plan';
import { train } from '../study/run';
import { loadRun, studyRuns } from '../study/run-folder';
import { remeasure, verifyRun } from '../study/verify';
import { checkpointProgress } from './measure';

const USAGE = `npm run study [-- nano-s0 micro …] [--plan | --verify] [--json]

Works off the study's plan, or the runs named, each into data/runs: trains, then measures the landscape. States
the plan first. Stopped at any moment, the same command goes on.

  --plan     only states what is done, what is left and how long it will take
  --verify   holds the tables of all runs in data/runs against their run.json, and measures the kept checkpoint
             again
  --json     with --plan: a JSON array, for schedulers (see lib/study/Snakefile)`;

/** `npm run study`: the plan of the study's runs. */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      plan: { type: 'boolean', default: false },
      verify: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (values.verify) return verify();
  const chosen = chooseRuns(positionals);
  const states = planStates(chosen);
  if (values.json) {
    process.stdout.write(`${JSON.stringify(states.map(forJson), null, 2)}\n`);
    return 0;
  }
  process.stderr.write(`${planText(states)}\n`);
  if (values.plan) return 0;
  for (const { run, state, folder, note } of states) {
    if (state === 'whole') continue;
    if (state === 'other') {
      process.stderr.write(
        `${run.name} is left out: ${folder} holds a run that is not the plan's (${note}). Move it away to make the plan's.\n`,
      );
      continue;
    }
    await make(run, folder);
  }
  return planStates(chosen).every(({ state }) => state === 'whole') ? 0 : 1;
}

/** Trains a run and measures its landscape; goes on where it was stopped. */
async function make(run: PlannedRun, folder: string): Promise<void> {
  const { scale, seed, steps, checkpoints, landscape } = run;
  const bar = new ProgressBar(run.name);
  await interruptible((signal) =>
    train({
      ...{ scale, seed, steps, checkpoints, folder, signal },
      keep: keptSteps(run),
      onProgress: bar.update,
    }),
  );
  if (landscape === 0) return;
  const events = turningPoints(loadRun(folder));
  await interruptible((signal) =>
    measureRun(folder, {
      ...{ count: landscape, events, signal },
      onProgress: checkpointProgress(`${run.name}, landscape`),
    }),
  );
}

/** Runs by name (`nano-s0`) or scale (`nano`); all of the plan by default. */
function chooseRuns(names: readonly string[]): readonly PlannedRun[] {
  const unknown = names.find(
    (name) => !PLAN.some((run) => run.name === name || run.scale === name),
  );
  if (unknown !== undefined) {
    throw new Problem(
      `The plan has no run "${unknown}": use one of ${PLAN.map(({ name }) => name).join(', ')}, or a scale.`,
    );
  }
  return PLAN.filter(
    ({ name, scale }) => names.length === 0 || names.includes(name) || names.includes(scale),
  );
}

function planText(states: readonly RunState[]): string {
  const rows = states.map(({ run, state, step, landscape, secondsLeft, note }) => [
    run.name,
    state,
    `${step} of ${run.steps}`,
    `${landscape} of ${run.landscape}`,
    state === 'whole' ? '' : duration(secondsLeft),
    note,
  ]);
  const table = [['run', 'state', 'updates', 'landscape', 'left', ''], ...rows];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  const total = states.reduce(
    (sum, { state, secondsLeft }) => sum + (state === 'whole' ? 0 : secondsLeft),
    0,
  );
  const whole = states.filter(({ state }) => state === 'whole').length;
  return [
    ...table.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    ),
    `${whole} of ${states.length} runs are whole; the rest takes about ${duration(total)} on this kind of machine alone.`,
  ].join('\n');
}

function forJson({ run, state, step, landscape, secondsLeft }: RunState) {
  const { name, scale, seed, steps } = run;
  return {
    name,
    scale,
    seed,
    steps,
    state,
    step,
    landscape,
    seconds_left: Math.round(secondsLeft),
  };
}

async function verify(): Promise<number> {
  const runs = studyRuns();
  const ended = runs.filter(({ info }) => info.ended);
  const faults = ended.flatMap(verifyRun);
  const nano = ended.find(({ info }) => info.training.scale === 'nano' && info.training.seed === 0);
  if (nano) faults.push(...(await remeasure(nano)));
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.stderr.write(
    `${ended.length} ended runs${nano ? ', and the kept checkpoint measured again' : ''}: ` +
      `${faults.length === 0 ? 'all is well' : `${faults.length} faults`}.\n`,
  );
  for (const { folder, info } of runs.filter((run) => !run.info.ended)) {
    process.stderr.write(`${folder} has not ended (step ${info.step}); it is not looked at.\n`);
  }
  return faults.length === 0 ? 0 : 1;
}
