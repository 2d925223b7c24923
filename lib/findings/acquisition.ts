import { median } from 'simple-statistics';
import { acquisitions } from './definitions';
import { paperTables, publishedStep } from './paper';
import { byScale } from './runs';
import { type MeasuredRun, nameOf } from './series';
import { factorOf, type Share, shareOf, spearman } from './statistics';

/** Steps within this factor agree. */
const AGREES = 2;

/** When one task-level is acquired at one scale: as published, and in our runs. */
export interface AcquisitionCell {
  readonly task: string;
  readonly level: number;
  readonly scale: string;
  /** Null: not acquired. */
  readonly published: number | null;
  /** One a seed that ran far enough; Infinity where it is not acquired within the run. */
  readonly steps: readonly number[];
  /** Median of `steps`. */
  readonly ours: number;
  /** Updates of the shortest of these runs. */
  readonly until: number;
  /** Accuracy of the best blind answer, 0…1. */
  readonly chance: number;
  /** Ours over published; undefined where both lie beyond the runs. */
  readonly ratio: number | undefined;
}

/**
 * The published table of a version beside our runs of its scales, by the same rule at the same checkpoints. A cell takes
 * the seeds that ran to its published step, or as far as the longest did: a shorter one cannot say that it comes late.
 *
 * ```ts
 * table(acquisitionCells(studyRuns(), 'v4').map(({ task, level, published, ours }) => ({ task, level, published, ours })));
 * ```
 */
export function acquisitionCells(
  runs: readonly MeasuredRun[],
  version: 'v1' | 'v4',
): AcquisitionCell[] {
  return [...byScale(runs)].flatMap(([scale, own]) => {
    const found = own.map((run) => ({ ran: run.info.step, rows: acquisitions(run, version) }));
    const longest = Math.max(...found.map(({ ran }) => ran));
    return found[0].rows.flatMap(({ task, level, chance }) => {
      const name = nameOf({ task, level });
      const published = publishedStep(version, name, scale);
      if (published === undefined) return [];
      const far = found.filter(({ ran }) => ran >= Math.min(published ?? Infinity, longest));
      const until = Math.min(...far.map(({ ran }) => ran));
      const steps = far.flatMap(({ rows }) =>
        rows.filter((one) => nameOf(one) === name).map(({ step = Infinity }) => step),
      );
      const ours = median(steps);
      const seen = published !== null && (published <= until || ours < Infinity);
      const ratio = seen ? ours / published : undefined;
      return [{ task, level, scale, published, steps, ours, until, chance, ratio }];
    });
  });
}

/**
 * How far both steps agree, of the cells that can be compared: `within`, those within a factor of two; Spearman's
 * correlation; `off`, those that are off by more, furthest first. Undefined without such a cell.
 *
 * ```ts
 * const { within, correlation } = tableAgreement(acquisitionCells(studyRuns(), 'v4'))!;
 * ```
 */
export function tableAgreement(cells: readonly AcquisitionCell[]) {
  const compared = cells.flatMap(({ ratio, ...cell }) =>
    ratio === undefined ? [] : [{ ...cell, ratio }],
  );
  const within = shareOf(compared, ({ ratio }) => factorOf(ratio) <= AGREES);
  if (!within) return undefined;
  const [theirs, ours] = [compared.map((one) => one.published!), compared.map((one) => one.ours)];
  const off = compared
    .filter(({ ratio }) => factorOf(ratio) > AGREES)
    .sort((a, b) => factorOf(b.ratio) - factorOf(a.ratio));
  return { within, correlation: spearman(theirs, ours), off };
}
export type TableAgreement = NonNullable<ReturnType<typeof tableAgreement>>;

/** Pairs of our own seeds that agree within a factor of two, cell by cell; undefined with one seed a scale. */
export function seedAgreement(cells: readonly AcquisitionCell[]): Share | undefined {
  const pairs = cells.flatMap(({ steps }) =>
    steps.flatMap((a, i) => steps.slice(0, i).map((b) => [a, b] as const)),
  );
  // Two that are not acquired say nothing: both lie beyond the runs.
  const seen = pairs.filter((pair) => pair.some(Number.isFinite));
  return shareOf(seen, ([a, b]) => Math.max(a, b) <= AGREES * Math.min(a, b));
}

/**
 * Cells in which v1's table has a later step than v4's, which cannot be in one training: above .1 comes before .5, and
 * v1's five checkpoints count from their first.
 *
 * ```ts
 * const { count, of } = laxerIsLater();
 * ```
 */
export function laxerIsLater(): Share {
  const { scales, steps } = paperTables().acquisition_v1;
  const both = Object.entries(steps).flatMap(([name, row]) =>
    row.map((v1, i) => ({ v1, v4: publishedStep('v4', name, scales[i]) })),
  );
  const told = both.filter(({ v1, v4 }) => v1 !== null && typeof v4 === 'number');
  return shareOf(told, ({ v1, v4 }) => v1! > v4!)!;
}
