import assert from 'node:assert/strict';
import test from 'node:test';
import { armEffects, armsFigure } from '../../lib/figures/causal-figure';
import { armOutcomes, FREEZE_ARMS, freezeTable } from '../../lib/findings/causal';
import { armKind, armName, pairsOf } from '../../lib/findings/causal-arms';
import { effectOf, type PairedRatio, signFlip } from '../../lib/findings/causal-effect';
import {
  causalVerdict,
  effectWords,
  pairsFound,
  shuffledVerdict,
} from '../../lib/findings/causal-words';
import type { MeasuredRun } from '../../lib/findings/series';
import { type StoredIntervention, spelled } from '../../lib/interventions/intervention';
import { causalRow } from '../../lib/ledger/causal';
import { falls, noise, syntheticRun } from './synthetic';

const PENALTY = { name: 'variance-penalty', strength: 1, from: 0, until: 1000 };
const LATE = { name: 'variance-penalty', strength: 1, from: 1000, until: 2000 };
const SHUFFLED = { name: 'shuffled-answers', from: 0 };
const TASKS = ['COPY', 'ADD', 'MOD', 'MUL'];

interface Made {
  seed: number;
  intervention?: StoredIntervention;
  /** Factors on the floor and on the steps of acquisition. */
  floor?: number;
  later?: number;
  never?: readonly string[];
  jitter?: number;
}

/** A run whose ADD, MOD and MUL come at 2,000 to 6,000, moved as planned and jittered by seed. */
function made({
  seed,
  intervention,
  floor = 1,
  later = 1,
  never = [],
  jitter = 0,
}: Made): MeasuredRun {
  const random = noise(seed * 7 + (intervention ? 1 : 0));
  const run = syntheticRun({
    ...{ seed, steps: 8000, tasks: TASKS },
    plan: (task, i) => {
      const at = (step: number) => Math.round(step * later * Math.exp(jitter * (random() - 0.5)));
      return {
        rank: () => falls((2 + i) * floor, 300, 900),
        acquired: never.includes(task) ? [] : [at(2000 + 400 * i), at(4000)],
        rungs: { token: 80, previous: 190, task: 310, level: 520 },
      };
    },
  });
  const info = {
    ...run.info,
    intervention: intervention ?? null,
    samples: { lean: true },
  };
  return { ...run, info } as unknown as MeasuredRun;
}

const SEEDS = [0, 1, 2, 3, 4, 5, 6, 7];
const baselines = SEEDS.map((seed) => made({ seed, jitter: 0.1 }));
const armWith = (change: Omit<Made, 'seed'>, seeds = SEEDS) =>
  seeds.map((seed) => made({ seed, jitter: 0.1, ...change }));
const outcomesOf = (runs: readonly MeasuredRun[]) => armOutcomes(pairsOf(runs).pairs);

test('each run is paired with the baseline of its seed and settings; what has no partner is named', () => {
  const [, second] = armWith({ intervention: PENALTY });
  const other = { ...second, info: { ...second.info, samples: { lean: false } } };
  const open = { ...second, info: { ...second.info, ended: false } };
  const { pairs, alone } = pairsOf([...baselines, second, other as never, open]);
  assert.deepEqual(
    pairs.map(({ seed, baseline }) => [seed, baseline.info.training.seed]),
    [[1, 1]],
  );
  assert.deepEqual(
    alone.map(({ why }) => why),
    ['has not ended (update 8000)', 'has no baseline of its settings'],
  );
  assert.equal(pairs[0].arm, spelled(PENALTY));
  assert.equal(armName(pairs[0].arm), 'rank held up (strength 1, updates 1 to 1000)');
  assert.equal(
    armKind('attention-scale:by=2.5+blind-bias:rung=task'),
    'attention scaled, blind answers given',
  );
});

