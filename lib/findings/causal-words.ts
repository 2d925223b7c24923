import type { ArmOutcome } from './causal';
import { armKind, type Pairs } from './causal-arms';
import { EFFECT, type Effect } from './causal-effect';
import { counted, estimate, list, percent, short } from './words';

/** `12 pairs of 3 arms (8 seeds)`, or that there is none. */
export function pairsFound({ pairs, alone }: Pairs): string {
  const arms = new Set(pairs.map(({ arm }) => arm)).size;
  const seeds = new Set(pairs.map(({ seed }) => seed)).size;
  const found =
    pairs.length > 0
      ? `${counted(pairs.length, 'pair')} of ${counted(arms, 'arm')} (${counted(seeds, 'seed')}).`
      : 'There are no pairs yet: `npm run study -- --plan-file data/arms.json` makes them.';
  if (alone.length === 0) return found;
  const more = alone.length > 1 ? ', …' : '';
  return `${found} ${counted(alone.length, 'run')} left out: ${alone[0].why}${more}.`;
}

/** `1.32 (95 % interval 1.2 to 1.44): higher`. */
export function effectWords({ ratio, bySeed, verdict }: Effect): string {
  if (!ratio) return 'no case';
  const lack = (side: 'armLacks' | 'baselineLacks', who: string) => {
    const count = bySeed.reduce((sum, one) => sum + one[side], 0);
    return count > 0 ? [`${who} lacks ${count}`] : [];
  };
  const lacks = [...lack('armLacks', 'arm'), ...lack('baselineLacks', 'baseline')];
  // The interval over seeds has no width where there is one.
  const value = bySeed.length > 1 ? estimate(ratio) : `${short(ratio.value)} in one pair`;
  return `${value}${lacks.length > 0 ? `; ${lacks.join(', ')}` : ''}: ${verdict}`;
}

/** `higher under frozen; lower under rank held up`: arms by their verdict on a quantity, each verdict in words. */
function underArms(
  outcomes: readonly ArmOutcome[],
  quantity: 'floor' | 'acquisition',
  words: Partial<Record<Effect['verdict'], string>>,
): string {
  const parts = Object.entries(words).flatMap(([verdict, text]) => {
    const own = outcomes.filter((one) => one[quantity].verdict === verdict);
    return own.length > 0 ? [`${text} under ${list(own.map(({ name }) => name))}`] : [];
  });
  return parts.join('; ');
}

/**
 * What the arms say of the question. An arm bears on it where its floor is changed; acquisition then tells: as before, the
 * floor does not decide when a capability comes; otherwise it may, or what else the arm did. Of a single such arm both
 * ratios are told.
 */
export function causalVerdict(outcomes: readonly ArmOutcome[]): string {
  if (outcomes.length === 0) return 'There is no arm to judge by.';
  const moved = outcomes.filter(({ floor }) => ['higher', 'lower'].includes(floor.verdict));
  if (moved.length === 0) {
    return 'No arm changes the floor beyond doubt with the pairs that are there: the question stays open.';
  }
  const told = underArms(moved, 'acquisition', {
    equivalent: `acquisition stays within ${percent(EFFECT.smallest - 1)}`,
    higher: 'it comes later',
    lower: 'it comes earlier',
    open: 'the pairs cannot tell',
  });
  const [{ floor, acquisition }, ...others] = moved;
  const numbers =
    others.length === 0 && floor.ratio && acquisition.ratio
      ? ` Floors are ${estimate(floor.ratio)} times the baseline’s, steps of acquisition ${estimate(acquisition.ratio)} times.`
      : '';
  return `Where the floor is changed (${counted(moved.length, 'arm')}): ${told}.${numbers}`;
}

/** Which arms change the floor: `Floors are higher under blind answers given.` */
export function movedFloors(outcomes: readonly ArmOutcome[]): string {
  const told = underArms(outcomes, 'floor', { higher: 'higher', lower: 'lower' });
  return told ? `Floors are ${told}.` : 'No arm changes the floor beyond doubt.';
}

/** Whether shuffled answers, from which nothing but their distribution can be learned, give the same floor. */
export function shuffledVerdict(outcomes: readonly ArmOutcome[]): string {
  const found = outcomes.find(({ arm }) => armKind(arm) === 'shuffled answers');
  if (!found) return 'No arm has shuffled answers yet.';
  const { floor, floorStep, recovered, pairs } = found;
  return (
    `With shuffled answers (${counted(pairs.length, 'pair')}) the floor is ${effectWords(floor)}; its step ` +
    `${effectWords(floorStep)}; half of the fall is regained in ${percent(recovered.arm)} of cases, ` +
    `${percent(recovered.baseline)} without.`
  );
}
