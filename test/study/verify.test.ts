import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test from 'node:test';
import { sameMachine } from '../../lib/environment/machine';
import { remeasure } from '../../lib/study/kept-checkpoint';
import {
  FLOORS,
  foldersIn,
  loadRun,
  type Run,
  STUDY,
  studyRuns,
  TWINS,
  twinRuns,
} from '../../lib/study/run-folder';
import {
  type LandscapeRow,
  type ProbeRow,
  readTable,
  TABLE_NAMES,
  tablePath,
  writeTable,
} from '../../lib/study/tables';
import { verifyFolder, verifyRun } from '../../lib/study/verify';

const home = mkdtempSync(join(tmpdir(), 'anatomy-verify-'));
test.after(() => rmSync(home, { recursive: true }));

const NANO = loadRun(join(STUDY, 'nano-s0'));
/** A copy of a short run, without weights, to damage its files. */
function damaged(damage: (folder: string) => void): string[] | undefined {
  const folder = mkdtempSync(join(home, 'run-'));
  cpSync(join(FLOORS, 'nano-s0'), folder, {
    recursive: true,
    filter: (path) => !path.endsWith('weights'),
  });
  damage(folder);
  return verifyFolder(folder);
}

test('every ended run in the clone has whole tables that agree with its run.json', () => {
  const found = [STUDY, FLOORS].flatMap(foldersIn).map((folder) => verifyFolder(folder));
  assert.ok(found.some((faults) => faults !== undefined));
  assert.deepEqual(
    found.flatMap((faults) => faults ?? []),
    [],
  );
});

test('stored tables are what writing them again gives: no digit more than tables keep', () => {
  const again = mkdtempSync(join(home, 'again-'));
  for (const folder of [STUDY, FLOORS, TWINS].flatMap(foldersIn)) {
    for (const table of TABLE_NAMES) {
      writeTable(again, table, readTable(folder, table));
      const [there, here] = [folder, again].map((of) => {
        const path = tablePath(of, table);
        return existsSync(path) ? readFileSync(path, 'utf8') : '';
      });
      assert.ok(there === here, `${table}.csv of ${folder} is not as the code writes it`);
    }
  }
});

test('a twin is whole, and unlike its run of the study in the processor alone', () => {
  const runs = studyRuns();
  const twins = twinRuns();
  assert.ok(twins.length > 0);
  for (const twin of twins) {
    assert.deepEqual(verifyFolder(twin.folder, true), []);
    assert.match(verifyFolder(twin.folder)?.[0] ?? '', /geometry\.csv/);
    const { info } = runs.find((run) => basename(run.folder) === basename(twin.folder))!;
    assert.deepEqual(
      { ...twin.info, seconds: 0, sittings: [] },
      { ...info, seconds: 0, sittings: [] },
    );
    const [here, there] = [info, twin.info].map(({ sittings }) => sittings[0].facts);
    assert.equal(sameMachine(here, there), false);
  }
});

test('the kept checkpoint measures as its run says', async () => {
  assert.deepEqual(await remeasure(NANO), []);
  const change = <R extends { step: number }>(rows: readonly R[], by: (row: R) => R) => {
    const first = rows.findIndex(({ step }) => step === 316);
    return rows.map((row, i) => (i === first ? by(row) : row));
  };
  const faults = await remeasure({
    ...NANO,
    geometry: change(NANO.geometry, (row) => ({ ...row, rankme: row.rankme * 1.1 })),
    behavior: change(NANO.behavior, (row) => ({
      ...row,
      accuracy: row.accuracy + 0.02,
      log_prob: Number.NaN,
    })),
  });
  assert.equal(faults.length, 3);
  assert.match(faults[0], /^rankme of COPY 1, layer 0, prompt: [\d.]+ now, [\d.]+ in the table$/);
  assert.match(faults[1], /^accuracy of COPY 1: [\d.]+ now, [\d.]+ in the table$/);
  assert.match(faults[2], /^log_prob of COPY 1: -[\d.]+ now, NaN in the table$/);
  await assert.rejects(remeasure({ ...NANO, geometry: [] }), /no rows of step 316/);
  const wide = { ...NANO, info: { ...NANO.info, model: { ...NANO.info.model, width: 256 } } };
  await assert.rejects(remeasure(wide), /is not of the model of .*wte should be/);
});

