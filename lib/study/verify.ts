import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Problem } from '../environment/problem';
import { parameterCount } from '../model/parameters';
import { TASK_LEVELS } from '../tasks';
import { learningRateAt, measuredSteps } from '../training/schedule';
import { Faults } from './faults';
import type { LandscapeSettings } from './landscape-settings';
import { isRun, loadRun, type Run } from './run-folder';
import { runSettings, settingDifferences } from './run-settings';
import { hasTrainingRow, type LandscapeMeasure, type LandscapeRow } from './tables';

/** Measured ranks have this much rounding above their bound. */
const ROUNDING = 1e-3;
/** Relative rounding of the six digits that tables keep. */
const DIGITS = 1e-5;

/** Which part of the landscape a measure belongs to: a part is there whole or not at all. */
const PART_OF: Record<LandscapeMeasure, string> = {
  fisher_rank: 'fisher',
  fisher_trace: 'fisher',
  gradient_rank: 'gradient',
  gradient_rank_leading: 'gradient',
  gradient_trace: 'gradient',
  hessian_top: 'hessian',
  hessian_smallest: 'hessian',
  hessian_trace: 'hessian',
  llc: 'llc',
};
const TRACES = ['fisher_trace', 'gradient_trace'];

/**
 * Holds the folder of a run against what a run must be; see {@link verifyRun}. A table that cannot be read, NaN
 * in it included, is a fault too.
 * @param twin true where only the last layer's geometry at the last prompt token is kept; see `twinRuns`.
 * @returns what is wrong, a line each, and undefined for a run that has not ended, which is not looked at further.
 */
export function verifyFolder(folder: string, twin = false): string[] | undefined {
  if (!isRun(folder)) return [`${basename(folder)}: it has no run.json.`];
  try {
    const run = loadRun(folder);
    return run.info.ended ? verifyRun(run, twin) : undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [`${basename(folder)}: ${error.message}`];
  }
}

/**
 * Holds the tables of an ended run against its run.json: all steps there, in order, with all their rows, each
 * once, and with values that can be.
 * @param twin as for {@link verifyFolder}.
 * @returns what is wrong, a line each; nothing where all is well.
 */
export function verifyRun(run: Run, twin = false): string[] {
  return [
    ...infoFaults(run),
    ...trainingFaults(run),
    ...behaviorFaults(run),
    ...geometryFaults(run, twin),
    ...landscapeFaults(run),
    ...probeFaults(run),
  ].map((fault) => `${basename(run.folder)}: ${fault}.`);
}

function infoFaults({ info }: Run): string[] {
  const { training, checkpoints, samples } = info;
  const faults = new Faults();
  faults.unless(info.ended && info.step === training.steps, () => [
    `it ended at ${info.step} of ${training.steps}`,
  ]);
  try {
    const wanted = runSettings({
      ...{ ...training, checkpoints },
      ...{ behaviorSamples: samples.behavior, rankmeSamples: samples.rankme },
    });
    faults.found.push(...settingDifferences(info, wanted));
    faults.unless(parameterCount(wanted.model) === info.parameters, () => [
      `parameters is ${info.parameters}, and the model has ${parameterCount(wanted.model)}`,
    ]);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    faults.found.push(error.message.replace(/\.$/, ''));
  }
  faults.unless(info.sittings.length > 0 && info.seconds > 0, () => [
    'run.json does not say when it was made',
  ]);
  return faults.found;
}