test('a planted floor without a planted delay: the floor is higher, acquisition equivalent', () => {
  const [found] = outcomesOf([...baselines, ...armWith({ intervention: PENALTY, floor: 1.5 })]);
  assert.equal(found.floor.verdict, 'higher');
  assert.ok(Math.abs(found.floor.ratio!.value - 1.5) < 0.01);
  assert.equal(found.floorPrinted.verdict, 'higher');
  assert.equal(found.floorStep.verdict, 'equivalent');
  assert.equal(found.acquisition.verdict, 'equivalent');
  assert.equal(found.acquisition.bySeed[0].cases, 6);
  assert.equal(found.cost.step, 1000);
  assert.equal(found.cost.updates!.value, 0);
  assert.match(
    causalVerdict([found]),
    /^Where the floor is changed \(1 arm\): acquisition stays within 15 %/,
  );
});

test('the ledger’s row: held-up floors with acquisition as before speak against the need, with a delay for it', () => {
  const row = (later: number) => {
    const runs = [...baselines, ...armWith({ intervention: PENALTY, floor: 1.5, later })];
    return causalRow(outcomesOf(runs));
  };
  assert.deepEqual(
    [row(1).worth.verdict, row(1.4).worth.verdict],
    ['does not replicate', 'replicates'],
  );
  assert.equal(row(1).by_its_rule.verdict, 'cannot be judged');
  const frozen = { name: 'frozen-block', block: 'last', from: 0, until: 1000 };
  const delayed = outcomesOf([...baselines, ...armWith({ intervention: frozen, later: 1.4 })]);
  assert.equal(causalRow(delayed).by_its_rule.verdict, 'replicates');
  assert.equal(causalRow([]).worth.verdict, 'cannot be judged');
});

test('a planted delay is found, and named with its size', () => {
  const runs = [...baselines, ...armWith({ intervention: PENALTY, floor: 1.5, later: 1.4 })];
  const [found] = outcomesOf(runs);
  assert.equal(found.acquisition.verdict, 'higher');
  const { value, low, high } = found.acquisition.ratio!;
  assert.ok(low < 1.4 && 1.4 < high && high < 1.6, `${low} ${value} ${high}`);
  assert.match(causalVerdict([found]), /it comes later under rank held up/);
  const [sooner] = outcomesOf([...baselines, ...armWith({ intervention: LATE, later: 0.7 })]);
  assert.equal(sooner.acquisition.verdict, 'lower');
  assert.match(causalVerdict([sooner]), /^No arm changes the floor/);
});

test('few pairs are never equivalent and never a change', () => {
  const few = [0, 1, 2, 3];
  for (const later of [1, 1.4]) {
    const [found] = outcomesOf([...baselines, ...armWith({ intervention: PENALTY, later }, few)]);
    assert.equal(found.acquisition.verdict, 'open');
    assert.equal(found.pairs.length, 4);
  }
});

const ratios = (logs: readonly number[], more: Partial<PairedRatio> = {}) =>
  logs.map((log, seed) => ({ seed, log, cases: 6, armLacks: 0, baselineLacks: 0, ...more }));

test('equivalent only with the interval inside the bounds', () => {
  const tight = [0.02, -0.01, 0.03, 0, -0.02, 0.01, -0.03, 0.02];
  assert.equal(effectOf(ratios(tight)).verdict, 'equivalent');
  const random = noise(3);
  for (let trial = 0; trial < 30; trial++) {
    const spread = 0.6 * random();
    const found = effectOf(ratios(tight.map(() => 0.1 + spread * (random() - 0.5))));
    const inside = found.ratio!.low > 1 / 1.15 && found.ratio!.high < 1.15;
    if (!inside) assert.notEqual(found.verdict, 'equivalent');
    if (found.verdict === 'equivalent') assert.ok(found.equivalent < 0.05);
  }
  // Just outside, however tight: no claim of equality.
  assert.notEqual(effectOf(ratios(tight.map((log) => log + Math.log(1.16)))).verdict, 'equivalent');
});

test('the tests are exact: signs turned around', () => {
  assert.equal(signFlip([-1, -1, -1]), 1 / 8);
  assert.equal(signFlip([1, 1, 1]), 1);
  assert.equal(signFlip([-2, 1]), 2 / 4);
  assert.throws(() => signFlip(new Array(17).fill(1)), /16 at most/);
  // Under no effect, a change is claimed in no more than one of twenty experiments or so.
  const random = noise(11);
  let claimed = 0;
  for (let trial = 0; trial < 200; trial++) {
    const logs = Array.from({ length: 8 }, () => random() + random() - 1);
    if (effectOf(ratios(logs)).changed < 0.05) claimed++;
  }
  assert.ok(claimed <= 20, `${claimed} of 200`);
});

