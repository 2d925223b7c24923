import type { Difficulty } from './definitions';
import { llcPeak } from './llc-curve';
import { ALPHA, holm } from './multiplicity';
import { paperTables, publishedClaims } from './paper';
import { type Precedence, type PrecursorName, precedence } from './precursors';
import { probeLeads } from './probe-leads';
import { scalesOf, selectRuns } from './runs';
import { landscapeSignal, RANKS, type Signal } from './signals';
import { share } from './statistics';
import * as say from './summaries-hierarchy';
import { THRESHOLDS, thresholds } from './thresholds';
import {
  bounds,
  FEWEST,
  type Judge,
  type Judgment,
  judgeAlways,
  judgeNumber,
  judgeRatio,
  overScales,
  unjudged,
  type Verdict,
  weaker,
} from './verdict';

/** Rules for the claims of notebook 03, fixed before the runs of this study were looked at. */

const [RANK] = RANKS;
/** The paper's other measures, as it took them, and the Hessian converged. */
const [FISHER, COVARIANCE, EARLY_HESSIAN, PAPER_LLC, HESSIAN] = [
  'gradient_rank',
  'gradient_covariance_rank_50k',
  'hessian_top_5',
  'llc_paper',
  'hessian_top',
];
const NULLS = 'events at random steps, and the measures of the tasks exchanged; Holm over both';
const published = (id: string) => publishedClaims().find((claim) => claim.id === id)!.value;

/** Stands where the rate is beyond both nulls, partly beyond one. */
function beyondNulls({ randomEvents, exchanged }: Precedence): Verdict {
  if (!randomEvents || !exchanged) return 'cannot be judged';
  const beyond = holm([randomEvents.p, exchanged.p]).filter((p) => p < ALPHA).length;
  return (['does not replicate', 'partly', 'replicates'] as const)[beyond];
}

const heldAgainstNulls = (found: Precedence): Judgment['worth'] => ({
  ...{ test: NULLS, value: say.nulls(found), verdict: beyondNulls(found) },
});

const enough = ({ rate }: Precedence) => (rate?.of ?? 0) >= FEWEST;

/** A published rate of one signal: our interval meets it; worth: beyond its nulls. */
function rate(
  id: string,
  signal: Signal,
  rule: PrecursorName,
  difficulty: Difficulty | 'all',
  only?: string,
): Judge {
  return (given) => {
    const runs = only ? given.filter(({ info }) => info.training.scale === only) : given;
    const found = precedence(runs, signal, rule, difficulty);
    if (!found.rate || !enough(found)) return unjudged(say.precedes(found));
    const value = published(id) as number | [number, number];
    const range = typeof value === 'number' ? ([value, value] as const) : value;
    const verdict = judgeNumber(found.rate, range, 0.5);
    return {
      by_its_rule: {
        value: say.precedes(found),
        interval: bounds(found.rate),
        verdict: only ? verdict : overScales(verdict, scalesOf(selectRuns(runs).runs)),
      },
      worth: heldAgainstNulls(found),
    };
  };
}

/** Size by size, each by its own published rate; the weakest counts. */
function bySize(
  difficulty: Difficulty | 'all',
  rateAt: (scale: string) => number | undefined,
): Judge {
  return (given) => {
    const { runs } = selectRuns(given);
    const found = scalesOf(runs).flatMap((scale) => {
      const theirs = rateAt(scale);
      const own = given.filter(({ info }) => info.training.scale === scale);
      const one = precedence(own, RANK, 'v1', difficulty);
      return theirs === undefined || !enough(one) ? [] : [{ scale, one, theirs }];
    });
    const all = precedence(given, RANK, 'v1', difficulty);
    if (found.length === 0) return unjudged(say.precedes(all));
    const verdicts = found.map(({ one, theirs }) => judgeNumber(one.rate!, [theirs, theirs], 0.5));
    return {
      by_its_rule: {
        value: say.byScale(found.map(({ scale, one }) => [scale, one] as const)),
        interval: null,
        verdict: overScales(
          weaker(...verdicts),
          found.map(({ scale }) => scale),
        ),
      },
      worth: heldAgainstNulls(all),
    };
  };
}

/** The median lead is within a factor of 1.5, partly 3; worth: half of the rise is done a factor of 1.25 before, in the median. */
const lead: Judge = (runs) => {
  const found = precedence(runs, RANK, 'v1', 'all');
  const ours = precedence(runs, RANK, 'ours', 'all');
  if (found.medianLead === undefined || !enough(found)) return unjudged(say.precedes(found));
  return {
    by_its_rule: {
      value: say.medianLead(found),
      interval: null,
      verdict: judgeRatio(
        Math.max(1, found.medianLead) / (published('precursor-lead-v1') as number),
        1.5,
        3,
      ),
    },
    worth: {
      test: 'our rule: half of the rise is done and held, in times of steps',
      value: say.medianLead(ours),
      verdict:
        ours.medianLead === undefined
          ? 'cannot be judged'
          : ours.medianLead >= 1.25
            ? 'replicates'
            : 'does not replicate',
    },
  };
};

