import { say } from '../environment/progress';
import { Problem } from '../files/problem';
import { interruptible } from '../notebook/interrupt';
import { ProgressBar } from '../notebook/progress';
import {
  firstLook,
  keptSteps,
  PLAN,
  type PlannedRun,
  planStates,
  type RunState,
} from '../study/plan/plan';
import { readPlan } from '../study/plan/plan-file';
import { command, flag, guess, text } from './options';

/** `npm run study`: the plan of the study's runs. */
export default command({
  words: { value: 'RUN', help: 'runs by name (nano-s0) or scale (nano); all by default' },
  options: {
    plan: flag('only say what is done and what is left'),
    first: flag('end after the first look'),
    verify: flag('hold the tables of the runs against what their run.json says'),
    planFile: text('FILE', 'a plan of your own, whose runs live in its folder'),
    json: flag('with --plan: a JSON array, for schedulers'),
  },
  more: `States the plan first. The runs up to small make 2,000 updates before the first goes on. Stopped at any moment, the same
command goes on from there. Ends with 0 once all is whole. lib/study/README.md tells how to write a plan, and how
to spread it over a cluster.`,
  run: async ({ plan: only, verify: verifying, planFile: file, first, json }, names) => {
    const all = file === undefined ? PLAN : readPlan(file);
    const parts = all.flatMap((run) => run.parts ?? []);
    if (file && parts[0]) (await import('../study/landscape/catalog.js')).partsNamed(parts);
    const plan = chooseRuns(all, names);
    if (verifying) return verify(plan);
    const states = planStates(plan);
    if (json) {
      const rows = states.map(({ run: { name, folder, steps }, ...state }) => {
        return { name, folder, steps, ...state };
      });
      process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      return 0;
    }
    say(planText(states));
    if (only) return 0;
    await interruptible((signal) => workOff(plan, first ? [true] : [true, false], signal));
    return planStates(plan).every(({ state }) => state === 'whole') ? 0 : 1;
  },
});

/**
 * Makes what is not whole: first a look at each run, then run after run; what cannot be made is told and left out.
 * @param looks true: up to the first look; false: to the end.
 * @param work trains a run up to a step.
 */
export async function workOff(
  plan: readonly PlannedRun[],
  looks: readonly boolean[],
  signal: AbortSignal,
  work = make,
): Promise<void> {
  const left = new Set(plan);
  for (const first of looks) {
    for (const { run, state, note, step } of planStates([...left])) {
      if (state === 'whole' || (first && step >= firstLook(run))) continue;
      try {
        if (state === 'other' || state === 'damaged') {
          throw new Problem(`${note} Move ${run.folder} away to make the plan's.`);
        }
        await work(run, first ? firstLook(run) : run.steps, signal);
      } catch (error) {
        // Diverged, in use, disk full: the other runs may go well. An interrupt is for all.
        if (!(error instanceof Problem) || signal.aborted) throw error;
        say(`${run.name} is left out: ${error.message}`);
        left.delete(run);
      }
    }
  }
}

/** Trains a run up to a step and, at its last, measures its landscape; goes on where it was stopped. */
async function make(run: PlannedRun, steps: number, signal: AbortSignal): Promise<void> {
  const { name, landscape, parts, folder, choices } = run;
  const { train } = await import('../study/run/train.js');
  const { measureRun } = await import('../study/landscape/measure-run.js');
  const { update } = new ProgressBar();
  const keep = keptSteps(run).filter((step) => step <= steps);
  await train({ ...choices, steps, folder, keep, signal, onProgress: update });
  if (landscape === 0 || steps < run.steps) return;
  const { unread } = await measureRun(folder, { steps: keep, parts, signal, onProgress: update });
  for (const { step, reason } of unread) say(`${name}: step ${step} is left out: ${reason}`);
}

/** Runs by name (`nano-s0`) or scale (`nano`); all of the plan by default. */
function chooseRuns(plan: readonly PlannedRun[], names: readonly string[]): readonly PlannedRun[] {
  const called = ({ name, scale }: PlannedRun, by: string) => name === by || scale === by;
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
  const rows = states.map(({ run, state, step, landscape, note }) => [
    run.name,
    state,
    `${step} of ${run.steps}`,
    `${landscape} of ${keptSteps(run).length}`,
    note,
  ]);
  const table = [['run', 'state', 'updates', 'landscape', ''], ...rows];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  const lines = table.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join('  '));
  const whole = states.filter(({ state }) => state === 'whole').length;
  const sum = `${whole} of ${states.length} runs are whole.`;
  return [...lines.map((line) => line.trimEnd()), sum].join('\n');
}

/** Holds the tables of a plan's runs against what they should be. */
async function verify(plan: readonly PlannedRun[]): Promise<number> {
  const { verifyFolder } = await import('../study/proof/verify.js');
  const there = planStates(plan).filter(({ state }) => state !== 'missing');
  const faults = there.flatMap(({ run }) => verifyFolder(run.folder));
  for (const fault of faults) say(fault);
  if (there.length === 0) {
    say('There is no run to verify: "npm run study -- --plan" says what is there.');
    return 1;
  }
  const sum = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  say(`${there.length} runs: ${faults.length === 0 ? 'all is well' : sum}.`);
  return faults.length === 0 ? 0 : 1;
}
