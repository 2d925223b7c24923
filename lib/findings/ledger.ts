import { type Claim, publishedClaims } from './paper';
import type { MeasuredRun } from './series';
import { type Judge, type Judgment, unjudged } from './verdict';
import { collapseJudges } from './verdicts-collapse';
import { precedenceJudges } from './verdicts-precedence';
import { predictionJudges } from './verdicts-prediction';

/** One published claim beside what this project's runs say of it, and of the rule that it rests on. */
export interface LedgerRow
  extends Pick<Claim, 'id' | 'version' | 'claim' | 'published' | 'notebook'>,
    Judgment {}

/** How each claim is judged, by its id. */
const JUDGES: Readonly<Record<string, Judge>> = {
  ...collapseJudges,
  ...precedenceJudges,
  ...predictionJudges,
};

/** Which claims, and what is judged outside the core. */
export interface LedgerOptions {
  /** Number of a notebook, for its claims alone. */
  readonly notebook?: string;
  /** More judges by claim id, in the place of ours. */
  readonly judges?: Readonly<Record<string, Judge>>;
  /** Rows that are judged already: those of Pythia come from its own workspace. */
  readonly rows?: readonly LedgerRow[];
}

/**
 * Judges every published claim by the runs. Rules stand in the files of the findings, and what was changed after runs
 * had been looked at in lib/CHANGELOG.md.
 *
 * ```ts
 * const rows = ledger(studyRuns(), { notebook: '01' });
 * table(rows.map(({ id, published, by_its_rule, worth }) => ({ id, published, ours: by_its_rule.value, worth: worth.value })));
 * ```
 */
export function ledger(
  runs: readonly MeasuredRun[],
  { notebook, judges = {}, rows = [] }: LedgerOptions = {},
): LedgerRow[] {
  const all = { ...JUDGES, ...judges };
  const own = publishedClaims(notebook).map(({ id, version, claim, published, ...rest }) => {
    const judge = all[id] ?? (() => unjudged('Nothing in the tables is about it.'));
    return { id, version, claim, published, ...judge(runs), notebook: rest.notebook };
  });
  return [...own, ...rows.filter((row) => notebook === undefined || row.notebook === notebook)];
}
