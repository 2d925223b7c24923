import { meanSimple, sumSimple } from 'simple-statistics';
import { type Difficulty, SYNCHRONY } from '../findings/definitions';
import { llcPeak } from '../findings/llc-curve';
import { paperTables, publishedValue } from '../findings/paper';
import { type Precedence, type PrecursorName, precedence } from '../findings/precursors';
import { probeLeads } from '../findings/probe-leads';
import { byScale } from '../findings/runs';
import { landscapeSignal, RANKS, type Signal } from '../findings/signals';
import { ALPHA, holm, share, shareOf } from '../findings/statistics';
import * as say from '../findings/summaries';
import { THRESHOLDS, thresholds } from '../findings/thresholds';
import { cases, counted, list, of, percent } from '../findings/words';
import {
  always,
  FEWEST,
  type Judge,
  judge,
  judgeAlways,
  judgeNumber,
  judgeRatio,
  judgeSizes,
  type Side,
  stands,
  type Verdict,
  weaker,
} from './verdict';

/** Rules for the claims of notebook 03, fixed before the runs of this study were looked at. */

const [RANK] = RANKS;
/** The paper's other measures, as it took them, and the Hessian converged. */
const [FISHER, COVARIANCE, EARLY_HESSIAN, PAPER_LLC, HESSIAN] = [
  ...['gradient_rank', 'gradient_covariance_rank_50k'],
  ...['hessian_top_5', 'llc_paper', 'hessian_top'],
].map(landscapeSignal);
const NULLS = 'events at random steps, and the measures of the tasks exchanged; Holm over both';
const BY_RISE = 'our rule: half of the rise is done and held, in times of steps';
const OTHER_MINIMUM =
  'the minimum of another hard task of the run; how far the outputs are at the minimum';
const WHOLE_ANSWERS = 'whole answers, as the model is judged; the untrained net as baseline';

const enough = ({ rate }: Precedence) => (rate?.of ?? 0) >= FEWEST;

/** Stands where the rate is beyond both nulls, partly beyond one. */
function beyondNulls(found: Precedence): Side {
  const { randomEvents, exchanged } = found;
  if (!enough(found) || !randomEvents || !exchanged) return say.precedes(found);
  const beyond = holm([randomEvents.p, exchanged.p]).filter((p) => p < ALPHA).length;
  const verdict = (['does not replicate', 'partly', 'replicates'] as const)[beyond];
  return { value: say.nulls(found), verdict };
}

/** A rate as a side, judged where there are enough cases. */
function sideOf(found: Precedence, verdict: (rate: number) => Verdict): Side {
  if (!found.rate || !enough(found)) return say.precedes(found);
  return always(found.rate, say.precedes(found), verdict(found.rate.value));
}

/** A published rate of one signal: our interval meets it; worth: beyond its nulls. */
function rate(
  id: string,
  signal: Signal,
  rule: PrecursorName,
  difficulty: Difficulty | 'all',
  only?: string,
): Judge {
  return (only ? judge : judgeSizes)(NULLS, (_, given) => {
    const runs = given.filter(({ info }) => !only || info.training.scale === only);
    const found = precedence(runs, signal, rule, difficulty);
    const [low, high = low] = [publishedValue(id)].flat() as number[];
    return [sideOf(found, () => judgeNumber(found.rate!, [low, high])), beyondNulls(found)];
  });
}

/** Size by size, each by its own published rate; the weakest counts. @param more what else its worth is told by. */
function bySize(
  difficulty: Difficulty | 'all',
  rateAt: (scale: string) => number | undefined,
  more?: () => string,
): Judge {
  return judgeSizes(NULLS, (runs, given) => {
    const found = [...byScale(runs)].flatMap(([scale, own]) => {
      const theirs = rateAt(scale);
      const one = precedence(own, RANK, 'v1', difficulty);
      return theirs === undefined || !enough(one) ? [] : [{ scale, one, theirs }];
    });
    const all = precedence(given, RANK, 'v1', difficulty);
    const worth = beyondNulls(all);
    const told =
      more && typeof worth === 'object' ? { ...worth, value: `${worth.value} ${more()}` } : worth;
    if (found.length === 0) return [say.precedes(all), told];
    const verdicts = found.map(({ one, theirs }) => judgeNumber(one.rate!, [theirs, theirs]));
    const limited = found.length > 1 ? verdicts : [...verdicts, 'partly' as const];
    const rates = found.map(({ scale, one }) => `${of(one.rate!)} at ${scale}`);
    const value = `${RANK.label} precedes acquisition in ${list(rates)}.`;
    return [{ value, verdict: weaker(...limited) }, told];
  });
}

