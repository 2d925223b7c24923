import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { initialParameters } from '../../lib/model/parameters';
import { forward } from '../../lib/model/transformer';
import {
  LANDSCAPE_MEASURES,
  PARTS,
  partsInWords,
  partsNamed,
} from '../../lib/study/landscape/catalog';
import { type LandscapeInfo, landscapeInfo } from '../../lib/study/landscape/landscape-table';
import { measureRun } from '../../lib/study/landscape/measure-run';
import type { Part } from '../../lib/study/landscape/part';
import { placesOf } from '../../lib/study/landscape/place';
import { loadWeights, statesOf } from '../../lib/study/landscape/states';
import { Subject } from '../../lib/study/landscape/subject';
import { landscapeFaults } from '../../lib/study/proof/verify';
import { studyLesson } from '../../lib/study/run/lesson';
import { loadRun, type Run, RunFolder } from '../../lib/study/run/run-folder';
import { COLUMNS } from '../../lib/study/run/tables';
import { train } from '../../lib/study/run/train';
import { PAPER_TASKS, TaskSet, taskSet } from '../../lib/tasks';

const home = mkdtempSync(join(tmpdir(), 'anatomy-landscape-'));
test.after(() => rmSync(home, { recursive: true }));

/** As little of everything as the parts take. */
const settings = {
  gradients: { samples: 12, groups: 4 },
  hessian: { lines: 8, steps: 12 },
  probes: { samples: 40, iterations: 60 },
  llc_paper: { batches: 2, size: 8, draws: 20, burnIn: 4 },
  llc: { batches: 2, size: 8, chains: 2, draws: 6, burnIn: 2, stepSize: 1e-7, acceptance: 0.5 },
};
const MEASURES = LANDSCAPE_MEASURES.map(({ measure }) => measure);
const set = taskSet(['PAR', 'MOD']);

let trained: Promise<Run> | undefined;
/** A run of a small net on two tasks, with the weights of three steps. */
function run(): Promise<Run> {
  trained ??= train({
    ...{ shape: { layers: 2, width: 16, heads: 2 }, seed: 1, steps: 6, batch: 24, warmup: 4 },
    ...{ tasks: ['PAR', 'MOD'], samples: { behavior: 10, dense: 10, rankme: 10 } },
    ...{ keep: [0, 3, 6], folder: join(home, 'run') },
  });
  return trained;
}
/** A copy of it, to be measured. */
async function copy(name: string): Promise<string> {
  const { folder } = await run();
  const path = join(home, name);
  cpSync(folder, path, { recursive: true });
  return path;
}

test('every part gives its columns, within bounds, at each of its places', async () => {
  const path = await copy('whole');
  const { run: measured, unread } = await measureRun(path, { steps: [6], settings });
  assert.deepEqual(unread, []);
  const wanted = LANDSCAPE_MEASURES.flatMap(({ measure, part }) =>
    (part.startsWith('llc') ? ['MOD'] : ['PAR', 'MOD']).map((place) => `${measure} of ${place}`),
  );
  const found = measured.landscape.map(
    ({ measure, task, level }) => `${measure} of ${task}${level ?? ''}`,
  );
  assert.deepEqual([...found].sort(), [...wanted].sort());
  for (const { step, value, measure, note } of measured.landscape) {
    assert.equal(step, 6);
    assert.ok(Number.isFinite(value), `${measure}: ${note}`);
  }
  const rowsOf = (name: string) => measured.landscape.filter(({ measure }) => measure === name);
  for (const row of rowsOf('gradient_rank')) {
    assert.ok(row.value! > 1 && row.value! <= 12 && row.standard_error! > 0);
  }
  for (const [i, row] of rowsOf('hessian_top').entries()) {
    assert.ok(row.residual! >= 0 && rowsOf('hessian_top_5')[i].value! <= row.value! * 1.0001);
  }
  for (const { acceptance, drift, step_size } of [...rowsOf('llc'), ...rowsOf('llc_paper')]) {
    assert.ok(acceptance! >= 0 && acceptance! <= 1 && drift !== undefined && step_size! > 0);
  }
  assert.ok(rowsOf('llc_paper').every(({ step_size }) => step_size === 1e-5));
  assert.deepEqual(
    measured.probes.map(({ task, level, layer }) => [task, level, layer]),
    ['PAR', 'MOD'].flatMap((task) => [0, 1, 2].map((layer) => [task, 2, layer])),
  );
  for (const row of measured.probes) {
    const { token_accuracy, answer_accuracy, chance, control, untrained } = row;
    for (const share of [token_accuracy, answer_accuracy, chance, control, untrained]) {
      assert.ok(share! >= 0 && share! <= 1);
    }
    assert.ok(answer_accuracy! <= 1 && row.standard_error! >= 0);
  }
  assert.deepEqual(landscapeFaults(measured), []);
  const info = landscapeInfo(path) as LandscapeInfo;
  assert.deepEqual(Object.keys(info.parts).sort(), PARTS.map(({ name }) => name).sort());
  assert.equal(info.sessions.length, 1);
});