function trainingFaults({ info, training: rows }: Run): string[] {
  const { training, model } = info;
  const faults = new Faults();
  const steps = Array.from({ length: training.steps }, (_, i) => i + 1).filter((step) =>
    hasTrainingRow(step, training.steps),
  );
  faults.grid(
    'training',
    rows,
    steps,
    () => ['its row'],
    () => 'its row',
  );
  for (const { step, loss, learning_rate, grad_norm, tokens } of rows) {
    const at = `at step ${step} of training.csv`;
    const rate = learningRateAt(step, training);
    faults.unless(within(loss, 0), () => [`loss is ${loss}`, at]);
    faults.unless(within(grad_norm, 0), () => [`grad_norm is ${grad_norm}`, at]);
    faults.unless(Math.abs(learning_rate - rate) <= DIGITS * rate, () => [
      `learning_rate is ${learning_rate}, and the schedule's ${rate}`,
      at,
    ]);
    faults.unless(tokens === step * training.batch * model.context, () => [
      `tokens is ${tokens}, not ${step * training.batch * model.context}`,
      at,
    ]);
  }
  const seconds = [0, ...rows.map((row) => row.seconds), info.seconds];
  const back = seconds.findIndex((value, i) => i > 0 && !(value >= seconds[i - 1] * (1 - DIGITS)));
  faults.unless(back < 0, () => [
    `seconds go from ${seconds[back - 1]} to ${seconds[back]} after step ${rows[back - 2]?.step ?? 0} of training.csv`,
  ]);
  return faults.found;
}

function behaviorFaults({ info, behavior: rows }: Run): string[] {
  const faults = new Faults();
  const keys = TASK_LEVELS.map(nameOf);
  faults.grid('behavior', rows, scheduleOf(info), () => keys, nameOf);
  const { behavior: samples } = info.samples;
  for (const row of rows) {
    const at = `for ${nameOf(row)} at step ${row.step} of behavior.csv`;
    const right = row.accuracy * samples;
    faults.unless(
      within(row.accuracy, 0, 1) && Math.abs(right - Math.round(right)) < DIGITS * samples,
      () => [`accuracy is ${row.accuracy}, which is no share of ${samples} samples`, at],
    );
    faults.unless(within(row.log_prob, Number.NEGATIVE_INFINITY, DIGITS), () => [
      `log_prob is ${row.log_prob}`,
      at,
    ]);
  }
  return faults.found;
}

function geometryFaults({ info, geometry: rows }: Run, twin: boolean): string[] {
  const faults = new Faults();
  const { layers, width } = info.model;
  const keyOf = (row: { task: string; level: number; layer: number; position: string }) =>
    `${nameOf(row)}, layer ${row.layer}, ${row.position}`;
  const positions = twin ? ['prompt'] : ['prompt', 'answer'];
  const keys = TASK_LEVELS.flatMap((at) =>
    (twin ? [layers] : layersOf(layers)).flatMap((layer) =>
      positions.map((position) => keyOf({ ...at, layer, position })),
    ),
  );
  faults.grid('geometry', rows, scheduleOf(info), () => keys, keyOf);
  for (const row of rows) {
    // As many states as samples at the prompt, and more at the answer.
    const most = row.position === 'prompt' ? Math.min(width, info.samples.rankme) : width;
    for (const name of ['rankme', 'rankme_centered'] as const) {
      faults.unless(within(row[name], 1 - ROUNDING, most * (1 + ROUNDING)), () => [
        `${name} is ${row[name]}, not from 1 to ${most}`,
        `for ${keyOf(row)} at step ${row.step} of geometry.csv`,
      ]);
    }
  }
  return faults.found;
}