/** C3: the rates of v4's own appendix that are not the 100 % of its text. */
const appendix = () => {
  const { columns, percent } = paperTables().minimum_before_log_prob_v4;
  const last = columns.indexOf('accuracy');
  const rates = Object.entries(percent).filter(([, row]) => row[last] < 100);
  return `v4’s own appendix has ${list(rates.map(([scale, row]) => `${row[last]} % at ${scale}`))}.`;
};

/** A published rate at which a measure that lags precedes; worth: nine of ten of its rises come after acquisition. */
function lags(id: string, signal: Signal): Judge {
  return (given) => {
    const { by_its_rule } = rate(id, signal, 'v1', 'all')(given);
    const after = judge(BY_RISE, () => {
      const found = precedence(given, signal, 'ours', 'all');
      const late = shareOf(found.leads, ({ value }) => value < 1 / SYNCHRONY);
      return [undefined, late ? always(late, say.lags(found, late)) : say.precedes(found)];
    });
    return { by_its_rule, worth: after(given).worth };
  };
}

/** "Not a reliable precursor": under nine of ten hard task-levels; worth: the better measurement by our rule. */
function unreliable(byRule: Signal, better: Signal, test: string): Judge {
  const reliable = (rate: number) => stands(judgeAlways(rate) !== 'replicates');
  return judge(test, (_, given) => [
    sideOf(precedence(given, byRule, 'v4', 'hard'), reliable),
    sideOf(precedence(given, better, 'ours', 'hard'), reliable),
  ]);
}