test('the baseline of a probe is the same probe on the untrained net: at step 0 the two are one', async () => {
  const path = await copy('untrained');
  const { run: measured } = await measureRun(path, {
    ...{ steps: [0, 6], parts: ['probes'], levels: ['MOD1', 'PAR2'] },
    settings: { probes: settings.probes },
  });
  const at = (step: number) => measured.probes.filter((row) => row.step === step);
  assert.equal(at(0).length, 6);
  for (const { token_accuracy, untrained } of at(0)) assert.equal(token_accuracy, untrained);
  const baseline = ({ untrained }: { untrained: number | undefined }) => untrained;
  assert.deepEqual(at(6).map(baseline), at(0).map(baseline));
});

test('what was stopped goes on with the same call, and gives what one call gives', async () => {
  const parts = ['gradients', 'probes'];
  const some = { gradients: settings.gradients, probes: settings.probes };
  const whole = await measureRun(await copy('at-once'), { parts, settings: some });
  const path = await copy('stopped');
  const stop = new AbortController();
  const seen: string[] = [];
  const stopped = measureRun(path, {
    ...{ parts, settings: some, signal: stop.signal },
    onProgress: ({ label, done, of, detail = '' }) => {
      assert.ok(label === 'stopped' && of === 12 && done < of);
      seen.push(detail);
      if (done === 8) stop.abort();
    },
  });
  await assert.rejects(stopped, /Stopped at step 6 \(9 of 12 measures done\).*Run the same again/);
  assert.equal(seen[0], 'step 0: gradients of PAR');
  assert.equal(loadRun(path).probes.length, 4 * 3);
  const left: number[] = [];
  const again = await measureRun(path, {
    ...{ parts, settings: some },
    onProgress: ({ of, secondsLeft }) => {
      assert.ok(!(secondsLeft! < 0));
      left.push(of);
    },
  });
  assert.equal(left[0], 3);
  assert.deepEqual(again.run.landscape, whole.run.landscape);
  assert.deepEqual(again.run.probes, whole.run.probes);
  assert.equal(landscapeInfo(path)!.sessions.length, 2);
  const third = await measureRun(path, { parts, settings: some });
  assert.deepEqual(third.run, again.run);
});

test('a measure that fails is missing with its reason, and the rest is measured', async () => {
  const path = await copy('failing');
  appendFileSync(new RunFolder(path).weightsPath(3), 'x');
  const { run: measured, unread } = await measureRun(path, {
    ...{ steps: [0, 3], levels: ['MOD1'], parts: ['gradients', 'llc_paper', 'probes'] },
    settings: {
      gradients: settings.gradients,
      llc_paper: { ...settings.llc_paper, stepSize: 1e6 },
      probes: { samples: 1 },
    },
  });
  assert.equal(unread.length, 1);
  assert.match(unread[0].reason, /step-000003.safetensors is damaged/);
  assert.ok([...measured.landscape, ...measured.probes].every(({ step }) => step === 0));
  const [llc] = measured.landscape.filter(({ measure }) => measure === 'llc_paper');
  assert.equal(llc.value, undefined);
  assert.match(llc.note, /All 1 SGLD chains diverged \(loss .*\): lower stepSize \(1000000\)/);
  assert.ok(
    measured.landscape.some(({ measure, value }) => measure === 'gradient_rank' && value! > 1),
  );
  assert.deepEqual(
    measured.probes.map(({ layer, token_accuracy }) => [layer, token_accuracy]),
    [0, 1, 2].map((layer) => [layer, undefined]),
  );
  assert.match(measured.probes[0].note, /1 different samples are too few/);
  assert.deepEqual(landscapeFaults(measured), []);
});

