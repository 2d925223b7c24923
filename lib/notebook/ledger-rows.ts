import { type LedgerRow, ledger } from '../findings/ledger';
import type { MeasuredRun } from '../findings/series';
import { VERDICTS, type Verdict } from '../findings/verdict';
import { studyRuns } from '../study/run/run-folder';

/**
 * The ledger by the study's runs, of one notebook or of all. Claims about Pythia are judged by its workspace, where
 * that is there.
 */
export function ledgerRows(
  notebook?: string,
  runs: readonly MeasuredRun[] = studyRuns(),
): LedgerRow[] {
  return ledger(runs, notebook, pythiaRows());
}

function pythiaRows(): LedgerRow[] {
  try {
    const { pythiaLedger, trajectories } = require('anatomy-pythia');
    return pythiaLedger(trajectories());
  } catch (error) {
    if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    return [];
  }
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
  return `${value}${interval ? ` [${interval.join(' to ')}]` : ''}`;
}
