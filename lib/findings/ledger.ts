import { type Claim, publishedClaims } from './claims';
import { WHOLE_RUN } from './definitions';
import { type Evidence, gather } from './evidence';
import type { MeasuredRun } from './signals';
import { type Judgment, unjudged, type Verdict } from './verdict';
import { floorVerdicts } from './verdicts-floors';
import { orderVerdicts } from './verdicts-order';
import { precedenceVerdicts } from './verdicts-precedence';
import { predictionVerdicts } from './verdicts-prediction';

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

/**
 * Judges every published claim by the runs, with rules that are fixed in the verdicts-*.ts files. Runs that
 * have not ended, or that have fewer than {@link WHOLE_RUN} updates, are not looked at.
 *
 * @param notebook number of a notebook, for its claims alone.
 */
export function ledger(runs: readonly MeasuredRun[], notebook?: string): LedgerRow[] {
  const whole = wholeRuns(runs);
  const evidence = gather(whole);
  return publishedClaims(notebook).map(({ certainty: _, ...claim }) => {
    const judge = JUDGES[claim.id];
    let judgment: Judgment;
    if (!judge) judgment = unjudged('nothing in data/runs is about it');
    else if (whole.length === 0) {
      judgment = unjudged(
        `data/runs holds no ended run of ${WHOLE_RUN.toLocaleString('en-US')} or more updates`,
      );
    } else judgment = judge(evidence);
    const { ours, interval, verdict } = judgment;
    const { id, version, claim: words, published } = claim;
    return {
      id,
      version,
      claim: words,
      published,
      ours,
      interval,
      verdict,
      notebook: claim.notebook,
    };
  });
}

/** The runs that findings about emergence are made of. */
export function wholeRuns<T extends Pick<MeasuredRun, 'info'>>(runs: readonly T[]): T[] {
  return runs.filter(({ info }) => info.ended && info.step >= WHOLE_RUN);
}
