import { basename, join } from 'node:path';
import { DATA } from '../environment/paths';
import { Problem } from '../environment/problem';
import { tf } from '../environment/tensorflow';
import { parameterCount, parameterSpecs } from '../model/parameters';
import { diagnosticsFingerprint, TASK_LEVELS } from '../tasks';
import { readTensorFile } from '../training/safetensors';
import { measuredSteps } from '../training/schedule';
import { Measurer } from './measurer';
import type { Run } from './run-folder';

/** A small checkpoint kept in git, so that what the tables say of it can be measured again anywhere. */
export const KEPT_CHECKPOINT = join(DATA, 'checkpoint', 'nano-s0-step-000316.safetensors');

/** Measured ranks have this much rounding above their bound. */
const ROUNDING = 1e-3;

/**
 * Holds the tables of an ended run against its run.json: all steps there, in order, with all their rows and
 * with values that can be.
 * @returns what is wrong, a line each; nothing where all is well.
 */
export function verifyRun({ folder, info, ...tables }: Run): string[] {
  const { model, training } = info;
  const faults: string[] = [];
  const check = (holds: boolean, fault: string) => {
    if (!holds) faults.push(`${basename(folder)}: ${fault}.`);
  };
  check(
    info.ended && info.step === training.steps,
    `it ended at ${info.step} of ${training.steps}`,
  );
  check(parameterCount(model) === info.parameters, `parameters is ${info.parameters}`);
  check(info.tasks === diagnosticsFingerprint(), 'it was made with other tasks than this code has');

  const updates = tables.training.map(({ step }) => step);
  check(increases(updates, true), 'the steps of training.csv do not increase');
  check(updates.at(-1) === training.steps, `training.csv ends at step ${updates.at(-1)}`);
  check(
    tables.training.every((row) => row.loss >= 0 && row.grad_norm >= 0 && row.learning_rate > 0),
    'training.csv has a loss, norm or learning rate below zero',
  );

  const schedule = measuredSteps(training.steps, info.checkpoints);
  const layers = model.layers + 1;
  for (const [name, rows, each] of [
    ['behavior', tables.behavior, TASK_LEVELS.length],
    ['geometry', tables.geometry, TASK_LEVELS.length * layers * 2],
  ] as const) {
    const steps = rows.map(({ step }) => step);
    check(increases(steps, false), `the steps of ${name}.csv go back`);
    const counts = new Map<number, number>();
    for (const step of steps) counts.set(step, (counts.get(step) ?? 0) + 1);
    check(
      String([...counts.keys()]) === String(schedule),
      `${name}.csv has ${counts.size} measured steps instead of the ${schedule.length} of its schedule`,
    );
    const short = [...counts].find(([, count]) => count !== each);
    check(!short, `${name}.csv has ${short?.[1]} rows at step ${short?.[0]} instead of ${each}`);
  }
  const strange = tables.behavior.find((row) => !(row.accuracy >= 0 && row.accuracy <= 1));
  check(!strange, `accuracy is ${strange?.accuracy} at step ${strange?.step}`);
  const rank = tables.geometry.find((row) =>
    [row.rankme, row.rankme_centered].some(
      (value) => value > model.width * (1 + ROUNDING) || !(value >= 1 - ROUNDING),
    ),
  );
  check(!rank, `a RankMe of ${rank?.task} ${rank?.level} at step ${rank?.step} cannot be`);

  for (const name of ['landscape', 'probes'] as const) {
    const steps = tables[name].map(({ step }) => step);
    check(increases(steps, false), `the steps of ${name}.csv go back`);
    const unknown = steps.find((step) => !schedule.includes(step));
    check(unknown === undefined, `${name}.csv has step ${unknown}, which is not a measured step`);
  }
  return faults;
}

/**
 * Measures the kept checkpoint again and holds it against the tables of its run.
 * @param tolerance largest relative difference of a RankMe, and a tenth of that of an accuracy, allowed:
 *   another processor adds numbers up in another order.
 * @returns what differs, a line each.
 * @throws Problem where the run has no rows of that step.
 */
export async function remeasure(run: Run, tolerance = 0.01): Promise<string[]> {
  const { model, samples } = run.info;
  const stored = readTensorFile(KEPT_CHECKPOINT);
  const step = Number(stored.metadata.step);
  const parameters = Object.fromEntries(
    parameterSpecs(model).map(({ name, shape }) => [
      name,
      tf.tensor(stored.tensors[`model.${name}`].values, [...shape]),
    ]),
  );
  const measurer = new Measurer(model, parameters, samples);
  const rows = await measurer.measure(step);
  measurer.dispose();
  tf.dispose(Object.values(parameters));
  const geometry = run.geometry.filter((row) => row.step === step);
  const behavior = run.behavior.filter((row) => row.step === step);
  if (geometry.length === 0 || !rows) {
    throw new Problem(`${run.folder} has no rows of step ${step}, which ${KEPT_CHECKPOINT} is of.`);
  }
  const faults: string[] = [];
  geometry.forEach((then, i) => {
    for (const name of ['rankme', 'rankme_centered'] as const) {
      const now = rows.geometry[i][name];
      if (Math.abs(now / then[name] - 1) > tolerance) {
        faults.push(
          `${name} of ${then.task} ${then.level}, layer ${then.layer}, ${then.position}: ` +
            `${now} now, ${then[name]} in the table`,
        );
      }
    }
  });
  behavior.forEach((then, i) => {
    const now = rows.behavior[i].accuracy;
    if (Math.abs(now - then.accuracy) > tolerance) {
      faults.push(
        `accuracy of ${then.task} ${then.level}: ${now} now, ${then.accuracy} in the table`,
      );
    }
  });
  return faults;
}

function increases(values: readonly number[], strictly: boolean): boolean {
  return values.every(
    (value, i) => i === 0 || value > values[i - 1] || (!strictly && value === values[i - 1]),
  );
}
