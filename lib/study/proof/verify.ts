import { basename } from 'node:path';
import { Problem } from '../../files/problem';
import { parameterCount } from '../../model/parameters';
import { fullSteps, learningRateAt, stepsOf } from '../../training/schedule';
import { PARTS } from '../landscape/catalog';
import { landscapeInfo } from '../landscape/landscape-table';
import type { Part } from '../landscape/part';
import { nameOfPlace } from '../landscape/place';
import { type Run, RunFolder } from '../run/run-folder';
import { byLevelAt } from '../run/run-info';
import { hasTrainingRow, type LandscapeRow, type ProbeRow } from '../run/tables';

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
  const counted = parameterCount(info.model);
  const steps = Array.from({ length: info.step }, (_, i) => i + 1).filter(hasTrainingRow);
  const lacking = steps.find((step, i) => rows[i]?.step !== step);
  const row = rows.find(({ step, learning_rate }) => {
    const rate = learningRateAt(step, info.training);
    return Math.abs(learning_rate - rate) > DIGITS * rate;
  });
  const back = rows.find(({ seconds }, i) => i > 0 && seconds < rows[i - 1].seconds);
  return [
    counted !== info.parameters &&
      `run.json says ${info.parameters} parameters, and the model has ${counted}`,
    lacking && `training.csv lacks step ${lacking}`,
    row && `training.csv has another learning rate than the schedule at ${row.step}`,
    back && `training.csv goes back in time at step ${back.step}`,
  ].flatMap((fault) => fault || []);
}

/** What must stand in a table at each measured step, once each. */
function gridFaults({ info, behavior, geometry }: Run): string[] {
  const levelOf = (row: { task: string; level: number | undefined }) =>
    `${row.task} ${row.level ?? 'pooled'}`;
  const levels = [...new Set(behavior.map(levelOf))];
  const pooled = info.tasks.names.map((name) => `${name} pooled`);
  const { lean } = info.samples;
  const layers = Array.from({ length: info.model.layers + 1 }, (_, layer) => layer);
  const ends = ['prompt', 'answer'].flatMap((at) => layers.map((layer) => `${at} ${layer}`));
  const placesOf = (views: readonly string[]) =>
    views.flatMap((view) => ends.map((end) => `${view} ${end}`));
  const last = (view: string) => `${view} answer ${info.model.layers}`;
  const least = lean ? pooled.map(last) : placesOf(pooled);
  const all = placesOf([...levels, ...pooled]);
  const full = fullSteps(info.training.steps);
  const placesAt = (step: number) => (byLevelAt(info.samples, !full.has(step)) ? all : least);
  // A run's last step is measured. Where one was only stopped is none, or its measurement was stopped, too.
  const until = info.ended ? info.step : info.training.steps;
  const measured = info.ended ? info.step : (behavior.at(-1)?.step ?? -1);
  const steps = stepsOf(lean, until).filter((step) => step < info.step || step === measured);
  const faultOf = <Row extends { readonly step: number }>(
    table: string,
    keysAt: (step: number) => readonly string[],
    rows: readonly Row[],
    keyOf: (row: Row) => string,
  ) => {
    const found = new Map<number, string[]>();
    for (const row of rows) found.set(row.step, [...(found.get(row.step) ?? []), keyOf(row)]);
    for (const step of steps) {
      const there = found.get(step);
      if (!there) return [`${table} lacks step ${step}`];
      const lacking = keysAt(step).find((key) => !there.includes(key));
      if (lacking) return [`${table} lacks ${lacking} at step ${step}`];
      const twice = there.find((key, i) => there.indexOf(key) !== i);
      if (twice) return [`${table} has ${twice} twice at step ${step}`];
    }
    return [];
  };
  return [
    ...faultOf('behavior.csv', () => levels, behavior, levelOf),
    ...faultOf('geometry.csv', placesAt, geometry, (row) => {
      return `${levelOf(row)} ${row.position} ${row.layer}`;
    }),
  ];
}