test('a measure of your own is one object: measured, kept, known by landscape.json', async () => {
  const norms: Part<{ power: number }> = {
    ...{ name: 'norms', about: 'length of the weights', on: 'mixture', table: 'landscape' },
    ...{ settings: { power: 2 }, source: 'ours' },
    columns: { weight_norm: { label: 'length of the weights', range: () => [0, 1e6] } },
    measure: async ({ point }, place, { power }) => {
      assert.equal(place.task, '');
      const sum = point.reduce((total, value) => total + Math.abs(value) ** power, 0);
      return [{ measure: 'weight_norm', value: sum ** (1 / power) }];
    },
  };
  const path = await copy('own');
  const { run: measured } = await measureRun(path, { steps: [0, 6], parts: [norms] });
  assert.deepEqual(
    measured.landscape.map(({ step, task, measure }) => [step, task, measure]),
    [
      [0, '', 'weight_norm'],
      [6, '', 'weight_norm'],
    ],
  );
  const weights = loadWeights(measured, 6);
  const squares = tf.tidy(() =>
    tf.addN(Object.values(weights).map((weight) => tf.sum(tf.square(weight)))).dataSync(),
  );
  assert.ok(Math.abs(measured.landscape[1].value! - Math.sqrt(squares[0])) < 1e-3);
  tf.dispose(weights);
  assert.deepEqual(landscapeFaults(measured), []);
  assert.deepEqual(landscapeInfo(path)!.parts.norms, {
    settings: { power: 2 },
    columns: ['weight_norm'],
  });
});

