import { type Claim, publishedClaims } from '../findings/paper';
import type { MeasuredRun } from '../findings/series';
import { collapseJudges } from './collapse';
import { precedenceJudges } from './precedence';
import { predictionJudges } from './prediction';
import type { Judgment } from './verdict';

/** One published claim beside what this project's runs say of it, and of the rule that it rests on. */
export interface LedgerRow
  extends Pick<Claim, 'id' | 'version' | 'claim' | 'published' | 'notebook'>,
    Judgment {}

/** How each claim is judged, by its id. */
const JUDGES = { ...collapseJudges, ...precedenceJudges, ...predictionJudges };

/**
 * Judges every published claim of this core's notebooks by the runs. Rules stand in the files beside this one, and what
 * was changed after runs had been looked at in lib/CHANGELOG.md.
 * @param notebook its number, for its claims alone.
 * @param others rows that are judged already: those of Pythia come from its own workspace.
 *
 * ```ts
 * const rows = ledger(studyRuns(), '01');
 * table(rows.map(({ id, published, by_its_rule, worth }) => ({ id, published, ours: by_its_rule.value, worth: worth.value })));
 * ```
 */
export function ledger(
  runs: readonly MeasuredRun[],
  notebook?: string,
  others: readonly LedgerRow[] = [],
): LedgerRow[] {
  const own = publishedClaims(notebook).map(({ id, version, claim, published, notebook }) => {
    return { id, version, claim, published, ...JUDGES[id](runs), notebook };
  });
  return [...own, ...others.filter((row) => notebook === undefined || row.notebook === notebook)];
}

/** How the ledger treats that it tests many claims: a sentence to stand below it. */
export const MANY_TESTS =
  'Each claim is tested by itself at 5 %, by Holm’s rule where it takes two tests: one in twenty true nulls would pass.';
