import type { MeasuredRun } from '../findings/series';
import { type LedgerRow, ledger, MANY_TESTS } from '../ledger/ledger';
import { VERDICTS } from '../ledger/verdict';
import { studyRuns } from '../study/run/run-folder';
import { newPlace } from './kernel';
import { tableHtml, toRows } from './table';

/** The ledger by the study's runs, of one notebook or of all; claims about Pythia by its workspace, where that is there. */
export function ledgerRows(notebook?: string, runs: readonly MeasuredRun[] = studyRuns()) {
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
export function verdictCounts(rows: readonly LedgerRow[], column: 'by_its_rule' | 'worth') {
  return VERDICTS.map((verdict) => {
    return { verdict, count: rows.filter((row) => row[column].verdict === verdict).length };
  });
}

/** `8.3 [7.1 to 9.9]`. */
export function valueText({ value, interval }: LedgerRow['by_its_rule']): string {
  return `${value}${interval ? ` [${interval.join(' to ')}]` : ''}`;
}

export function ledgerHtml(rows: readonly LedgerRow[]): string {
  const { columns, rows: cells } = toRows(
    rows.map(({ claim, version, published, by_its_rule, worth, notebook }) => ({
      ...{ claim, version, published },
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
