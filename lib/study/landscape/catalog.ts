import type { Part } from './part';
import { gradients } from './parts/gradients';
import { hessian } from './parts/hessian';
import { llc, llcPaper } from './parts/llc';
import { probes } from './parts/probes';

/** The parts of the landscape, cheapest first. A measure more is a file in `parts/` and a name here. */
export const PARTS: readonly Part[] = [gradients, hessian, probes, llcPaper, llc];

/** Parts by name; a part of one's own is itself. @throws RangeError naming what is not a part. */
export function partsNamed(names: readonly (string | Part)[]): Part[] {
  return names.map((name) => {
    if (typeof name !== 'string') return name;
    const part = PARTS.find((known) => known.name === name.trim());
    if (part) return part;
    const all = PARTS.map((known) => known.name).join(', ');
    throw new RangeError(`Unknown part of the landscape "${name}": use one or more of ${all}.`);
  });
}

/** A measure of landscape.csv: its name there, in words, and the part that gives it. */
export interface LandscapeMeasure {
  readonly measure: string;
  readonly label: string;
  readonly part: string;
}

/** Every measure that landscape.csv may hold, in the order in which figures show them. */
export const LANDSCAPE_MEASURES = PARTS.flatMap(
  ({ name: part, table, columns }): LandscapeMeasure[] => {
    const measures = table === 'landscape' ? Object.entries(columns) : [];
    return measures.map(([measure, { label }]) => ({ measure, label, part }));
  },
);

/** A line for each part, for help texts. */
export function partsInWords(): string[] {
  return PARTS.map(({ name, about, on }) => `${name.padEnd(10)} ${about} (on ${on})`);
}