/** Faults of nano-s0 with a change; one of them must be as told. */
function plant(change: Partial<Run>, fault: RegExp, more: RegExp[] = []): void {
  const faults = verifyRun({ ...NANO, ...change });
  for (const wanted of [fault, ...more]) {
    assert.ok(
      faults.some((found) => wanted.test(found)),
      `${wanted}: ${faults.join(' ')}`,
    );
  }
  assert.ok(
    faults.every((found) => found.startsWith('nano-s0: ') && found.endsWith('.')),
    faults.join('\n'),
  );
  assert.ok(faults.length <= 6, faults.join('\n'));
}

/** Rows with the first that is asked for changed. */
function changed<R>(rows: readonly R[], which: (row: R) => boolean, change: Partial<R>): R[] {
  const at = rows.findIndex(which);
  assert.ok(at >= 0);
  return rows.map((row, i) => (i === at ? { ...row, ...change } : row));
}

/** Rows without the first that is asked for. */
function lacking<R>(rows: readonly R[], which: (row: R) => boolean): R[] {
  const at = rows.findIndex(which);
  assert.ok(at >= 0);
  return rows.filter((_, i) => i !== at);
}

/** Rows with those of a step written once more. */
function twice<R extends { step: number }>(rows: readonly R[], step: number): R[] {
  const own = rows.filter((row) => row.step === step);
  const end = rows.findLastIndex((row) => row.step === step) + 1;
  return [...rows.slice(0, end), ...own, ...rows.slice(end)];
}

