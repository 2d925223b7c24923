import { armOutcomes } from '../findings/causal';
import { pairsOf } from '../findings/causal-arms';
import type { MeasuredRun } from '../findings/series';
import { causalRow } from '../ledger/causal';
import { type LedgerRow, ledger, MANY_TESTS } from '../ledger/ledger';
import { VERDICTS } from '../ledger/verdict';
import { ARMS, studyRuns, untaughtRuns } from '../study/run/run-folder';
import { newPlace } from './show';
import { tableHtml, toRows } from './table';

/**
 * The ledger by the study's runs, of one notebook or of all, untaught twins beside them; the question of notebook 06 by
 * the arms, claims about Pythia by its workspace, where that is there.
 */
export function ledgerRows(notebook?: string, runs: readonly MeasuredRun[] = studyRuns()) {
  const arms = studyRuns(ARMS);
  const asked = notebook === undefined || notebook === '06';
  const causal = asked ? [causalRow(armOutcomes(pairsOf(arms).pairs))] : [];
  return ledger([...runs, ...untaughtRuns(arms)], notebook, [...pythiaRows(), ...causal]);
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

/** The rows of claims that the paper makes. */
export const publishedOf = (rows: readonly LedgerRow[]) =>
  rows.filter(({ version }) => version !== 'ours');

/** How many published claims have each verdict, in the order of {@link VERDICTS}. */
export function verdictCounts(rows: readonly LedgerRow[], column: 'by_its_rule' | 'worth') {
  return VERDICTS.map((verdict) => {
    const own = publishedOf(rows).filter((row) => row[column].verdict === verdict);
    return { verdict, count: own.length };
  });
}

/** A value in words, with its interval where they do not have it: `8.3 [7.1 to 9.9]`. */
export function valueText({ value, interval }: LedgerRow['by_its_rule']): string {
  return interval && !value.includes('interval') ? `${value} [${interval.join(' to ')}]` : value;
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
