import type { ArmOutcome } from './causal';
import { armKind, type Pairs } from './causal-arms';
import { EFFECT, type Effect } from './causal-effect';
import { counted, estimate, list, percent, short } from './words';

/** `12 pairs of 3 arms (8 seeds)`, or that there is none. */
export function pairsFound({ pairs, alone }: Pairs): string {
  const arms = new Set(pairs.map(({ arm }) => arm)).size;
  const seeds = new Set(pairs.map(({ seed }) => seed)).size;
  const without =
    alone.length > 0
      ? ` ${counted(alone.length, 'run')} left out: ${alone[0].why}${alone.length > 1 ? ', …' : ''}.`
      : '';
  if (pairs.length === 0) {
    return `There are no pairs yet: \`npm run study -- --plan-file data/arms.json\` makes them.${without}`;
  }
  return `${counted(pairs.length, 'pair')} of ${counted(arms, 'arm')} (${counted(seeds, 'seed')}).${without}`;
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

/**
 * What the arms say of the question. An arm bears on it where its floor is changed; acquisition then tells: as before, the
 * floor does not decide when a capability comes; otherwise it may, or what else the arm did.
 */
export function causalVerdict(outcomes: readonly ArmOutcome[]): string {
  const bound = percent(EFFECT.smallest - 1);
  const moved = outcomes.filter(({ floor }) => ['higher', 'lower'].includes(floor.verdict));
  if (moved.length === 0) {
    return outcomes.length === 0
      ? 'There is no arm to judge by.'
      : 'No arm changes the floor beyond doubt with the pairs that are there: the question stays open.';
  }
  const names = (own: readonly ArmOutcome[]) => list(own.map(({ name }) => name));
  const by = (...verdicts: string[]) =>
    moved.filter(({ acquisition }) => verdicts.includes(acquisition.verdict));
  const [same, later, earlier, open] = [by('equivalent'), by('higher'), by('lower'), by('open')];
  const parts = [
    same.length > 0 ? `acquisition stays within ${bound} under ${names(same)}` : '',
    later.length > 0 ? `it comes later under ${names(later)}` : '',
    earlier.length > 0 ? `it comes earlier under ${names(earlier)}` : '',
    open.length > 0 ? `the pairs cannot tell under ${names(open)}` : '',
  ].filter(Boolean);
  return `Where the floor is changed (${counted(moved.length, 'arm')}): ${parts.join('; ')}.`;
}

/** Which arms change the floor: `Floors are higher under blind answers given.` */
export function movedFloors(outcomes: readonly ArmOutcome[]): string {
  const parts = (['higher', 'lower'] as const).flatMap((verdict) => {
    const own = outcomes.filter(({ floor }) => floor.verdict === verdict);
    return own.length > 0 ? [`${verdict} under ${list(own.map(({ name }) => name))}`] : [];
  });
  return parts.length > 0
    ? `Floors are ${parts.join('; ')}.`
    : 'No arm changes the floor beyond doubt.';
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