test('pairs that one side does not end are told, and cannot make an arm equivalent', () => {
  const runs = [...baselines, ...armWith({ intervention: PENALTY, never: ['MUL'] })];
  const [found] = outcomesOf(runs);
  assert.equal(found.acquisition.bySeed[0].armLacks, 2);
  assert.equal(found.acquisition.verdict, 'higher');
  assert.match(effectWords(found.acquisition), /arm lacks 16/);
  // The bound understates a delay of the arm, and overstates one where the baseline lacks the case.
  const slow = new Array(8).fill(Math.log(1.5));
  assert.equal(effectOf(ratios(slow, { armLacks: 1 })).verdict, 'higher');
  assert.equal(effectOf(ratios(slow, { baselineLacks: 1 })).verdict, 'open');
  const same = [0.02, -0.01, 0.03, 0, -0.02, 0.01, -0.03, 0.02];
  assert.equal(effectOf(ratios(same, { armLacks: 1 })).verdict, 'open');
  const none = outcomesOf([
    ...SEEDS.map((seed) => made({ seed, never: TASKS })),
    ...armWith({ intervention: PENALTY, never: TASKS }),
  ]);
  assert.equal(none[0].acquisition.ratio, undefined);
  assert.equal(none[0].acquisition.verdict, 'open');
});

test('words and figures without and with pairs', () => {
  assert.match(pairsFound(pairsOf([])), /^There are no pairs yet/);
  assert.equal(causalVerdict([]), 'There is no arm to judge by.');
  assert.equal(shuffledVerdict([]), 'No arm has shuffled answers yet.');
  assert.equal(armsFigure([]).data.length > 0, true);
  armEffects([]);
  const runs = [
    ...baselines,
    ...armWith({ intervention: PENALTY, floor: 1.5 }),
    ...armWith({ intervention: SHUFFLED, never: TASKS }),
  ];
  const pairs = pairsOf(runs);
  assert.match(pairsFound(pairs), /^16 pairs of 2 arms \(8 seeds\)\./);
  const outcomes = armOutcomes(pairs.pairs);
  assert.match(
    shuffledVerdict(outcomes),
    /^With shuffled answers \(8 pairs\) the floor is 1 .*: equivalent/,
  );
  const figure = armsFigure(outcomes);
  const points = figure.data.filter((mark) => 'mode' in mark && mark.mode === 'markers');
  assert.deepEqual(
    points.map((mark) => (mark as { x: number[] }).x.length),
    [8, 8],
  );
  const titleOf = ({ layout }: ReturnType<typeof armsFigure>) =>
    (layout.title as { text: string }).text;
  assert.match(titleOf(figure), /^Where the floor is changed/);
  assert.match(
    titleOf(armEffects(outcomes)),
    /^Floors are higher under rank held up .*8 pairs an arm/s,
  );
});

test('the freeze table stands beside ours, seed by seed', () => {
  const frozen = { name: 'frozen-block', block: 'last', from: 0, until: 1000 };
  assert.equal(spelled(frozen), FREEZE_ARMS[0]);
  const runs = [...baselines.slice(0, 2), ...armWith({ intervention: frozen, later: 1.5 }, [0, 1])];
  const rows = freezeTable(pairsOf(runs).pairs, { ADD: [19500, 33500, 11500] });
  assert.equal(rows[0].ours[0].length, 2);
  const others = armWith({ intervention: PENALTY, later: 1.5 }, [2]);
  const more = pairsOf([...runs, baselines[2], ...others]).pairs;
  assert.equal(freezeTable(more, { ADD: [19500, 33500, 11500] })[0].ours[0].length, 3);
  assert.equal(rows[0].ours[1].length, 2);
  assert.equal(rows[0].ours[2].length, 0);
  assert.deepEqual(rows[0].ours[0], [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
});
