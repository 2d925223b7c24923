import { type LedgerRow, ledger } from '../findings/ledger';
import type { MeasuredRun } from '../findings/signals';
import { studyRuns } from '../study/run-folder';
import { newPlace } from './kernel';
import { tableHtml } from './table';

/** The ledger as an HTML table. */
export function ledgerHtml(rows: readonly LedgerRow[]): string {
  return tableHtml(
    rows.map(({ verdict, version, claim, published, ours, interval, notebook }) => ({
      verdict,
      claim,
      version,
      published,
      ours,
      'interval (95 %)': interval ? `${interval[0]} to ${interval[1]}` : '',
      notebook,
    })),
  );
}

/**
 * Shows the claims of one notebook with our values and verdicts, by the study's whole runs.
 * @param notebook its number, for example `02`; all claims by default.
 */
export function showLedger(notebook?: string, runs: readonly MeasuredRun[] = studyRuns()): void {
  newPlace().html(ledgerHtml(ledger(runs, notebook)));
}
