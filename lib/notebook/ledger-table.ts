import { type LedgerRow, MANY_TESTS } from '../findings/ledger';
import type { MeasuredRun } from '../findings/series';
import { newPlace } from './kernel';
import { ledgerRows, valueText } from './ledger-rows';
import { toRows } from './table';
import { tableHtml } from './table-html';

/** The ledger as an HTML table, a row a claim. */
export function ledgerHtml(rows: readonly LedgerRow[]): string {
  const { columns, rows: cells } = toRows(
    rows.map(({ claim, version, published, by_its_rule, worth, notebook }) => ({
      claim,
      version,
      published,
      "by the paper's rule": valueText(by_its_rule),
      verdict: by_its_rule.verdict,
      'what that is worth': `${worth.test}: ${worth.value}`,
      'verdict on that': worth.verdict,
      notebook,
    })),
  );
  return tableHtml(columns, cells, { caption: MANY_TESTS });
}

/**
 * Shows the claims of one notebook with our values and verdicts, by the study's whole runs.
 *
 * ```ts
 * showLedger('02');
 * ```
 * @param notebook its number; all claims by default.
 */
export function showLedger(notebook?: string, runs?: readonly MeasuredRun[]): void {
  newPlace().html(ledgerHtml(ledgerRows(notebook, runs)));
}