test('run.json that is not of this run, code or model is a fault', () => {
  const { info } = NANO;
  plant({ info: { ...info, step: 5 } }, /it ended at 5 of 20000/);
  plant({ info: { ...info, tasks: 'x' } }, /its tasks are not this code's/);
  plant({ info: { ...info, parameters: 1 } }, /parameters is 1, and the model has 406528/);
  plant({ info: { ...info, model: { ...info.model, width: 64 } } }, /width is 64, not 128/);
  plant({ info: { ...info, sittings: [] } }, /does not say when it was made/);
  plant({ info: { ...info, seconds: 10 } }, /seconds go from [\d.]+ to 10 after step 20000/);
  const wrong = { ...info.training, batch: -1 };
  plant({ info: { ...info, training: wrong } }, /batch is -1/);
  plant({ info: { ...info, checkpoints: 230 } }, /behavior.csv lacks step \d+ and \d+ more/);
});

test('a row missing, twice or not finite in training.csv, or off its schedule, is a fault', () => {
  const rows = NANO.training;
  const at = (step: number) => (row: { step: number }) => row.step === step;
  plant({ training: lacking(rows, at(5000)) }, /training.csv lacks step 5000/);
  plant({ training: lacking(rows, at(20_000)) }, /ends at step 19990, not 20000/);
  plant({ training: twice(rows, 300) }, /training.csv has its row twice at step 300/);
  plant({ training: [rows[1], rows[0], ...rows.slice(2)] }, /goes back from step 2 to 1/);
  plant({ training: changed(rows, at(110), { step: 105 }) }, /has step 105, which is not a step/);
  for (const loss of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
    plant({ training: changed(rows, at(110), { loss }) }, /loss is (NaN|Inf|-1).*at step 110/);
  }
  plant({ training: changed(rows, at(110), { grad_norm: Number.NaN }) }, /grad_norm is NaN/);
  plant({ training: changed(rows, at(50), { learning_rate: 1e-3 }) }, /learning_rate is 0.001.*50/);
  plant({ training: changed(rows, at(50), { tokens: 1 }) }, /tokens is 1, not 153600 at step 50/);
  plant({ training: changed(rows, at(50), { seconds: 1 }) }, /seconds go from [\d.]+ to 1 after/);
  plant({ training: [] }, /training.csv lacks step 1 and 2089 more/);
});

test('a row missing, twice or out of range in behavior.csv or geometry.csv is a fault', () => {
  const { behavior, geometry } = NANO;
  const at = (step: number) => (row: { step: number }) => row.step === step;
  plant({ behavior: behavior.slice(1) }, /behavior.csv lacks COPY 1 at step 0/);
  plant(
    { behavior: twice(behavior, 316) },
    /behavior.csv has COPY 1 and 23 more twice at step 316/,
  );
  // One row twice in the place of another: as many rows as there should be.
  plant({ behavior: changed(behavior, at(316), { task: 'REV' }) }, /lacks COPY 1 at step 316/, [
    /has REV 1 twice at step 316/,
  ]);
  plant({ behavior: changed(behavior, at(7), { level: 4 }) }, /has COPY 4 at step 7, which is not/);
  plant({ behavior: changed(behavior, at(7), { accuracy: 1.2 }) }, /accuracy is 1.2.*at step 7/);
  plant({ behavior: changed(behavior, at(7), { accuracy: 0.333 }) }, /is no share of 200 samples/);
  plant({ behavior: changed(behavior, at(7), { accuracy: Number.NaN }) }, /accuracy is NaN/);
  plant({ behavior: changed(behavior, at(7), { log_prob: Number.NaN }) }, /log_prob is NaN/);
  plant(
    { behavior: changed(behavior, at(7), { log_prob: 1 }) },
    /log_prob is 1 for COPY 1 at step 7/,
  );
  plant(
    { behavior: behavior.filter(({ step }) => step !== 20_000) },
    /behavior.csv lacks step 20000/,
    [/behavior.csv ends at step \d+, not 20000/],
  );

  plant({ geometry: geometry.filter(({ step }) => step !== 30) }, /geometry.csv lacks step 30/);
  plant({ geometry: geometry.slice(1) }, /geometry.csv lacks COPY 1, layer 0, prompt at step 0/);
  plant({ geometry: twice(geometry, 20_000) }, /twice at step 20000/);
  plant({ geometry: changed(geometry, at(9), { layer: 3 }) }, /COPY 1, layer 3, prompt at step 9/);
  for (const rankme of [200, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    plant(
      { geometry: changed(geometry, at(9), { rankme }) },
      /rankme is .*, not from 1 to 128 for COPY 1/,
    );
  }
  plant({ geometry: changed(geometry, at(9), { rankme_centered: 129 }) }, /rankme_centered is 129/);
  plant({ geometry: [...geometry].reverse() }, /geometry.csv goes back from step 20000/);
});

test('faults in landscape.csv and probes.csv are told too', () => {
  const { landscape, probes } = NANO;
  const at = (step: number, measure: string) => (row: LandscapeRow) =>
    row.step === step && row.measure === measure;
  const change = (more: Partial<LandscapeRow>, measure = 'fisher_rank') =>
    changed(landscape, at(316, measure), more);
  plant(
    { landscape: lacking(landscape, at(316, 'fisher_trace')) },
    /lacks fisher_trace of the mixture at step 316/,
  );
  plant(
    {
      landscape: landscape.filter(
        ({ step, task, level }) => step !== 316 || task !== 'MOD' || level !== 2,
      ),
    },
    /lacks fisher_rank of MOD 2 and 1 more at step 316/,
  );
  plant(
    { landscape: lacking(landscape, at(316, 'hessian_trace')) },
    /lacks hessian_trace of the mixture/,
  );
  plant(
    { landscape: twice(landscape, 316) },
    /fisher_rank of the mixture and \d+ more twice at step 316/,
  );
  plant(
    { landscape: landscape.map((row) => (row.step === 316 ? { ...row, step: 318 } : row)) },
    /landscape.csv has step 318, which is not a step of its schedule/,
  );
  plant({ landscape: [...landscape].reverse() }, /landscape.csv goes back/);
  plant(
    { landscape: change({ value: undefined }) },
    /there is no value and no reason .*at step 316/,
  );
  plant(
    { landscape: change({ value: Number.NaN }) },
    /value is NaN for fisher_rank of the mixture/,
  );
  plant({ landscape: change({ value: 241 }) }, /value is 241/);
  plant({ landscape: change({ value: 65 }, 'gradient_rank') }, /value is 65/);
  plant({ landscape: change({ value: -1 }, 'fisher_trace') }, /value is -1/);
  plant({ landscape: change({ value: Number.POSITIVE_INFINITY }, 'hessian_top') }, /value is Inf/);
  plant({ landscape: change({ spread: Number.NaN }) }, /spread is NaN/);
  plant(
    { landscape: change({ measure: 'fisher_sum' as never }) },
    /fisher_sum of the mixture.* not known|fisher_sum .*not known/,
  );
  plant({ landscape: change({ task: 'MOD', level: 4 }) }, /not known/);
  // A failed measure with its reason is none, nor is a part that other steps do not have.
  const failed = change({ value: undefined, spread: undefined, note: 'diverged' });
  assert.deepEqual(verifyRun({ ...NANO, landscape: failed }), []);
  const llc: LandscapeRow = { ...landscape[0], measure: 'llc', value: -3, note: 'drift 0' };
  assert.deepEqual(verifyRun({ ...NANO, landscape: [llc, ...landscape] }), []);

  const probe = (step: number) => (row: ProbeRow) => row.step === step && row.task === 'MOD';
  plant({ probes: lacking(probes, probe(316)) }, /probes.csv lacks MOD 1, layer 0 at step 316/);
  plant(
    { probes: probes.filter(({ step, task }) => step !== 316 || task !== 'MOD') },
    /probes.csv lacks MOD 1, layer 0 and 8 more at step 316/,
  );
  plant({ probes: twice(probes, 316) }, /twice at step 316/);
  plant({ probes: changed(probes, probe(316), { step: 318 }) }, /probes.csv has step 318, which/);
  plant({ probes: changed(probes, probe(316), { layer: 3 }) }, /MOD 1, layer 3 at step 316, which/);
  for (const wrong of [Number.NaN, 1.01, -0.1]) {
    plant(
      { probes: changed(probes, probe(316), { accuracy: wrong }) },
      /accuracy is .*MOD 1, layer 0/,
    );
  }
  plant({ probes: changed(probes, probe(316), { control: 2 }) }, /control is 2/);
  plant(
    { probes: changed(probes, probe(316), { accuracy: undefined }) },
    /no accuracy and no reason/,
  );
});

test('files that are missing or cannot be read are faults of their run', () => {
  assert.deepEqual(
    damaged(() => {}),
    [],
  );
  const edit = (name: string, by: (text: string) => string) => (folder: string) => {
    const path = join(folder, name);
    writeFileSync(path, by(readFileSync(path, 'utf8')));
  };
  const first = (faults?: string[]) => faults?.[0] ?? '';
  assert.match(first(damaged((folder) => rmSync(join(folder, 'run.json')))), /it has no run.json/);
  assert.match(first(damaged(edit('run.json', () => '{'))), /run.json cannot be read/);
  assert.match(
    first(damaged(edit('run.json', () => '{}'))),
    /run.json cannot be read \(it has no model, training, /,
  );
  const nan = edit('geometry.csv', (text) => text.replace(/[\d.]+\n/, 'NaN\n'));
  assert.match(first(damaged(nan)), /geometry.csv line 2: rankme_centered is "NaN", not a number/);
  const cut = (folder: string) => appendFileSync(join(folder, 'behavior.csv'), '200,SORT,3');
  assert.match(first(damaged(cut)), /behavior.csv line \d+: 3 columns instead of 5/);
  assert.match(
    first(damaged(edit('training.csv', (text) => text.replace('loss', 'nll')))),
    /made by other code/,
  );
  const none = (name: string) => (folder: string) => rmSync(join(folder, name));
  assert.match(first(damaged(none('geometry.csv'))), /geometry.csv lacks step 0 and \d+ more/);
  const unsaid = verifyRun({ ...NANO, folder: join(home, 'unsaid') });
  assert.match(first(unsaid), /landscape.json, which says how landscape.csv was made, is missing/);
  assert.equal(
    damaged(edit('run.json', (text) => text.replace('"ended": true', '"ended": false'))),
    undefined,
  );
  mkdirSync(join(home, 'empty'));
  assert.match(first(verifyFolder(join(home, 'empty'))), /^empty: it has no run.json/);
});