test('what cannot be measured is refused by name', async () => {
  const path = await copy('refused');
  await measureRun(path, {
    steps: [0],
    parts: ['hessian'],
    levels: ['MOD'],
    settings: { hessian: settings.hessian },
  });
  const refused = (options: object, message: RegExp, given = path) =>
    assert.rejects(measureRun(given, options), message);
  await refused(
    { parts: ['hesian'] },
    /Unknown part of the landscape "hesian": use .*gradients, hessian/,
  );
  await refused({ steps: [2] }, /weights of step 2 are not in .* nearest are those of step 3/);
  await refused(
    { parts: ['hessian'] },
    /other settings \(lines is 8, not 128; steps is 12, not 40\)/,
  );
  await refused({ settings: { hesian: {} } }, /settings for "hesian"/);
  await refused({ parts: ['llc'], settings: { llc: { chain: 1 } } }, /llc has no setting "chain"/);
  await refused({ levels: ['XOR'] }, /Unknown task "XOR"/);
  await refused({ levels: ['MOD4'] }, /Unknown level 4/);
  await refused({}, /no run/, join(home, 'nowhere'));
  await refused({ tasks: taskSet(['ADD']) }, /trained on PAR, MOD, which are not the tasks given/);
  const info = join(path, 'run.json');
  const text = readFileSync(info, 'utf8');
  writeFileSync(info, text.replace(/"fingerprint": "\w{4}/, '"fingerprint": "0000'));
  await refused({}, /trained on PAR, MOD, which are not \(or no longer\) these tasks/);
  writeFileSync(info, text);
  rmSync(join(path, 'weights'), { recursive: true });
  await refused({}, /holds no weights to measure: train with keep/);
});

test('a run on tasks of its own is measured with them', async () => {
  const own = new TaskSet([{ ...taskSet(['PAR']).tasks[0], name: 'XOR' }]);
  const folder = join(home, 'xor');
  await train({
    ...{
      shape: { layers: 1, width: 8, heads: 2 },
      steps: 1,
      batch: 4,
      keep: [1],
      folder,
      tasks: own,
    },
    samples: { behavior: 4, dense: 4, rankme: 4 },
  });
  const parts = { parts: ['gradients'], settings: { gradients: settings.gradients } };
  await assert.rejects(measureRun(folder, parts), /trained on XOR/);
  const { run: measured } = await measureRun(folder, { ...parts, tasks: own });
  assert.ok(measured.landscape.every(({ task }) => task === 'XOR'));
});

test('weights of another architecture are left out with the reason', async () => {
  const path = await copy('other');
  const folder = new RunFolder(path);
  const { wte, ...rest } = folder.readWeights(0);
  const wide = { shape: [wte.shape[0], 64], values: new Float32Array(wte.shape[0] * 64) };
  folder.writeWeights(0, { ...rest, wte: wide });
  const { unread } = await measureRun(path, { steps: [0], parts: ['gradients'] });
  assert.match(unread[0].reason, /wte should be \[41,16\] and is \[41,64\]/);
});

test('hidden states of packed lines are those of lines in rows of their own', async () => {
  const { folder, info } = await run();
  const { model } = info;
  const at = set.level('MOD', 3);
  const lines = set
    .samples(at)
    .slice(0, 30)
    .map((question) => set.sequence(at, question));
  const weights = loadWeights(folder, 6);
  const live = tf.memory().numTensors;
  const expected = tf.tidy(() => {
    const tokens = lines.map(({ tokens: line }) =>
      Array.from({ length: model.context }, (_, i) => line[i] ?? 0),
    );
    const shape: [number, number] = [30, model.context];
    const { states } = forward(model, weights, tf.tensor2d(tokens, shape, 'int32'));
    const flat = states[2].reshape([-1, model.width]);
    const places = lines.flatMap(({ tokens: line, answerFrom }, row) =>
      Array.from(
        { length: line.length - answerFrom },
        (_, i) => row * model.context + answerFrom - 1 + i,
      ),
    );
    return tf.gather(flat, tf.tensor1d(places, 'int32')).arraySync() as number[][];
  });
  const states = statesOf(folder, 6, { task: 'MOD', level: 3, samples: 30 });
  assert.equal(tf.memory().numTensors, live + 1);
  const found = states.arraySync();
  assert.equal(found.length, expected.length);
  for (const [i, row] of expected.entries()) {
    row.forEach((value, k) => {
      assert.ok(Math.abs(found[i][k] - value) < 1e-5);
    });
  }
  const prompts = statesOf(folder, 6, {
    task: 'MOD',
    level: 3,
    samples: 30,
    position: 'prompt',
    layer: 0,
  });
  assert.deepEqual(prompts.shape, [30, model.width]);
  tf.dispose([states, prompts, weights]);
  assert.throws(
    () => statesOf(folder, 6, { task: 'MOD', level: 3, layer: 3 }),
    /layer is 3: .* 0 to 2/,
  );
  assert.throws(
    () => statesOf(folder, 6, { task: 'MOD', level: 3, samples: 1001 }),
    /samples is 1001/,
  );
  assert.throws(
    () => statesOf(folder, 5, { task: 'MOD', level: 3 }),
    /weights of step 5 are not in/,
  );
});

test("the untrained net is the run's own start", async () => {
  const { folder, info } = await run();
  const lesson = studyLesson(info, set);
  const start = initialParameters(lesson.specs, lesson.gaussian());
  const stored = new RunFolder(folder).readWeights(0);
  for (const [name, values] of Object.entries(start)) assert.deepEqual(stored[name].values, values);
  const subject = new Subject(info, set);
  subject.take(new RunFolder(folder).readWeights(6));
  const lines = subject.different(set.level('PAR', 1), 1000);
  assert.equal(lines.length, 16);
  const [now, untrained] = (['now', 'untrained'] as const).map((weights) =>
    subject.answerStates(lines, weights),
  );
  assert.equal(
    now.shape[1],
    lines.reduce((sum, line) => sum + line.tokens.length - line.answerFrom, 0),
  );
  assert.ok(tf.tidy(() => tf.max(tf.abs(tf.sub(now, untrained))).dataSync()[0]) > 1e-4);
  tf.dispose([now, untrained]);
  subject.dispose();
});

test('faults of the tables are found by the catalog', async () => {
  const path = await copy('faults');
  const { run: sound } = await measureRun(path, {
    ...{ steps: [6], parts: ['gradients', 'probes'], levels: ['MOD1'] },
    settings: { gradients: settings.gradients, probes: settings.probes },
  });
  const faultsOf = (change: Partial<Run>) => landscapeFaults({ ...sound, ...change }).join('; ');
  const [first, ...rest] = sound.landscape;
  assert.equal(faultsOf({}), '');
  assert.match(faultsOf({ landscape: rest }), /gradients of MOD 1 at step 6 lacks gradient_rank/);
  assert.match(faultsOf({ landscape: [first, ...sound.landscape] }), /is there twice/);
  assert.match(
    faultsOf({ landscape: [{ ...first, value: 13 }, ...rest] }),
    /gradient_rank of MOD 1 at step 6 is 13, not from 1 to 12/,
  );
  assert.match(
    faultsOf({ landscape: [{ ...first, value: undefined }, ...rest] }),
    /no value and no reason/,
  );
  assert.match(
    faultsOf({ landscape: [{ ...first, measure: 'trace' }, ...rest] }),
    /landscape.csv has trace, which is no measure/,
  );
  const [probe, ...others] = sound.probes;
  assert.match(faultsOf({ probes: others }), /probes of MOD 1 at step 6 lacks 0/);
  assert.match(faultsOf({ probes: [{ ...probe, control: 1.5 }, ...others] }), /control .* is 1.5/);
  rmSync(join(path, 'landscape.json'));
  assert.match(faultsOf({}), /landscape.json.* is missing/);
});

test('the catalog is whole: one name a part, a column a measure, and a line of help', () => {
  assert.equal(new Set(PARTS.map(({ name }) => name)).size, PARTS.length);
  assert.equal(new Set(MEASURES).size, MEASURES.length);
  assert.deepEqual(
    partsNamed(['llc', ' probes']).map(({ name }) => name),
    ['llc', 'probes'],
  );
  assert.equal(partsInWords().length, PARTS.length);
  // What probes.csv holds is what the part gives.
  const [prober] = PARTS.filter(({ table }) => table === 'probes');
  const columns = COLUMNS.probes.map(({ name }) => name);
  const given = ['step', 'task', 'level', 'layer', ...Object.keys(prober.columns), 'note'];
  assert.deepEqual(columns, given);
});

test('places: the mixture, tasks, the hard ones, middle levels, and what is named', () => {
  const all = taskSet(PAPER_TASKS);
  const names = (...given: Parameters<typeof placesOf>) =>
    placesOf(...given).map(({ task, level }) => `${task}${level ?? ''}`);
  assert.deepEqual(names(all, 'mixture'), ['']);
  const tasks = [...PAPER_TASKS];
  assert.deepEqual(names(all, 'tasks'), tasks);
  assert.deepEqual(names(all, 'hard tasks'), ['ADD', 'MOD', 'MUL']);
  assert.deepEqual(
    names(all, 'middle levels'),
    tasks.map((task) => `${task}2`),
  );
  assert.deepEqual(names(all, 'hard tasks', ['MOD 1', 'copy']), ['MOD1', 'COPY']);
  assert.deepEqual(names(all, 'middle levels', ['MOD1', 'CMP']), ['MOD1', 'CMP1', 'CMP2', 'CMP3']);
  assert.equal(placesOf(all, 'tasks')[0].levels.length, 3);
});
