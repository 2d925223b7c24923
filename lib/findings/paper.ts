import { join } from 'node:path';
import { DATA } from '../environment/paths';
import { readJson } from '../files/json';

/** P = printed in the paper, F = read off its vector figures, to about 2 %. */
export type Sure = 'P' | 'F';

/** One claim of one or more versions of the paper, as published. */
export interface Claim {
  readonly id: string;
  /** Version or versions of the paper, for example `v1, v2`. */
  readonly version: string;
  readonly claim: string;
  /** The published value, in words. */
  readonly published: string;
  /** The same in numbers, where it is one or a few. */
  readonly value: number | readonly number[] | null;
  readonly sure: Sure;
  /** Number of the notebook that is about it. */
  readonly notebook: string;
}

/** Steps of acquisition by task-level (`MOD 2`), one a scale; null where it is not acquired. */
export interface AcquisitionTable {
  readonly sure: Sure;
  readonly rule: string;
  readonly scales: readonly string[];
  readonly steps: Readonly<Record<string, readonly (number | null)[]>>;
}

/** One curve of Figure 2: `[step, RankMe]`. */
export interface PublishedCurve {
  readonly task: string;
  readonly scale: string;
  readonly points: readonly (readonly [number, number])[];
}

/** Ranks of one task by layer, first block first, by scale. */
export interface LayerProfiles {
  readonly task: string;
  readonly 'layers from the first up': Readonly<Record<string, readonly number[]>>;
}

/** The published tables. Those without a type of their own are read where they are used. */
export interface PaperTables {
  readonly acquisition_v1: AcquisitionTable;
  readonly acquisition_v4: AcquisitionTable;
  /** Mean and population standard deviation over five sizes of the lowest RankMe. */
  readonly floors_v1: Readonly<Record<'MOD' | 'ADD' | 'SORT' | 'MUL', readonly [number, number]>>;
  readonly floors_by_scale: Readonly<Record<'MOD' | 'ADD' | 'SORT' | 'MUL', readonly number[]>> & {
    readonly scales: readonly string[];
  };
  readonly rankme_curves: { readonly series: readonly PublishedCurve[] };
  readonly layers_at_minimum: LayerProfiles;
  readonly layers_after_acquisition: LayerProfiles;
  readonly precursor_rates_v1: {
    readonly rankme_all: Readonly<Record<string, number>>;
    readonly rankme_hard: Readonly<Record<string, number>>;
  };
  /** Percent of hard tasks whose minimum comes before a share (a column) of the log-probability's way, by scale. */
  readonly minimum_before_log_prob_v4: {
    readonly columns: readonly (number | string)[];
    readonly percent: Readonly<Record<string, readonly number[]>>;
  };
  /** `[behavior, probe]` at the last checkpoint before acquisition, by scale. */
  readonly probes_v4: Readonly<Record<'COPY' | 'MUL', readonly (readonly [number, number])[]>> & {
    readonly scales: readonly string[];
  };
  readonly llc_nano_mod: { readonly points: readonly (readonly [number, number])[] };
  readonly mod_nano_accuracy: { readonly points: readonly (readonly [number, number])[] };
  readonly [table: string]: unknown;
}

let known: { readonly claims: readonly Claim[]; readonly tables: PaperTables } | undefined;

function paper() {
  known ??= readJson(
    join(DATA, 'paper.json'),
    'restore it (git checkout)',
  ) as unknown as typeof known;
  return known!;
}

/**
 * The tables that the paper publishes (data/paper.json).
 *
 * ```ts
 * const { scales, steps } = paperTables().acquisition_v4;
 * steps['MOD 2'][scales.indexOf('nano')]; // 6500
 * ```
 */
export function paperTables(): PaperTables {
  return paper().tables;
}

/** The published claims, those of one notebook (`01` … `05`) or all. */
export function publishedClaims(notebook?: string): Claim[] {
  return paper().claims.filter((claim) => notebook === undefined || claim.notebook === notebook);
}

/** The four tasks that Figure 2 and the table of floors show. */
export const FIGURE_TASKS = ['MOD', 'ADD', 'SORT', 'MUL'] as const;

/** A published curve of Figure 2; undefined for a task or scale that it does not show. */
export function publishedCurve(task: string, scale: string): PublishedCurve['points'] | undefined {
  const { series } = paperTables().rankme_curves;
  return series.find((one) => one.task === task && one.scale === scale)?.points;
}

/** Step of acquisition in the published table of a version; null: not acquired, undefined: not in the table. */
export function publishedStep(
  version: 'v1' | 'v4',
  name: string,
  scale: string,
): number | null | undefined {
  const { scales, steps } = paperTables()[`acquisition_${version}`];
  const column = scales.indexOf(scale);
  return column < 0 ? undefined : steps[name]?.[column];
}
