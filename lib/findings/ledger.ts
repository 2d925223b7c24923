import { type Claim, publishedClaims } from './claims';
import { SETTLED_RUN, WHOLE_RUN } from './definitions';
import { type Evidence, gather } from './evidence';
import type { MeasuredRun } from './signals';
import { type Judgment, unjudged, type Verdict } from './verdict';
import { floorVerdicts } from './verdicts-floors';
import { orderVerdicts } from './verdicts-order';
import { precedenceVerdicts } from './verdicts-precedence';
import { predictionVerdicts } from './verdicts-prediction';
import { wholeRuns } from './whole-runs';

/** One published claim beside what this project's runs say. */
export interface LedgerRow extends Omit<Claim, 'certainty'> {
  /** Our value, in words with numbers, or why there is none. */
  readonly ours: string;
  /** 95 % interval of the number that `ours` begins with, where it has one. */
  readonly interval: readonly [number, number] | null;
  readonly verdict: Verdict;
}

/** How each claim is judged, by its id. */
const JUDGES: Record<string, (evidence: Evidence) => Judgment> = {
  ...floorVerdicts,
  ...orderVerdicts,
  ...precedenceVerdicts,
  ...predictionVerdicts,
};

/** Claims about collapse alone, which runs can judge that end before hard task-levels emerge. */
const OF_COLLAPSE = /^(scales|collapse|floor|order)-/;

/**
 * Judges every published claim by the runs, with rules that are fixed in the verdicts-*.ts files. Claims
 * about collapse look at ended runs of {@link SETTLED_RUN} updates or more, all others at those of
 * {@link WHOLE_RUN} or more.
 *
 * @param notebook number of a notebook, for its claims alone.
 */
export function ledger(runs: readonly MeasuredRun[], notebook?: string): LedgerRow[] {
  const evidence = new Map(
    [SETTLED_RUN, WHOLE_RUN].map((least) => [least, gather(wholeRuns(runs, least))]),
  );
  return publishedClaims(notebook).map(({ certainty: _, notebook: number, ...claim }) => {
    const least = OF_COLLAPSE.test(claim.id) ? SETTLED_RUN : WHOLE_RUN;
    const own = evidence.get(least) as Evidence;
    const judge = JUDGES[claim.id];
    let judgment: Judgment;
    if (!judge) judgment = unjudged('nothing in data/runs is about it');
    else if (own.runs.length === 0) {
      const updates = least.toLocaleString('en-US');
      judgment = unjudged(`data/runs holds no ended run of ${updates} or more updates`);
    } else judgment = judge(own);
    const { ours, interval, verdict } = judgment;
    const { id, version, claim: words, published } = claim;
    return { id, version, claim: words, published, ours, interval, verdict, notebook: number };
  });
}
