import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { Acting, refuseChanged } from '../../lib/interventions/acting';
import { attentionScale } from '../../lib/interventions/attention-scale';
import { blindBias } from '../../lib/interventions/blind-bias';
import { INTERVENTIONS, interventionOf, parsedIntervention } from '../../lib/interventions/catalog';
import { frozenBlock } from '../../lib/interventions/frozen-block';
import { type Intervention, spelled, stored, together } from '../../lib/interventions/intervention';
import { projection } from '../../lib/interventions/projection';
import { shuffledAnswers } from '../../lib/interventions/shuffled-answers';
import { varianceCovariance, variancePenalty } from '../../lib/interventions/variance-penalty';
import { parameterSpecs } from '../../lib/model/parameters';
import { modelConfig } from '../../lib/model/scales';
import { verifyFolder } from '../../lib/study/proof/verify';
import { studyLesson } from '../../lib/study/run/lesson';
import { Measurer } from '../../lib/study/run/measurer';
import { RunFolder } from '../../lib/study/run/run-folder';
import { type RunChoices, runSettings } from '../../lib/study/run/run-info';
import { train } from '../../lib/study/run/train';
import { generator, taskSet, VOCABULARY } from '../../lib/tasks';
import { Trainer } from '../../lib/training/trainer';

const SHAPE = { layers: 2, width: 16, heads: 2 };
const LEAN = { lean: true, behavior: 10, dense: 10, rankme: 30 };
/** Op by op: compiling each little net would take minutes. One test compiles. */
const native = tf.backend() as unknown as { binding: object };
const compiling = native.binding;
native.binding = Object.create(compiling, { registerFunction: { value: undefined } });

const home = mkdtempSync(join(tmpdir(), 'interventions-'));

/** Weights after some updates of a small net on two tasks, by name. */
function taught(intervention?: Intervention, steps = 3, choices: RunChoices = {}) {
  const { set, acting, ...settings } = runSettings({
    ...{ shape: SHAPE, tasks: ['ADD', 'MOD'], batch: 4, steps: 50, intervention },
    ...choices,
  });
  const trainer = new Trainer(studyLesson(settings, set, acting));
  const states: Record<string, Float32Array>[] = [];
  try {
    for (let step = 0; step <= steps; step++) {
      if (step > 0) trainer.advance();
      const { parameters } = trainer;
      states.push(
        Object.fromEntries(
          Object.entries(parameters).map(([name, value]) => [
            name,
            Float32Array.from(value.dataSync()),
          ]),
        ),
      );
    }
  } finally {
    trainer.dispose();
  }
  return states;
}

test('an intervention of strength 0 leaves the weights bit-equal, one of strength 1 does not', () => {
  const plain = taught();
  const none = [
    variancePenalty({ strength: 0 }),
    attentionScale({ by: 1 }),
    blindBias({ strength: 0 }),
    together(blindBias({ strength: 0 }), variancePenalty({ strength: 0 })),
  ];
  for (const intervention of none) {
    assert.deepEqual(taught(intervention), plain, spelled(stored(intervention)));
  }
  for (const intervention of [variancePenalty({ strength: 1 }), attentionScale({ by: 2.5 })]) {
    assert.notDeepEqual(taught(intervention).at(-1), plain.at(-1), spelled(stored(intervention)));
  }
});

test('compiled, an intervention of strength 0 leaves the weights bit-equal, too', () => {
  const plainly = native.binding;
  native.binding = compiling;
  try {
    const none = together(
      blindBias({ strength: 0 }),
      variancePenalty({ strength: 0 }),
      attentionScale({ by: 1 }),
    );
    assert.deepEqual(taught(none), taught());
  } finally {
    native.binding = plainly;
  }
});

test('before its window an intervention changes nothing', () => {
  const plain = taught(undefined, 4);
  const late = taught(variancePenalty({ strength: 5, from: 2, until: 3 }), 4);
  assert.deepEqual(late.slice(0, 3), plain.slice(0, 3));
  assert.notDeepEqual(late[3], plain[3]);
  assert.notDeepEqual(late[4], plain[4]);
});

