import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Problem } from '../environment/problem';
import { duration } from '../environment/progress';
import { turningPoints } from '../findings/turning-points';
import { interruptible } from '../notebook/interrupt';
import { ProgressBar } from '../notebook/progress';
import { landscapeSteps } from '../study/landscape-steps';
import { keptSteps, PLAN, type PlannedRun } from '../study/plan';
import { readPlan } from '../study/plan-file';
import { planStates, type RunState } from '../study/plan-state';
import { FLOORS, foldersIn, loadRun, readRunInfo, STUDY, TWINS } from '../study/run-folder';
import type { Progress as TrainingProgress } from '../study/sitting';
import { verifyFolder } from '../study/verify';
import { command, flag, guess, text } from './options';
import { say } from './say';

/** `npm run study`: the plan of the study's runs. */
export const study = command({
  words: { value: 'RUN', help: 'runs by name (nano-s0) or scale (nano); all by default' },
  options: {
    plan: flag('only say what is done, what is left and how long it will take'),
    verify: flag('hold the tables of all runs against what their run.json says'),
    planFile: text('FILE', 'a plan of your own, whose runs live in its folder'),
    json: flag('with --plan: a JSON array, for schedulers'),
  },
  more: `States the plan first. Stopped at any moment, the same command goes on from there. Ends with 0 once all is
whole. lib/study/README.md tells how to write a plan, and how to spread it over a cluster.`,
  run: async ({ plan: only, verify: verifying, planFile: file, json }, names) => {
    if (verifying) return verify(file);
    const plan = file === undefined ? PLAN : readPlan(file);
    const chosen = chooseRuns(plan, names);
    // Runs that were not asked for say how fast this machine is.
    const states = planStates(plan).filter(({ run }) => chosen.includes(run));
    if (json) {
      process.stdout.write(`${JSON.stringify(states.map(forJson), null, 2)}\n`);
      return 0;
    }
    say(planText(states));
    if (only) return 0;
    await interruptible((signal) => workOff(states, signal));
    return planStates(chosen).every(({ state }) => state === 'whole') ? 0 : 1;
  },
});

/** Makes what is not whole, one run after the other; what cannot be made is told and left out. */
async function workOff(states: readonly RunState[], signal: AbortSignal): Promise<void> {
  for (const { run, state, note } of states) {
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
      await make(run, state, signal);
    } catch (error) {
      // Diverged, in use, disk full: the other runs may go well. An interrupt is for all.
      if (!(error instanceof Problem) || signal.aborted) throw error;
      say(`${name} is left out: ${error.message}`);
    }
  }
}

/** Trains a run, or replays it for its weights, and measures its landscape; goes on where it was stopped. */
async function make(run: PlannedRun, state: RunState['state'], signal: AbortSignal): Promise<void> {
  const { name, training, checkpoints, landscape, parts, folder } = run;
  const { train } = await import('../study/run.js');
  const { replay } = await import('../study/replay.js');
  const { measureRun } = await import('../study/measure-run.js');
  const { update } = new ProgressBar();
  const trained = (label: string) => ({
    onProgress: ({ step, steps, loss, secondsLeft }: TrainingProgress) =>
      update({ label, done: step, of: steps, secondsLeft, detail: `loss ${loss.toFixed(3)}` }),
  });
  const keep = keptSteps(run);
  await train({ ...training, checkpoints, folder, signal, keep, ...trained(name) });
  if (landscape === 0) return;
  const events = turningPoints(loadRun(folder));
  const steps = state === 'no weights' ? landscapeSteps(keep, landscape, events) : undefined;
  if (steps) await replay(folder, { keep: steps, signal, ...trained(`${name}, replayed`) });
  const { unread } = await measureRun(folder, {
    ...{ steps, count: landscape, parts, events, signal },
    onProgress: ({ done, of, what, secondsLeft }) =>
      update({ label: `${name}, landscape`, done, of, secondsLeft, detail: what }),
  });
  for (const { step, reason } of unread) say(`${name}: step ${step} is left out: ${reason}`);
}

/** Runs by name (`nano-s0`) or scale (`nano`); all of the plan by default. */
function chooseRuns(plan: readonly PlannedRun[], names: readonly string[]): readonly PlannedRun[] {
  const called = ({ name, training }: PlannedRun, by: string) =>
    name === by || training.scale === by;
  const unknown = names.find((by) => !plan.some((run) => called(run, by)));
  if (unknown !== undefined) {
    const known = plan.map(({ name }) => name);
    throw new Problem(
      `The plan has no run "${unknown}"${guess(unknown, known)}; it has ${known.join(', ')}, and takes scales.`,
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
  const pace = states.some((state) => state.pace !== undefined)
    ? 'at the pace of the runs made on this kind of machine'
    : 'on two cores of an AMD EPYC with AVX-512';
  return [
    ...table.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    ),
    `${whole} of ${states.length} runs are whole${total === 0 ? '' : `; the rest takes about ${duration(total)} ${pace}`}.`,
  ].join('\n');
}

function forJson({ run, state, step, landscape, secondsLeft, note }: RunState) {
  const { scale, seed, steps, precision } = run.training;
  return {
    ...{ name: run.name, folder: run.folder, scale, seed, steps, precision },
    ...{ state, step, landscape, note, seconds_left: Math.round(secondsLeft) },
  };
}

/** Holds the tables of the study, of the floors and of the twins, or a plan file's runs, against what they should be. */
async function verify(file?: string): Promise<number> {
  const folders =
    file === undefined
      ? [STUDY, FLOORS, TWINS].flatMap(foldersIn)
      : readPlan(file)
          .map(({ folder }) => folder)
          .filter((folder) => existsSync(folder));
  const kept = join(STUDY, 'nano-s0');
  const faults: string[] = [];
  let ended = 0;
  let again = false;
  for (const folder of folders) {
    const found = verifyFolder(folder, dirname(folder) === TWINS);
    if (found === undefined) {
      say(`${folder} has not ended (step ${readRunInfo(folder).step}); it is not looked at.`);
      continue;
    }
    ended++;
    faults.push(...found);
    if (folder === kept && found.length === 0) again = true;
  }
  const { remeasure } = await import('../study/kept-checkpoint.js');
  if (again) faults.push(...(await remeasure(loadRun(kept))));
  for (const fault of faults) say(fault);
  if (ended === 0) {
    say('There is no ended run to verify: "npm run study -- --plan" says what is there.');
    return 1;
  }
  const sum = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  say(
    `${ended} ended runs${again ? ', and the kept checkpoint measured again' : ''}: ` +
      `${faults.length === 0 ? 'all is well' : sum}.`,
  );
  return faults.length === 0 ? 0 : 1;
}
