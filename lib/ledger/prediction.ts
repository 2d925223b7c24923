import { forecastsOf, PREDICTORS, type SettingName } from '../findings/forecast';
import { publishedValue } from '../findings/paper';
import { type Skill, type SkillKind, skillOf, skillValue } from '../findings/prediction';
import type { MeasuredRun } from '../findings/series';
import { ALPHA } from '../findings/statistics';
import * as say from '../findings/summaries';
import { pValue, short } from '../findings/words';
import { type Judge, judgeNumber, judgeSizes, type Side, type Verdict, weaker } from './verdict';

/** Rules for the claims of notebook 04, fixed before the runs of this study were looked at. */

const [FLOOR] = PREDICTORS;
const TEST =
  'task-levels, nothing seen after the first acquisition; shuffled scores, and baselines that look at no states';
/** Pairs below which their share is not judged: what one run has of v4's five easy tasks. */
const FEWEST_PAIRS = 10;

const words = (kind: SkillKind, skill: Skill) =>
  kind === 'coarse' ? say.coarse(FLOOR, skill) : say.pairs(kind, FLOOR, skill);

/** The statistic where there are enough cases. */
const told = (kind: SkillKind, { estimate, cases }: Skill) =>
  kind === 'coarse' || cases >= FEWEST_PAIRS ? estimate : undefined;

/** Beyond chance and any baseline: stands; beyond chance alone: partly. */
function worth(runs: readonly MeasuredRun[], kind: SkillKind): Side {
  const forecasts = forecastsOf(runs, 'ours');
  const skill = skillOf(forecasts, kind);
  const [estimate, chance] = [told(kind, skill), skill.chance];
  if (!estimate || !chance) return words(kind, skill);
  const baselines = PREDICTORS.filter(({ baseline }) => baseline).flatMap(({ id, label }) => {
    const value = skillValue(forecasts, kind, id);
    return value === undefined ? [] : [{ label, value }];
  });
  const best = baselines.sort((a, b) => b.value - a.value).at(0);
  const ahead = !best || estimate.value > best.value ? 'replicates' : 'partly';
  const verdict = chance.p < ALPHA ? ahead : 'does not replicate';
  const anew = `Shuffled scores would give ${short(chance.mean)} (${pValue(chance)}).`;
  const beside = best ? ` The best baseline, ${best.label}, gives ${short(best.value)}.` : '';
  return { value: `${words(kind, skill)} ${anew}${beside}`, verdict };
}

/** Some sides as one: the weakest counts, and one that cannot be judged makes the whole so. */
function together(sides: readonly Side[]): Side {
  if (sides.length === 1) return sides[0];
  const told = sides.map((side) => (typeof side === 'object' ? side : undefined));
  const value = sides.map((side, i) => told[i]?.value ?? side).join(' ');
  return { value, verdict: weaker(...told.map((side) => side?.verdict ?? 'cannot be judged')) };
}

/** Published numbers, one for each kind: our intervals meet them. The weakest counts. */
function meets(id: string, version: SettingName, kinds: readonly SkillKind[]): Judge {
  return judgeSizes(TEST, (runs) => {
    const forecasts = forecastsOf(runs, version);
    const skills = kinds.map((kind) => skillOf(forecasts, kind));
    const published = [publishedValue(id)].flat() as number[];
    const verdicts = kinds.map((kind, i): Verdict => {
      const estimate = told(kind, skills[i]);
      if (!estimate) return 'cannot be judged';
      // The one correlation is published as a range.
      return kind === 'coarse'
        ? judgeNumber(estimate, [published[0], published[1]], -1)
        : judgeNumber(estimate, [published[i], published[i]]);
    });
    const interval = kinds.length === 1 ? skills[0].estimate : undefined;
    const value = kinds.map((kind, i) => words(kind, skills[i])).join(' ');
    const sides = kinds.map((kind) => worth(runs, kind));
    return [{ value, verdict: weaker(...verdicts), interval }, together(sides)];
  });
}

/** "Fails": our interval meets the published share; worth: no better than shuffled scores. */
const swap: Judge = (runs) => {
  const { by_its_rule, worth } = meets('swap-v1', 'v4', ['turned'])(runs);
  const opposite: Partial<Record<Verdict, Verdict>> = {
    replicates: 'does not replicate',
    'does not replicate': 'replicates',
  };
  return { by_its_rule, worth: { ...worth, verdict: opposite[worth.verdict] ?? worth.verdict } };
};

/** By claim id. */
export const predictionJudges: Readonly<Record<string, Judge>> = {
  'difficulty-v1': meets('difficulty-v1', 'v1', ['coarse']),
  'cross-class-v1': meets('cross-class-v1', 'v1', ['across']),
  'concordance-v1': meets('concordance-v1', 'v1', ['easy', 'hard']),
  'cross-class-v4': meets('cross-class-v4', 'v4', ['across']),
  'concordance-v4': meets('concordance-v4', 'v4', ['easy', 'hard']),
  'swap-v1': swap,
};
