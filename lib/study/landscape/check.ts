import type { Run } from '../run/run-folder';
import type { LandscapeRow, ProbeRow } from '../run/tables';
import { PARTS } from './catalog';
import { landscapeInfo } from './landscape-table';
import type { Part } from './part';
import { nameOfPlace } from './place';

/** Values that tables keep have this much rounding above their bounds. */
const ROUNDING = 1e-3;

/**
 * What is wrong with a run's landscape.csv and probes.csv by the catalog, a line each, at most one of a kind and column:
 * unknown measures, rows twice, parts that are not whole, values that cannot be. landscape.json tells of parts of one's own.
 * @throws Problem where landscape.json cannot be read.
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
      if (value === undefined) {
        if (i > 0 || row.note) continue;
        tell(`${key} empty`, `${column} ${where} has no value and no reason`);
        continue;
      }
      const [low, high] = part.columns[column].range(settings);
      const slack = ROUNDING * Math.max(1, Math.min(Math.abs(high), 1e6));
      if (value >= low - slack && value <= high + slack) continue;
      tell(column, `${column} ${where} is ${value}, not from ${low} to ${high}`);
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
