import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Problem } from '../environment/problem';
import { turningPoints } from '../findings/turning-points';
import { interruptible } from '../notebook/interrupt';
import { duration, ProgressBar } from '../notebook/progress';
import { measureRun, savedSteps } from '../study/measure-run';
import { keptSteps, PLAN, type PlannedRun } from '../study/plan';
import { readPlan } from '../study/plan-file';
import { planStates, type RunState } from '../study/plan-state';
import { train } from '../study/run';
import { loadRun, studyRuns } from '../study/run-folder';
import { remeasure, verifyRun } from '../study/verify';
import { checkpointProgress } from './measure';

const USAGE = `npm run study [-- nano-s0 micro …] [--plan | --verify] [--plan-file FILE] [--json]

Works off the study's plan, or the runs named, each into data/runs: trains, then measures the landscape. States
the plan first. Stopped at any moment, the same command goes on. Ends with 0 once all is whole.

  --plan             only states what is done, what is left and how long it will take
  --verify           holds the tables of all runs in data/runs against their run.json, and measures the kept
                     checkpoint again
  --plan-file FILE   a plan of your own instead, whose runs live in its folder (see lib/study/README.md):
                     {"folder": "../out/wide", "runs": [{"scale": "nano", "seed": 7, "steps": 4000}]}
  --json             with --plan: a JSON array, for schedulers (see lib/study/Snakefile)`;

/** `npm run study`: the plan of the study's runs. */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      plan: { type: 'boolean', default: false },
      verify: { type: 'boolean', default: false },
      'plan-file': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (values.verify) return verify();
  const file = values['plan-file'];
  const chosen = chooseRuns(file === undefined ? PLAN : readPlan(file), positionals);
  const states = planStates(chosen);
  if (values.json) {
    process.stdout.write(`${JSON.stringify(states.map(forJson), null, 2)}\n`);
    return 0;
  }
  say(planText(states));
  if (values.plan) return 0;
  await interruptible((signal) => workOff(states, signal));
  return planStates(chosen).every(({ state }) => state === 'whole') ? 0 : 1;
}

/** Makes what is not whole, one run after the other; what cannot be made is told and left out. */
async function workOff(states: readonly RunState[], signal: AbortSignal): Promise<void> {
  for (const { run, state, landscape, note } of states) {
    if (state === 'whole') continue;
    const { name, folder } = run;
    if (state === 'other' || state === 'damaged') {
      const what = state === 'other' ? `holds a run that is not the plan's (${note})` : note;
      say(
        `${name} is left out: ${state === 'other' ? `${folder} ${what}` : what} Move ${folder} away to make the plan's.`,
      );
      continue;
    }
    try {
      if (state !== 'no weights' || savedSteps(folder).length > 0) await make(run, signal);
    } catch (error) {
      // Diverged, in use, disk full: the other runs may go well. An interrupt is for all.
      if (!(error instanceof Problem) || signal.aborted) throw error;
      say(`${name} is left out: ${error.message}`);
      continue;
    }
    if (state === 'no weights') {
      say(
        `${name} lacks the landscape of ${run.landscape - landscape} checkpoints, and weights to measure are not in ` +
          `${join(folder, 'weights')} (they are not kept in git): train it again in another folder, or move this one away ` +
          `and run "npm run study -- ${name}".`,
      );
    }
  }
}

/** Trains a run and measures its landscape; goes on where it was stopped. */
async function make(run: PlannedRun, signal: AbortSignal): Promise<void> {
  const { name, training, checkpoints, landscape, parts, folder } = run;
  const bar = new ProgressBar(name);
  await train({
    ...{ ...training, checkpoints, folder, signal },
    keep: keptSteps(run),
    onProgress: bar.update,
  });
  if (landscape === 0) return;
  const events = turningPoints(loadRun(folder));
  const { unread } = await measureRun(folder, {
    ...{ count: landscape, parts, events, signal },
    onProgress: checkpointProgress(`${name}, landscape`),
  });
  for (const { step, reason } of unread) say(`${name}: step ${step} is left out: ${reason}`);
}

/** Runs by name (`nano-s0`) or scale (`nano`); all of the plan by default. */
function chooseRuns(plan: readonly PlannedRun[], names: readonly string[]): readonly PlannedRun[] {
  const called = ({ name, training }: PlannedRun, by: string) =>
    name === by || training.scale === by;
  const unknown = names.find((by) => !plan.some((run) => called(run, by)));
  if (unknown !== undefined) {
    throw new Problem(
      `The plan has no run "${unknown}": use one of ${plan.map(({ name }) => name).join(', ')}, or a scale.`,
    );
  }
  return plan.filter((run) => names.length === 0 || names.some((by) => called(run, by)));
}

function planText(states: readonly RunState[]): string {
  const rows = states.map(({ run, state, step, landscape, secondsLeft, note }) => [
    run.name,
    state,
    `${step} of ${run.training.steps}`,
    `${landscape} of ${run.landscape}`,
    secondsLeft === 0 ? '' : duration(secondsLeft),
    note,
  ]);
  const table = [['run', 'state', 'updates', 'landscape', 'left', ''], ...rows];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  const total = states.reduce((sum, { secondsLeft }) => sum + secondsLeft, 0);
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

function forJson({ run, state, step, landscape, secondsLeft, note }: RunState) {
  const { scale, seed, steps, precision } = run.training;
  return {
    ...{ name: run.name, folder: run.folder, scale, seed, steps, precision },
    ...{ state, step, landscape, note, seconds_left: Math.round(secondsLeft) },
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

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