/** By claim id. */
export const precedenceJudges: Readonly<Record<string, Judge>> = {
  'precursor-v1': rate('precursor-v1', RANK, 'v1', 'hard'),
  'precursor-all-v1': bySize('all', (scale) => paperTables().precursor_rates_v1.rankme_all[scale]),
  'precursor-v3': bySize('hard', () => publishedValue('precursor-v3') as number, appendix),
  'fisher-v1': rate('fisher-v1', FISHER, 'v1', 'all'),
  'gradient-v1': rate('gradient-v1', COVARIANCE, 'v1', 'all'),
  'gradient-v4': rate('gradient-v4', FISHER, 'v4', 'hard', 'nano'),
  'hessian-v1': lags('hessian-v1', HESSIAN),
  'hessian-v4': unreliable(EARLY_HESSIAN, HESSIAN, 'measured to convergence, by our rule'),
  'llc-v4': unreliable(
    PAPER_LLC,
    landscapeSignal('llc'),
    'calibrated, where its chains have settled, by our rule',
  ),

  /** The median lead is within a factor of 1.5, partly 3; worth: half of the rise is done a factor of 1.25 before, in the median. */
  'precursor-lead-v1': judge(BY_RISE, (_, given) => {
    const published = publishedValue('precursor-lead-v1') as number;
    const side = (rule: PrecursorName, verdict: (lead: number) => Verdict): Side => {
      const found = precedence(given, RANK, rule, 'all');
      return found.medianLead === undefined || !enough(found)
        ? say.precedes(found)
        : { value: say.medianLead(found), verdict: verdict(found.medianLead) };
    };
    return [
      side('v1', (lead) => judgeRatio(Math.max(1, lead) / published, 1.5, 3)),
      side('ours', (lead) => stands(lead >= SYNCHRONY)),
    ];
  }),

  /** RankMe precedes nine of ten hard task-levels by v4's rule, and no other measure does; the first alone: partly (C4). */
  'precursor-v4': judge(NULLS, (_, given) => {
    const found = precedence(given, RANK, 'v4', 'hard');
    const others = [FISHER, COVARIANCE, EARLY_HESSIAN, PAPER_LLC]
      .map((signal) => precedence(given, signal, 'v4', 'hard'))
      .filter(enough);
    const reliable = others.filter((one) => judgeAlways(one.rate!.value) === 'replicates');
    const none = reliable.length > 0 ? 'partly' : 'replicates';
    const alone = others.length === 0 ? 'cannot be judged' : none;
    const own = sideOf(found, (rate) => weaker(judgeAlways(rate), alone));
    if (typeof own !== 'object') return [own, beyondNulls(found)];
    const names = list(reliable.map(({ label }) => label));
    const measures = counted(others.length, 'other measure');
    let also = `None of ${measures} does so in nine of ten.`;
    if (others.length === 0) also = 'No run has the other measures.';
    if (names) also = `Of ${measures}, ${reliable.length} also do in nine of ten: ${names}.`;
    return [{ ...own, value: `${own.value} ${also}` }, beyondNulls(found)];
  }),

  /** Nine of ten minima come after a quarter of the way and before nine tenths; worth (C5): sooner than another task's minimum. */
  'log-prob-v4': judge(OTHER_MINIMUM, (_, given) => {
    const rows = thresholds(given);
    const [quarter, most] = [0, 3].map((column) => {
      const found = rows.flatMap((row) => row.found[column] ?? []);
      return share(
        sumSimple(found.map(({ count }) => count)),
        sumSimple(found.map(({ of }) => of)),
      );
    });
    if (!quarter || !most || most.of < FEWEST) return [TOO_FEW, TOO_FEW];
    const words = [quarter, most].map((found, i) => {
      const mark = `${THRESHOLDS[3 * i]} of the log-probability’s way`;
      return `The minimum comes before ${mark} in ${cases(found, 'hard task-levels')}.`;
    });
    const verdict = weaker(judgeAlways(1 - quarter.value), judgeAlways(most.value));
    const own = { value: words.join(' '), verdict, interval: quarter };
    const others = rows.flatMap((row) => row.exchanged[3] ?? []);
    if (others.length === 0) return [own, 'There is one hard task, and none to exchange it with.'];
    const other = meanSimple(others);
    const told = `With another task’s minimum it would be ${percent(other)}. ${say.doneAtMinimum(rows)}`;
    return [own, { value: told, verdict: stands(most.low > other) }];
  }),

  /** None precedes; worth (C7): a synchronous LLC would peak with acquisition, within a factor of two; partly of four. */
  'llc-v1': (given) => {
    const test = 'where the LLC of MOD peaks at nano, and where MOD is acquired';
    const { by_its_rule } = rate('llc-v1', PAPER_LLC, 'v1', 'all')(given);
    const peak = llcPeak(given, PAPER_LLC.id);
    const value = peak ? say.llcPeak(peak) : 'No nano run has the LLC of MOD and acquires it.';
    const verdict = peak ? judgeRatio(peak.peak / peak.acquired, 2, 4) : 'cannot be judged';
    return { by_its_rule, worth: { test, value, verdict } };
  },

  /** The probe is ahead in nine of ten task-levels; worth (C9): in whole answers, there and in the step at which it is halfway. */
  'probes-v4': judge(WHOLE_ANSWERS, (_, given) => {
    const found = probeLeads(given);
    const { perToken, perAnswer, answerFirst = perAnswer } = found;
    const [tokens, answers] = [say.probesPerToken(found), say.probesPerAnswer(found)];
    if (!perToken || !perAnswer || !answerFirst) return [tokens, answers];
    const both = weaker(judgeAlways(perAnswer.value), judgeAlways(answerFirst.value));
    return [always(perToken, tokens), always(perAnswer, answers, both)];
  }),
};
const TOO_FEW = 'Too few hard task-levels are acquired in these runs.';