/** RankMe precedes nine of ten hard task-levels by v4's rule, and no measure of the landscape does; the first alone: partly. */
const onlyRankme: Judge = (runs) => {
  const found = precedence(runs, RANK, 'v4', 'hard');
  if (!found.rate || !enough(found)) return unjudged(say.precedes(found));
  const others = [FISHER, COVARIANCE, EARLY_HESSIAN, PAPER_LLC]
    .map((measure) => precedence(runs, landscapeSignal(measure), 'v4', 'hard'))
    .filter(enough);
  const reliable = others.filter((one) => judgeAlways(one.rate!.value) === 'replicates');
  const alone =
    others.length === 0 ? 'cannot be judged' : reliable.length > 0 ? 'partly' : 'replicates';
  return {
    by_its_rule: {
      value: `${say.precedes(found)} ${say.others(others, reliable)}`,
      interval: bounds(found.rate),
      verdict: weaker(judgeAlways(found.rate.value), alone),
    },
    worth: heldAgainstNulls(found),
  };
};

/** Nine of ten minima come after a quarter of the way and before nine tenths; worth: sooner than another task's minimum. */
const logProb: Judge = (runs) => {
  const rows = thresholds(runs);
  const over = (column: number) => {
    const found = rows.flatMap((row) => row.found[column] ?? []);
    const sum = (of: 'count' | 'of') => found.reduce((all, one) => all + one[of], 0);
    return share(sum('count'), sum('of'));
  };
  const [quarter, most] = [over(0), over(3)];
  if (!quarter || !most || most.of < FEWEST) {
    return unjudged('Too few hard task-levels are acquired in these runs.');
  }
  const exchanged = rows.flatMap((row) => row.exchanged[3] ?? []);
  const other = exchanged.reduce((sum, one) => sum + one, 0) / exchanged.length;
  return {
    by_its_rule: {
      value: [say.threshold(THRESHOLDS[0], quarter), say.threshold(THRESHOLDS[3], most)].join(' '),
      interval: bounds(quarter),
      verdict: weaker(judgeAlways(1 - quarter.value), judgeAlways(most.value)),
    },
    worth: {
      test: 'the minimum of another hard task of the run; how far the outputs are at the minimum',
      value: [say.otherMinimum(other), say.doneAtMinimum(rows)].join(' '),
      verdict: most.low > other ? 'replicates' : 'does not replicate',
    },
  };
};

/** "Not a reliable precursor": under nine of ten hard task-levels; worth: the better measurement by our rule. */
function unreliable(byRule: string, better: string): Judge {
  const verdictOf = (found: Precedence): Verdict => {
    if (!found.rate || !enough(found)) return 'cannot be judged';
    return judgeAlways(found.rate.value) === 'replicates' ? 'does not replicate' : 'replicates';
  };
  return (runs) => {
    const found = precedence(runs, landscapeSignal(byRule), 'v4', 'hard');
    const ours = precedence(runs, landscapeSignal(better), 'ours', 'hard');
    return {
      by_its_rule: {
        value: say.precedes(found),
        interval: found.rate ? bounds(found.rate) : null,
        verdict: verdictOf(found),
      },
      worth: {
        test: 'measured to convergence, by our rule',
        value: say.precedes(ours),
        verdict: verdictOf(ours),
      },
    };
  };
}

/** None precedes; worth (C7): a synchronous LLC would peak with acquisition, within a factor of two; partly of four. */
const llc: Judge = (runs) => {
  const peak = llcPeak(runs, PAPER_LLC);
  return {
    ...rate('llc-v1', landscapeSignal(PAPER_LLC), 'v1', 'all')(runs),
    worth: {
      test: 'where the LLC of MOD peaks at nano, and where MOD is acquired',
      value: peak ? say.llcPeak(peak) : 'No nano run has the LLC of MOD and acquires it.',
      verdict: peak ? judgeRatio(peak.peak / peak.acquired, 2, 4) : 'cannot be judged',
    },
  };
};

/** The probe is ahead in nine of ten task-levels; worth (C9): in whole answers, there and in the step at which it is halfway. */
const probes: Judge = (runs) => {
  const found = probeLeads(runs);
  const { perToken, perAnswer, answerFirst = perAnswer } = found;
  if (!perToken || !perAnswer || perToken.of < FEWEST) return unjudged(say.probesPerToken(found));
  return {
    by_its_rule: {
      value: say.probesPerToken(found),
      interval: bounds(perToken),
      verdict: judgeAlways(perToken.value),
    },
    worth: {
      test: 'whole answers, as the model is judged; the untrained net as baseline',
      value: say.probesPerAnswer(found),
      verdict: weaker(judgeAlways(perAnswer.value), judgeAlways(answerFirst!.value)),
    },
  };
};

/** By claim id. */
export const precedenceJudges: Readonly<Record<string, Judge>> = {
  'precursor-v1': rate('precursor-v1', RANK, 'v1', 'hard'),
  'precursor-all-v1': bySize('all', (scale) => paperTables().precursor_rates_v1.rankme_all[scale]),
  'precursor-lead-v1': lead,
  'precursor-v3': bySize('hard', () => published('precursor-v3') as number),
  'precursor-v4': onlyRankme,
  'log-prob-v4': logProb,
  'fisher-v1': rate('fisher-v1', landscapeSignal(FISHER), 'v1', 'all'),
  'gradient-v1': rate('gradient-v1', landscapeSignal(COVARIANCE), 'v1', 'all'),
  'gradient-v4': rate('gradient-v4', landscapeSignal(FISHER), 'v4', 'hard', 'nano'),
  'llc-v1': llc,
  'llc-v4': unreliable(PAPER_LLC, 'llc'),
  'hessian-v1': rate('hessian-v1', landscapeSignal(HESSIAN), 'v1', 'all'),
  'hessian-v4': unreliable(EARLY_HESSIAN, HESSIAN),
  'probes-v4': probes,
};
