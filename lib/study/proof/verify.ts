import { basename } from 'node:path';
import { Problem } from '../../files/problem';
import { parameterCount } from '../../model/parameters';
import { learningRateAt, stepsOf } from '../../training/schedule';
import { landscapeFaults } from '../landscape/check';
import { type Run, RunFolder } from '../run/run-folder';
import { type GeometryRow, hasTrainingRow } from '../run/tables';

/** Measured ranks have this much rounding above their bound; the digits that tables keep have this much. */
const ROUNDING = 1e-3;
const DIGITS = 1e-5;

/**
 * What is wrong with the folder of a run, a line each: tables should be as long as run.json says, every measured step
 * there with all its rows, each once, and all values be such as can be.
 */
export function verifyFolder(path: string): string[] {
  try {
    const run = new RunFolder(path).load();
    const faults = [trainingFaults, gridFaults, rangeFaults, landscapeFaults];
    return faults.flatMap((of) => of(run)).map((fault) => `${basename(path)}: ${fault}.`);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [`${basename(path)}: ${error.message}`];
  }
}

function trainingFaults({ info, training: rows }: Run): string[] {
  const faults: string[] = [];
  const counted = parameterCount(info.model);
  if (counted !== info.parameters) {
    faults.push(`run.json says ${info.parameters} parameters, and the model has ${counted}`);
  }
  const steps = Array.from({ length: info.step }, (_, i) => i + 1).filter(hasTrainingRow);
  const wrong = steps.findIndex((step, i) => rows[i]?.step !== step);
  if (wrong >= 0) faults.push(`training.csv lacks step ${steps[wrong]}`);
  const row = rows.find(({ step, learning_rate }) => {
    const rate = learningRateAt(step, info.training);
    return Math.abs(learning_rate - rate) > DIGITS * rate;
  });
  if (row) faults.push(`training.csv has another learning rate than the schedule at ${row.step}`);
  const back = rows.findIndex((one, i) => i > 0 && one.seconds < rows[i - 1].seconds);
  if (back >= 0) faults.push(`training.csv goes back in time at step ${rows[back].step}`);
  return faults;
}

/** What must stand in a table at each measured step, once each. */
function gridFaults({ info, behavior, geometry }: Run): string[] {
  const levels = [...new Set(behavior.map(({ task, level }) => `${task} ${level}`))];
  const layers = Array.from({ length: info.model.layers + 1 }, (_, layer) => layer);
  const views = [...levels, ...info.tasks.names.map((name) => `${name} pooled`)];
  const { lean } = info.samples;
  const places = lean
    ? info.tasks.names.map((name) => `${name} pooled answer ${info.model.layers}`)
    : views.flatMap((view) =>
        ['prompt', 'answer'].flatMap((position) =>
          layers.map((layer) => `${view} ${position} ${layer}`),
        ),
      );
  // A run's last step is measured. Where one was only stopped is none, or its measurement was stopped, too.
  const last = info.ended ? info.step : info.training.steps;
  const measured = info.ended ? info.step : (behavior.at(-1)?.step ?? -1);
  const steps = stepsOf(lean, last).filter((step) => step < info.step || step === measured);
  const faultOf = <Row extends { readonly step: number }>(
    table: string,
    keys: readonly string[],
    rows: readonly Row[],
    keyOf: (row: Row) => string,
  ) => {
    const found = new Map<number, string[]>();
    for (const row of rows) found.set(row.step, [...(found.get(row.step) ?? []), keyOf(row)]);
    for (const step of steps) {
      const there = found.get(step);
      if (!there) return [`${table} lacks step ${step}`];
      const lacking = keys.find((key) => !there.includes(key));
      if (lacking) return [`${table} lacks ${lacking} at step ${step}`];
      const twice = there.find((key, i) => there.indexOf(key) !== i);
      if (twice) return [`${table} has ${twice} twice at step ${step}`];
    }
    return [];
  };
  const place = ({ task, level, position, layer }: GeometryRow) =>
    `${task} ${level ?? 'pooled'} ${position} ${layer}`;
  return [
    ...faultOf('behavior.csv', levels, behavior, ({ task, level }) => `${task} ${level}`),
    ...faultOf('geometry.csv', places, geometry, place),
  ];
}

function rangeFaults({ info, behavior, geometry }: Run): string[] {
  const faults = new Map<string, string>();
  const within = (table: string, rows: readonly object[], names: string, range: number[]) => {
    for (const row of rows as Record<string, number | undefined>[]) {
      for (const name of names.split(' ')) {
        const value = row[name];
        if (value === undefined || (value >= range[0] && value <= range[1])) continue;
        const place = `${table} ${name}`;
        if (faults.has(place)) continue;
        faults.set(place, `${table} has ${name} ${value} at step ${row.step}`);
      }
    }
  };
  const ranks = 'rankme rankme_centered covariance_rank covariance_rank_centered';
  const endless = Number.POSITIVE_INFINITY;
  within('behavior.csv', behavior, 'accuracy', [0, 1]);
  within('behavior.csv', behavior, 'log_prob', [-endless, DIGITS]);
  within('behavior.csv', behavior, 'kl_token kl_previous kl_task kl_level', [-ROUNDING, endless]);
  within('geometry.csv', geometry, ranks, [1 - ROUNDING, info.model.width * (1 + ROUNDING)]);
  within('geometry.csv', geometry, 'mean_share', [0, 1]);
  return [...faults.values()];
}
