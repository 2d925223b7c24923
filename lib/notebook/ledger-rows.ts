import { type LedgerRow as JudgedOnce, ledger } from '../findings/ledger';
import type { MeasuredRun } from '../findings/signals';
import { studyRuns } from '../study/run-folder';

/** Verdicts, from what holds to what is open. */
export const VERDICTS = ['replicates', 'partly', 'does not replicate', 'cannot be judged'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** One published claim beside what the runs here say: by the paper's own rule, and by what the rule is worth. */
export interface LedgerRow {
  readonly id: string;
  readonly version: string;
  readonly claim: string;
  readonly published: string;
  readonly by_its_rule: {
    readonly value: string | number | null;
    /** 95 %. */
    readonly interval: readonly [number, number] | null;
    readonly verdict: Verdict;
  };
  readonly worth: {
    /** What it was held against. */
    readonly test: string;
    readonly value: string | number | null;
    readonly verdict: Verdict;
  };
  /** Number of the notebook that shows it: `02`. */
  readonly notebook: string;
}

/**
 * The ledger by the study's whole runs, of one notebook or of all.
 * @throws nothing for a notebook without claims: it has no rows.
 */
export function ledgerRows(
  notebook?: string,
  runs: readonly MeasuredRun[] = studyRuns(),
): LedgerRow[] {
  return ledger(runs, notebook).map((row) => ('by_its_rule' in row ? (row as never) : twice(row)));
}

/** A claim that was judged in one way only. */
function twice({ ours, interval, verdict, ...claim }: JudgedOnce): LedgerRow {
  const known = VERDICTS.find((one) => one.startsWith(verdict) || verdict.startsWith(one));
  const judged = known ?? 'cannot be judged';
  const open = { test: 'not tested yet', value: null, verdict: 'cannot be judged' } as const;
  return { ...claim, by_its_rule: { value: ours, interval, verdict: judged }, worth: open };
}

/** How many claims have each verdict, in the order of {@link VERDICTS}. */
export function verdictCounts(
  rows: readonly LedgerRow[],
  column: 'by_its_rule' | 'worth',
): { verdict: Verdict; count: number }[] {
  return VERDICTS.map((verdict) => ({
    verdict,
    count: rows.filter((row) => row[column].verdict === verdict).length,
  }));
}

/** `8.3 [7.1 to 9.9]`. */
export function valueText({ value, interval }: LedgerRow['by_its_rule']): string {
  return `${value ?? 'none'}${interval ? ` [${interval.join(' to ')}]` : ''}`;
}