test('frozen weights do not move within the window, and go on after it', () => {
  const [start, , after, released] = taught(frozenBlock({ block: 'last', until: 2 }), 3);
  for (const name of Object.keys(start)) {
    const frozen = name.startsWith('h.1.');
    if (frozen) assert.deepEqual(after[name], start[name], name);
    else assert.notDeepEqual(after[name], start[name], name);
    if (frozen && name.endsWith('.w')) assert.notDeepEqual(released[name], start[name], name);
  }
});

test('shuffled answers: every answer stays as often, and comes with another question', () => {
  const set = taskSet();
  const learner = { model: modelConfig('nano', VOCABULARY, 40), seed: 3, set };
  const drawn = (step: number) => set.batchAt(3, step, 64);
  const acts = new Acting(shuffledAnswers(), learner).at(1);
  const count = (updates: ReturnType<typeof drawn>[]) => {
    const counts: Record<string, number> = {};
    for (const { at, tokens, answerFrom } of updates.flat()) {
      const key = `${at.index}: ${tokens.slice(answerFrom)}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  };
  const steps = Array.from({ length: 50 }, (_, i) => i + 51);
  const plain = steps.map(drawn);
  const dealt = steps.map((step) => [...acts.lines(step, drawn)]);
  assert.deepEqual(count(dealt), count(plain));
  const prompts = (updates: ReturnType<typeof drawn>[]) =>
    updates.flat().map(({ tokens, answerFrom }) => tokens.slice(0, answerFrom).join());
  assert.deepEqual(prompts(dealt), prompts(plain));
  // MOD 3 has an answer in 10 or so that fits by chance.
  const right = (task: string, level: number) => {
    const pairs = plain.flatMap((lines, i) => lines.map((line, j) => [line, dealt[i][j]] as const));
    const own = pairs.filter(([{ at }]) => at.task === task && at.level === level);
    return own.filter(([a, b]) => String(a.tokens) === String(b.tokens)).length / own.length;
  };
  assert.ok(right('ADD', 3) < 0.03, `ADD 3: ${right('ADD', 3)}`);
  assert.ok(right('MOD', 3) > 0.02 && right('MOD', 3) < 0.2, `MOD 3: ${right('MOD', 3)}`);
  // Any step alone gives the same lines, as after a restart.
  const again = new Acting(shuffledAnswers(), learner).at(1);
  assert.deepEqual([...again.lines(77, drawn)], dealt[26]);
});

/** What the measurer says of a net whose weights are all 0. */
async function measuredBlank(intervention?: Intervention) {
  const set = taskSet(['ADD', 'MOD', 'CMP']);
  const model = modelConfig(SHAPE, VOCABULARY, 40);
  const parameters = Object.fromEntries(
    parameterSpecs(model).map(({ name, shape }) => [name, tf.zeros([...shape])]),
  );
  const acting = new Acting(intervention, { model, seed: 0, set });
  const measurer = new Measurer(model, parameters, set, LEAN, acting);
  try {
    return (await measurer.measure(0, false))!.behavior;
  } finally {
    measurer.dispose();
    tf.dispose(parameters);
  }
}

test('with the blind answers as its bias, a net of zeros is at a KL of 0 from them', async () => {
  const columns = {
    token: 'kl_token',
    previous: 'kl_previous',
    task: 'kl_task',
    level: 'kl_level',
  } as const;
  for (const [rung, column] of Object.entries(columns)) {
    const rows = await measuredBlank(blindBias({ rung: rung as keyof typeof columns }));
    for (const row of rows) {
      assert.ok(Math.abs(row[column]) < 1e-4, `${rung}, ${row.task} ${row.level}: ${row[column]}`);
    }
  }
  const plain = await measuredBlank();
  for (const row of plain) assert.ok(row.kl_task > 0.5, `${row.task}: ${row.kl_task}`);
  const other = await measuredBlank(blindBias({ rung: 'task', exchanged: true }));
  for (const row of other) assert.ok(row.kl_task > 0.5, `${row.task}: ${row.kl_task}`);
});

test('projected states have at most the rank asked for, all of it, while the projection acts', () => {
  const model = modelConfig(SHAPE, VOCABULARY, 40);
  const acting = new Acting(projection({ directions: 3, until: 5 }), {
    ...{ model, seed: 1, set: taskSet() },
  });
  const random = generator(0, 'test');
  const states = tf.tensor2d(
    Array.from({ length: 40 * 16 }, () => random.gaussian()),
    [40, 16],
  );
  const projected = acting.at(5).watch!('h.1', undefined, states);
  const rank = (x: tf.Tensor2D) => {
    const gram = tf.matMul(x, x, true).arraySync() as number[][];
    return independent(gram);
  };
  assert.equal(rank(states), 16);
  assert.equal(rank(projected), 3);
  const twice = acting.at(5).watch!('h.1', undefined, projected);
  assert.ok(tf.max(tf.abs(tf.sub(twice, projected))).dataSync()[0] < 1e-4);
  assert.equal(acting.at(5).watch!('h.0', undefined, states), states);
  assert.equal(acting.at(6).watch, undefined);
  assert.equal(acting.at(5).onModel, true);
  assert.equal(acting.at(6).onModel, false);
});

/** Rows that are independent, by elimination. */
function independent(rows: number[][]): number {
  let found = 0;
  const left = rows.map((row) => [...row]);
  const largest = Math.max(...left.flat().map(Math.abs));
  for (let column = 0; column < left[0].length; column++) {
    const pivot = left.findIndex((row, i) => i >= found && Math.abs(row[column]) > 1e-5 * largest);
    if (pivot < 0) continue;
    [left[found], left[pivot]] = [left[pivot], left[found]];
    for (let i = found + 1; i < left.length; i++) {
      const factor = left[i][column] / left[found][column];
      left[i] = left[i].map((value, j) => value - factor * left[found][j]);
    }
    found++;
  }
  return found;
}

test('the penalty: 1 for states that are all the same, about 0 for independent ones, more for one direction', () => {
  const random = generator(1, 'test');
  const answers = tf.ones([4000]) as tf.Tensor1D;
  const penalty = (row: () => number[]) =>
    varianceCovariance(
      tf.tensor2d(Array.from({ length: 4000 }, row), [4000, 16]),
      answers,
    ).dataSync()[0];
  const one = Array.from({ length: 16 }, () => random.gaussian());
  const same = penalty(() => one);
  const free = penalty(() => one.map(() => random.gaussian()));
  const line = penalty(() => {
    const along = random.gaussian();
    return one.map((value) => along * value);
  });
  assert.ok(Math.abs(same - 0.99) < 0.005, `all the same: ${same}`);
  assert.ok(free < 0.02, `independent: ${free}`);
  assert.ok(line > 2 * free && line < same, `on a line: ${line}`);
});

test('rows that predict no answer do not count in the penalty', () => {
  const random = generator(2, 'test');
  const own = Array.from({ length: 30 }, () => Array.from({ length: 8 }, () => random.gaussian()));
  const strange = [...own, ...own.map((row) => row.map((value) => 50 * value + 3))];
  const flags = strange.map((_, i) => Number(i < own.length));
  const alone = varianceCovariance(tf.tensor2d(own), tf.ones([own.length])).dataSync()[0];
  const among = varianceCovariance(tf.tensor2d(strange), tf.tensor1d(flags)).dataSync()[0];
  assert.ok(Math.abs(alone - among) < 1e-5, `${alone}, ${among}`);
});

test('a run under an intervention is stored, rebuilt from name and settings, and goes on as if never stopped', async () => {
  const intervention = together(
    variancePenalty({ strength: 0.5, until: 4 }),
    shuffledAnswers({ from: 1 }),
  );
  const choices = { shape: SHAPE, tasks: ['ADD', 'MOD'], batch: 4, samples: LEAN };
  const folder = join(home, 'whole');
  const whole = await train({ ...choices, steps: 6, scheduled: 50, intervention, folder });
  assert.deepEqual(whole.info.intervention, JSON.parse(JSON.stringify(stored(intervention))));
  assert.deepEqual(stored(interventionOf(whole.info.intervention!)), stored(intervention));
  const parts = join(home, 'parts');
  for (const steps of [3, 6]) {
    const again = interventionOf(whole.info.intervention!);
    await train({ ...choices, steps, scheduled: 50, intervention: again, folder: parts });
  }
  const weights = (path: string) => new RunFolder(path);
  const rows = weights(parts).load();
  assert.deepEqual(
    rows.training.map(({ loss }) => loss),
    whole.training.map(({ loss }) => loss),
  );
  await assert.rejects(
    train({ ...choices, steps: 6, scheduled: 50, folder }),
    /other settings \(intervention is .*together.*, not null/,
  );
});

test('a lean run keeps the last layer of pooled answer positions alone', async () => {
  const choices = { shape: SHAPE, tasks: ['ADD', 'MOD'], batch: 4, samples: LEAN, steps: 25 };
  const folder = join(home, 'lean');
  const { geometry, behavior, info } = await train({ ...choices, folder });
  assert.deepEqual(verifyFolder(folder), []);
  assert.equal(info.samples.lean, true);
  assert.deepEqual([...new Set(geometry.map(({ step }) => step))], [0, 5, 10, 20, 25]);
  assert.equal(geometry.length, 5 * 2);
  assert.ok(geometry.every((row) => row.layer === 2 && row.level === undefined));
  assert.equal(behavior.length, 5 * 6);
});

test('every intervention is read back from what it is spelled like', () => {
  const each = [
    shuffledAnswers(),
    blindBias({ rung: 'level', exchanged: true, from: 10 }),
    variancePenalty({ strength: 0.1, until: 1000 }),
    projection({ directions: 2, until: 1000 }),
    frozenBlock({ block: 'last', from: 1000, until: 2000 }),
    attentionScale({ by: 2.5 }),
  ];
  assert.deepEqual(
    each.map(({ name }) => name),
    INTERVENTIONS,
  );
  for (const one of [...each, together(each[1], each[5])]) {
    assert.deepEqual(
      stored(parsedIntervention(spelled(stored(one)))),
      stored(one),
      spelled(stored(one)),
    );
  }
  assert.equal(spelled(stored(each[2])), 'variance-penalty:strength=0.1,from=0,until=1000');
});

test('bad input is told in one line', () => {
  const settings = (intervention: RunChoices['intervention'], steps = 2000) =>
    runSettings({ steps, intervention });
  assert.throws(() => variancePenalty({ strength: Number.NaN }), /strength is NaN, and must be/);
  assert.throws(() => variancePenalty({ strength: -1 }), RangeError);
  assert.throws(() => attentionScale({ by: Number.POSITIVE_INFINITY }), /by is Infinity/);
  assert.throws(() => projection({ directions: 0 }), /an integer of 1 or more/);
  assert.throws(() => frozenBlock({ block: 'middle' as 'last' }), /one of first, last/);
  assert.throws(() => blindBias({ rung: 'word' as 'task' }), /one of token, previous, task, level/);
  assert.throws(() => blindBias({ rung: 'previous', exchanged: true }), RangeError);
  assert.throws(() => shuffledAnswers({ from: 5, until: 5 }), /an integer above from \(5\)/);
  assert.throws(() => settings(shuffledAnswers({ from: 2000 })), /the run ends at 2000/);
  assert.throws(() => settings(shuffledAnswers({ until: 200_000 })), /the schedule ends at 100000/);
  assert.throws(
    () => settings({ name: 'warm-bath' }),
    /does not know the intervention "warm-bath"/,
  );
  assert.throws(() => settings({ name: 'projection', width: 2 }), /no setting "width"/);
  assert.throws(() => parsedIntervention('projection:directions=two'), /directions is two/);
  assert.throws(() => taught(projection({ directions: 16 })), /below the model's width \(16\)/);
  assert.throws(() => runSettings({ format: { endToken: 3 as never } }), /format.endToken is 3/);
});

test('measures that look at weights alone refuse steps at which the net is more than these', () => {
  const refuse = (intervention: Intervention | undefined, step: number) => {
    const { set, ...run } = runSettings({ shape: SHAPE, steps: 50, intervention });
    refuseChanged(run, set, [0, step]);
  };
  const late = projection({ directions: 1, from: 5, until: 10 });
  refuse(late, 4);
  assert.throws(() => refuse(late, 5), /At step 5 "projection" is part of the net/);
  refuse(late, 10);
  refuse(frozenBlock({ block: 'last' }), 7);
  refuse(undefined, 7);
});
