import { forecastsOf, PREDICTORS, type SettingName } from './forecast';
import { ALPHA } from './multiplicity';
import { publishedClaims } from './paper';
import { type PairKind, type Skill, type Skills, skillsOf } from './prediction';
import { scalesOf, selectRuns } from './runs';
import type { MeasuredRun } from './series';
import * as say from './summaries-hierarchy';
import {
  bounds,
  type Judge,
  type Judgment,
  judgeNumber,
  overScales,
  unjudged,
  type Verdict,
  weaker,
} from './verdict';

/** Rules for the claims of notebook 04, fixed before the runs of this study were looked at. */

type Kind = PairKind | 'coarse';
const [FLOOR] = PREDICTORS;
const TEST =
  'task-levels, nothing seen after the first acquisition; scores dealt anew, and baselines that look at no states';
/** Pairs below which their share is not judged: what one run has of v4's five easy tasks. */
const FEWEST_PAIRS = 10;
const NOTHING = 'No run acquires anything after a rank was measured.';

const words = (kind: Kind, skill: Skill) =>
  kind === 'coarse' ? say.coarse(FLOOR, skill) : say.pairs(kind, FLOOR, skill);

/** Beyond chance and any baseline: stands; beyond chance alone: partly. */
function worth(runs: readonly MeasuredRun[], kind: Kind): Judgment['worth'] {
  const forecasts = forecastsOf(runs, 'ours');
  const skill = skillsOf(forecasts)[kind];
  if (!skill.estimate || !skill.chance) {
    return { test: TEST, value: words(kind, skill), verdict: 'cannot be judged' };
  }
  const baselines = PREDICTORS.filter(({ baseline }) => baseline).flatMap(({ id, label }) => {
    const found = skillsOf(forecasts, id)[kind].estimate;
    return found ? [{ label, found }] : [];
  });
  const best = baselines.sort((a, b) => b.found.value - a.found.value)[0];
  const [beyond, ahead] = [
    skill.chance.p < ALPHA,
    !best || skill.estimate.value > best.found.value,
  ];
  return {
    test: TEST,
    value: `${words(kind, skill)} ${say.beside(skill.chance, best)}`,
    verdict: beyond ? (ahead ? 'replicates' : 'partly') : 'does not replicate',
  };
}

/** Published numbers, one for each kind: our intervals meet them. The weakest counts. */
function meets(id: string, version: SettingName, kinds: readonly Kind[], middle = 0.5): Judge {
  return (runs) => {
    const skills: Skills = skillsOf(forecastsOf(runs, version));
    const found = kinds.map((kind) => skills[kind]);
    if (selectRuns(runs).runs.length === 0) return unjudged(NOTHING);
    const value = publishedClaims().find((claim) => claim.id === id)!.value;
    const ranges = kinds.map((kind, i): [number, number] => {
      if (kind === 'coarse') return value as [number, number];
      const one = typeof value === 'number' ? value : value![i];
      return [one, one];
    });
    const possible = [middle === 0 ? -1 : 0, 1] as const;
    const verdicts = found.map(
      ({ estimate, cases }, i): Verdict =>
        estimate && (kinds[i] === 'coarse' || cases >= FEWEST_PAIRS)
          ? judgeNumber(estimate, ranges[i], middle, possible)
          : 'cannot be judged',
    );
    const only = found.length === 1 ? found[0].estimate : undefined;
    const scales = scalesOf(selectRuns(runs).runs);
    return {
      by_its_rule: {
        value: found.map((skill, i) => words(kinds[i], skill)).join(' '),
        interval: only ? bounds(only) : null,
        verdict: overScales(weaker(...verdicts), scales),
      },
      worth: worth(runs, kinds[kinds.length - 1]),
    };
  };
}

/** "Fails": our interval meets the published share; worth: no better than scores dealt anew. */
const swap: Judge = (runs) => {
  const { by_its_rule, worth } = meets('swap-v1', 'v4', ['turned'])(runs);
  return { by_its_rule, worth: { ...worth, verdict: OPPOSITE[worth.verdict] } };
};
const OPPOSITE: Readonly<Record<Verdict, Verdict>> = {
  replicates: 'does not replicate',
  'does not replicate': 'replicates',
  partly: 'partly',
  'cannot be judged': 'cannot be judged',
};

/** By claim id. */
export const predictionJudges: Readonly<Record<string, Judge>> = {
  'difficulty-v1': meets('difficulty-v1', 'v1', ['coarse'], 0),
  'cross-class-v1': meets('cross-class-v1', 'v1', ['across']),
  'concordance-v1': meets('concordance-v1', 'v1', ['easy', 'hard']),
  'cross-class-v4': meets('cross-class-v4', 'v4', ['across']),
  'concordance-v4': meets('concordance-v4', 'v4', ['easy', 'hard']),
  'swap-v1': swap,
};
