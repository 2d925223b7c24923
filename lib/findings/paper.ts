import { join } from 'node:path';
import { DATA } from '../environment/paths';
import { readJson } from '../files/json';

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
  /** P = printed in the paper, F = read off its vector figures, to about 2 %. */
  readonly sure: 'P' | 'F';
  /** Number of the notebook that is about it. */
  readonly notebook: string;
  /** Doubts about it, by their id in the file's `doubts`: what its row in the ledger is held against. */
  readonly doubts?: readonly string[];
}

type By<Name extends string, T> = Readonly<Record<Name, T>>;
/** Steps of acquisition by task or task-level (`MOD 2`); null where it is not acquired. */
type Acquired = By<string, readonly (number | null)[]>;

/** Steps of acquisition by task-level, one a scale. */
interface AcquisitionTable {
  readonly scales: readonly string[];
  readonly steps: Acquired;
}

/** `[step, value]`, steps increasing. */
export type Points = readonly (readonly [step: number, value: number])[];

/** The four tasks that Figure 2 and the table of floors show. */
export const FIGURE_TASKS = ['MOD', 'ADD', 'SORT', 'MUL'] as const;

/** The published tables that findings read; data/paper.json has more. */
export interface PaperTables {
  readonly acquisition_v1: AcquisitionTable;
  readonly acquisition_v4: AcquisitionTable;
  /** Lowest RankMe, one a scale. */
  readonly floors_by_scale: By<string, readonly (number | string)[]>;
  /** Figure 2. */
  readonly rankme_curves: { series: readonly { task: string; scale: string; points: Points }[] };
  /** Ranks of one task by layer, first block first, by scale. */
  readonly layers_at_minimum: {
    readonly task: string;
    readonly 'layers from the first up': By<string, readonly number[]>;
  };
  /** Shares, 0…1, by scale. */
  readonly precursor_rates_v1: By<'rankme_all' | 'rankme_hard', By<string, number>>;
  /** Percent of hard tasks whose minimum comes before a share (a column) of the log-probability's way, by scale. */
  readonly minimum_before_log_prob_v4: {
    readonly columns: readonly (number | string)[];
    readonly percent: By<string, readonly number[]>;
  };
  /** `[behavior, probe]` at the last checkpoint before acquisition, by scale. */
  readonly probes_v4: By<'COPY' | 'MUL', Points> & { readonly scales: readonly string[] };
  readonly llc_nano_mod: { readonly points: Points };
  /** At level 3, nano: baseline, last block frozen, first block frozen. */
  readonly freeze_v4: Acquired;
}

interface Paper {
  readonly claims: readonly Claim[];
  readonly tables: PaperTables;
  /** Where the paper does not hold together, by id (C1 to C11). */
  readonly doubts: By<string, string>;
}
let known: Paper | undefined;
const paper = () =>
  (known ??= readJson(join(DATA, 'paper.json'), 'restore it (git checkout)') as unknown as Paper);

/**
 * The tables that the paper publishes.
 *
 * ```ts
 * const { scales, steps } = paperTables().acquisition_v4;
 * steps['MOD 2'][scales.indexOf('nano')]; // 6500
 * ```
 */
export const paperTables = () => paper().tables;

/**
 * Where the paper does not hold together: what each doubt is, by its id.
 *
 * ```ts
 * paperDoubts().C1;
 * ```
 */
export const paperDoubts = () => paper().doubts;

/**
 * The published claims, those of one notebook (`01` … `05`) or all.
 *
 * ```ts
 * publishedClaims().filter(({ notebook }) => notebook === '01');
 * ```
 */
export const publishedClaims = (notebook?: string) =>
  paper().claims.filter((claim) => notebook === undefined || claim.notebook === notebook);

export const publishedValue = (id: string) =>
  paper().claims.find((claim) => claim.id === id)?.value ?? null;

/** A published curve of Figure 2; undefined for a task or scale that it does not show. */
export function publishedCurve(task: string, scale: string): Points | undefined {
  const { series } = paperTables().rankme_curves;
  return series.find((one) => one.task === task && one.scale === scale)?.points;
}

/** Step of acquisition in the published table of a version; null: not acquired, undefined: not in the table. */
export function publishedStep(version: 'v1' | 'v4', name: string, scale: string) {
  const { scales, steps } = paperTables()[`acquisition_${version}`];
  const column = scales.indexOf(scale);
  return column < 0 ? undefined : steps[name]?.[column];
}