function rangeFaults({ info, behavior, geometry }: Run): string[] {
  const outside = (table: string, rows: readonly object[], names: string, range: number[]) =>
    names.split(' ').flatMap((name) => {
      const fault = (rows as readonly Record<string, number | undefined>[]).find(
        ({ [name]: value = range[0] }) => !(value >= range[0] && value <= range[1]),
      );
      return fault ? [`${table} has ${name} ${fault[name]} at step ${fault.step}`] : [];
    });
  const ranks = 'rankme rankme_centered covariance_rank covariance_rank_centered';
  const distances = 'kl_token kl_previous kl_task kl_level';
  return [
    ...outside('behavior.csv', behavior, 'accuracy', [0, 1]),
    ...outside('behavior.csv', behavior, 'log_prob', [-Infinity, DIGITS]),
    ...outside('behavior.csv', behavior, distances, [-ROUNDING, Infinity]),
    ...outside('geometry.csv', geometry, ranks, [1 - ROUNDING, info.model.width * (1 + ROUNDING)]),
    ...outside('geometry.csv', geometry, 'mean_share', [0, 1]),
  ];
}

/**
 * What is wrong with a run's landscape.csv and probes.csv by the catalog, a line each, at most one of a kind and column.
 * landscape.json tells of parts of one's own. @throws Problem where it cannot be read.
 */
export function landscapeFaults({ folder, info, landscape, probes }: Run): string[] {
  if (landscape.length + probes.length === 0) return [];
  const known = landscapeInfo(folder);
  if (!known) return ['landscape.json, which says how landscape.csv was made, is missing'];
  const faults = new Map<string, string>();
  const tell = (kind: string, fault: string) => {
    if (!faults.has(kind)) faults.set(kind, fault);
  };
  const foreign = Object.entries(known.parts).flatMap(([name, { columns }]) =>
    PARTS.some((part) => part.name === name) ? [] : columns,
  );
  const groups = new Map<string, { part: Part; keys: string[] }>();
  const check = (part: Part, row: LandscapeRow | ProbeRow, key: string, values: object) => {
    const where = `of ${nameOfPlace(row)} at step ${row.step}`;
    const group = `${part.name} ${where}`;
    groups.set(group, { part, keys: [...(groups.get(group)?.keys ?? []), key] });
    const { settings } = known.parts[part.name] ?? {};
    if (!settings)
      return tell(part.name, `landscape.json does not say how ${part.name} was measured`);
    const columns = Object.keys(part.columns).filter((column) => column in values);
    for (const [i, column] of columns.entries()) {
      const value = (values as Record<string, number | undefined>)[column];
      const [low, high] = part.columns[column].range(settings);
      const slack = ROUNDING * Math.max(1, Math.min(Math.abs(high), 1e6));
      if (value === undefined) {
        if (i === 0 && !row.note)
          tell(`${key} empty`, `${column} ${where} has no value and no reason`);
      } else if (!(value >= low - slack && value <= high + slack)) {
        tell(column, `${column} ${where} is ${value}, not from ${low} to ${high}`);
      }
    }
  };
  for (const row of landscape) {
    const part = PARTS.find((each) => each.table === 'landscape' && row.measure in each.columns);
    if (part) check(part, row, row.measure, { [row.measure]: row.value });
    else if (!foreign.includes(row.measure)) {
      tell(row.measure, `landscape.csv has ${row.measure}, which is no measure of the catalog`);
    }
    if (row.acceptance !== undefined && !(row.acceptance >= 0 && row.acceptance <= 1)) {
      tell('acceptance', `acceptance at step ${row.step} is ${row.acceptance}, not from 0 to 1`);
    }
  }
  const prober = PARTS.find(({ table }) => table === 'probes')!;
  for (const row of probes) check(prober, row, String(row.layer), row);
  const layers = Array.from({ length: info.model.layers + 1 }, (_, layer) => String(layer));
  for (const [group, { part, keys }] of groups) {
    const wanted = part.table === 'landscape' ? Object.keys(part.columns) : layers;
    const lacking = wanted.filter((key) => !keys.includes(key));
    if (lacking.length > 0) tell(`${part.name} lacks`, `${group} lacks ${lacking.join(', ')}`);
    if (new Set(keys).size < keys.length) tell(`${part.name} twice`, `${group} is there twice`);
  }
  return [...faults.values()];
}