function landscapeFaults({ folder, info, landscape: rows }: Run): string[] {
  if (rows.length === 0) return [];
  const faults = new Faults();
  const unitOf = ({ measure, task, level }: LandscapeRow) =>
    `${PART_OF[measure]}|${task ? `${task} ${level}` : 'the mixture'}`;
  const keyOf = (row: LandscapeRow) => `${row.measure} of ${unitOf(row).split('|')[1]}`;
  const strange = rows.find(
    ({ measure, task, level }) =>
      !(measure in PART_OF) ||
      (task
        ? !TASK_LEVELS.some((at) => at.task === task && at.level === level)
        : level !== undefined),
  );
  if (strange)
    return [
      `landscape.csv has a row of ${keyOf(strange)} at step ${strange.step}, which is not known`,
    ];
  // A part that a step has is to be there for all that other steps have it for; which parts is the plan's affair.
  const units = [...new Set(rows.map(unitOf))];
  const partsAt = new Map<number, Set<string>>();
  for (const row of rows) {
    const parts = partsAt.get(row.step) ?? new Set();
    partsAt.set(row.step, parts.add(PART_OF[row.measure]));
  }
  const keysAt = (step: number) =>
    units.flatMap((unit) => {
      const [part, of] = unit.split('|');
      if (!partsAt.get(step)?.has(part)) return [];
      const measures = Object.keys(PART_OF) as LandscapeMeasure[];
      return measures.filter((name) => PART_OF[name] === part).map((name) => `${name} of ${of}`);
    });
  const measured = scheduleOf(info);
  faults.grid('landscape', rows, measured, keysAt, keyOf, false);

  const settings = landscapeSettingsOf(folder);
  if (!settings)
    faults.found.push(
      'landscape.json, which says how landscape.csv was made, is missing or damaged',
    );
  for (const row of rows) {
    const { value, spread, note } = row;
    const at = `for ${keyOf(row)} at step ${row.step} of landscape.csv`;
    faults.unless(value !== undefined || note !== '', () => [
      'there is no value and no reason',
      at,
    ]);
    if (value === undefined) continue;
    const [low, high] = range(row, settings);
    faults.unless(within(value, low, high), () => [`value is ${value}`, at]);
    faults.unless(spread === undefined || within(spread, 0), () => [`spread is ${spread}`, at]);
  }
  return faults.found;
}

/** Where a value of the landscape must lie. */
function range({ measure, task }: LandscapeRow, settings?: LandscapeSettings): [number, number] {
  if (TRACES.includes(measure)) return [0, Number.MAX_VALUE];
  if (!measure.includes('_rank')) return [-Number.MAX_VALUE, Number.MAX_VALUE];
  const { fisher, gradient } = settings ?? {};
  const samples =
    measure === 'fisher_rank' ? fisher?.[task ? 'task' : 'mixture'] : gradient?.batches;
  return [1 - ROUNDING, (samples ?? Number.MAX_VALUE) * (1 + ROUNDING)];
}

function landscapeSettingsOf(folder: string): LandscapeSettings | undefined {
  const path = join(folder, 'landscape.json');
  try {
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).settings : undefined;
  } catch {
    return undefined;
  }
}

function probeFaults({ info, probes: rows }: Run): string[] {
  const faults = new Faults();
  const keyOf = (row: { task: string; level: number; layer: number }) =>
    `${nameOf(row)}, layer ${row.layer}`;
  const probed = TASK_LEVELS.filter((at) => rows.some((row) => nameOf(row) === nameOf(at)));
  const keys = probed.flatMap((at) =>
    layersOf(info.model.layers).map((layer) => keyOf({ ...at, layer })),
  );
  faults.grid('probes', rows, scheduleOf(info), () => keys, keyOf, false);
  for (const row of rows) {
    const at = `for ${keyOf(row)} at step ${row.step} of probes.csv`;
    faults.unless(row.accuracy !== undefined || row.note !== '', () => [
      'there is no accuracy and no reason',
      at,
    ]);
    for (const name of ['accuracy', 'chance', 'control', 'spread'] as const) {
      const value = row[name];
      faults.unless(value === undefined || within(value, 0, 1), () => [`${name} is ${value}`, at]);
    }
  }
  return faults.found;
}

function scheduleOf({ training, checkpoints }: Run['info']): number[] {
  return measuredSteps(training.steps, checkpoints);
}

function layersOf(layers: number): number[] {
  return Array.from({ length: layers + 1 }, (_, layer) => layer);
}

function nameOf({ task, level }: { readonly task: string; readonly level: number }): string {
  return `${task} ${level}`;
}

/** False for NaN and infinities too. */
function within(value: number, low: number, high = Number.MAX_VALUE): boolean {
  return Number.isFinite(value) && value >= low && value <= high;
}
