import { basename } from 'node:path';
import type { Run } from '../study/run/run-folder';
import { ACQUISITION_RULES, type AcquisitionName, acquisitions } from './definitions';
import { floors, VIEWS } from './floors';
import { PRECURSOR_RULES, type PrecursorRule } from './precursors';
import { signalsOf } from './signals';

/** What a row of a derived table is of. */
export interface DerivedKey {
  /** Name of the run's folder. */
  readonly run: string;
  readonly scale: string;
  readonly seed: number;
  readonly task: string;
  /** Undefined where levels are pooled. */
  readonly level: number | undefined;
  /** Rule of acquisition or of precedence; empty for floors. */
  readonly rule: string;
  /** Reading of the rank, or measure; empty for acquisition. */
  readonly signal: string;
}
type Derived<Quantity extends string> = DerivedKey & Record<Quantity, number | undefined>;

/**
 * What the findings take out of runs before they count, a row each: steps of acquisition by every rule, floors in every
 * reading, and how far each measure is ahead of acquisition, by every rule of precedence (steps for the paper's rules, a
 * factor in steps for ours; undefined where it makes no change).
 */
export function derivedTables(runs: readonly Run[]): {
  readonly acquisition: Derived<'step' | 'chance'>[];
  readonly floors: Derived<'start' | 'floor' | 'step' | 'fall' | 'recovery'>[];
  readonly leads: Derived<'lead'>[];
} {
  const signals = signalsOf(runs);
  const all = runs.map((run) => {
    const { scale, seed } = run.info.training;
    return { run, of: { run: basename(run.folder), scale, seed } };
  });
  return {
    acquisition: all.flatMap(({ run, of }) =>
      (Object.keys(ACQUISITION_RULES) as AcquisitionName[]).flatMap((rule) =>
        acquisitions(run, rule).map(({ task, level, ...found }) => {
          return { ...of, task, level, rule, signal: '', ...found };
        }),
      ),
    ),
    floors: all.flatMap(({ run, of }) =>
      VIEWS.flatMap(({ view, ...choice }) =>
        floors(run, choice).map(({ task, ...found }) => {
          return { ...of, task, level: undefined, rule: '', signal: view, ...found };
        }),
      ),
    ),
    leads: all.flatMap(({ run, of }) =>
      Object.entries<PrecursorRule>(PRECURSOR_RULES).flatMap(([rule, { cases, lead, at }]) =>
        cases(run).flatMap((one) =>
          signals.flatMap((signal) => {
            const { task, level } = one;
            const series = signal.series(run, task, level, at);
            const key = { ...of, task, level, rule, signal: signal.id };
            return series ? [{ ...key, lead: lead(series, one) }] : [];
          }),
        ),
      ),
    ),
  };
}

/** Derived tables below each other, a row a number, for pandas. */
export function longTable(
  tables: ReturnType<typeof derivedTables>,
): (DerivedKey & { readonly table: string; readonly quantity: string; readonly value: number })[] {
  return Object.entries(tables).flatMap(([table, rows]) =>
    [...rows].flatMap(({ run, scale, seed, task, level, rule, signal, ...quantities }) => {
      const key = { table, run, scale, seed, task, level, rule, signal };
      return Object.entries(quantities).flatMap(([quantity, value]) =>
        value === undefined ? [] : [{ ...key, quantity, value }],
      );
    }),
  );
}
