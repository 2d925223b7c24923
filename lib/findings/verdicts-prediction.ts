import type { Evidence } from './evidence';
import { coarseOrder, concordance, swapTest } from './prediction';
import { bounds, type Judgment, judgeNumber, percent, pValue, unjudged, weaker } from './verdict';

type Judge = (evidence: Evidence) => Judgment;

/** Significance of a prediction. */
const ALPHA = 0.05;
const [RHO_LOW, RHO_HIGH] = [0.57, 0.9];

/** By the interval of our correlation; one that chance reaches as well does not replicate. */
const coarse: Judge = ({ forecasts }) => {
  const { estimate, chance, reason } = coarseOrder(forecasts);
  if (!estimate || !chance)
    return unjudged(forecasts.find((one) => one.reason)?.reason ?? reason ?? 'no forecast');
  const baseline = (by: 'level' | 'progress') =>
    coarseOrder(forecasts, by).estimate?.value.toFixed(2) ?? 'none';
  const ours = `ρ = ${estimate.value.toFixed(2)} (${pValue(chance.p)}); the level alone gives ${baseline('level')}, the loss over chance's ${baseline('progress')}`;
  const verdict = judgeNumber(estimate, [RHO_LOW, RHO_HIGH], 0, [-1, 1]);
  return { ours, interval: bounds(estimate), verdict: chance.p < ALPHA ? verdict : 'does not' };
};

function pairs(difficulty: 'easy' | 'hard', published: number): Judge {
  return ({ forecasts }) => {
    const { estimate, chance, cases, reason } = concordance(forecasts, difficulty);
    if (!estimate) return unjudged(reason ?? 'no forecast');
    return {
      ours: `${difficulty} ${percent(estimate.value)} of ${cases} pairs (${pValue(chance?.p ?? 1)} against chance)`,
      interval: bounds(estimate),
      verdict: judgeNumber(estimate, [published, published], 0.5),
    };
  };
}

const bothClasses: Judge = (evidence) => {
  const [easy, hard] = [pairs('easy', 0.52)(evidence), pairs('hard', 0.69)(evidence)];
  return {
    ours: `${easy.ours}; ${hard.ours}`,
    interval: null,
    verdict: weaker(easy.verdict, hard.verdict),
  };
};

/** Replicates where our interval meets 26 %, partly where prediction is no better than chance. */
const swap: Judge = ({ forecasts }) => {
  const test = swapTest(forecasts, 'scales');
  if (!test.right || !test.followed) {
    const seeds = swapTest(forecasts, 'seeds');
    const other = seeds.right
      ? ` (between seeds: ${percent(seeds.right.value)} right in ${seeds.swaps.length} pairs)`
      : '';
    return unjudged(`${test.reason ?? 'no swaps'}${other}`);
  }
  const ours = `${percent(test.right.value)} right in ${test.swaps.length} reversed pairs (chance 50 %); ${percent(test.followed.value)} right at both scales`;
  let verdict = judgeNumber(test.right, [0.26, 0.26], 0.5);
  // Failing is what is claimed: no better than chance is part of it.
  if (verdict === 'does not' && test.right.low <= 0.5) verdict = 'partly';
  return { ours, interval: bounds(test.right), verdict };
};

/** Rules for the claims of notebook 04. */
export const predictionVerdicts: Record<string, Judge> = {
  'difficulty-v1': coarse,
  'concordance-v1': pairs('easy', 0.27),
  'concordance-v3': bothClasses,
  'swap-v1': swap,
};
