import assert from 'node:assert/strict';
import test from 'node:test';
import { type Run, studyRuns } from '../../lib/study/run-folder';
import { remeasure, verifyRun } from '../../lib/study/verify';

const ended = studyRuns().filter(({ info }) => info.ended);

test('every ended run in the clone has whole tables that agree with its run.json', () => {
  assert.ok(ended.length > 0);
  assert.deepEqual(ended.flatMap(verifyRun), []);
});

test('the kept checkpoint measures as its run says', async () => {
  assert.deepEqual(await remeasure(ended[0]), []);
  const [first, ...rest] = ended[0].geometry.filter(({ step }) => step === 316);
  const wrong = { ...first, rankme: first.rankme * 1.1 };
  const faults = await remeasure({ ...ended[0], geometry: [wrong, ...rest] });
  assert.equal(faults.length, 1);
  assert.match(faults[0], /^rankme of COPY 1, layer 0, prompt: [\d.]+ now, [\d.]+ in the table$/);
  await assert.rejects(remeasure({ ...ended[0], geometry: [] }), /no rows of step 316/);
});

test('planted faults are named with run, table and step', () => {
  const [run] = ended;
  const plant = (change: Partial<Run>, fault: RegExp) => {
    const faults = verifyRun({ ...run, ...change });
    assert.ok(
      faults.some((found) => fault.test(found)),
      `${fault}: ${faults.join(' ')}`,
    );
  };
  const { info, behavior, geometry, training } = run;
  plant({ info: { ...info, step: 5 } }, /nano-s0: it ended at 5 of 20000/);
  plant({ info: { ...info, tasks: 'x' } }, /made with other tasks/);
  plant({ info: { ...info, parameters: 1 } }, /parameters is 1/);
  plant({ training: training.slice(0, -1) }, /training.csv ends at step 19990/);
  plant({ training: [training[1], training[0], ...training.slice(2)] }, /do not increase/);
  plant({ behavior: behavior.slice(1) }, /behavior.csv has 23 rows at step 0 instead of 24/);
  plant(
    { geometry: geometry.slice(144) },
    /geometry.csv has 219 measured steps instead of the 220/,
  );
  plant({ behavior: [{ ...behavior[0], accuracy: 1.2 }, ...behavior.slice(1)] }, /accuracy is 1.2/);
  plant(
    { geometry: [{ ...geometry[0], rankme: 200 }, ...geometry.slice(1)] },
    /a RankMe of COPY 1/,
  );
  plant(
    { probes: [{ step: 7777, task: 'MOD', level: 1 } as Run['probes'][number]] },
    /probes.csv has step 7777, which is not a measured step/,
  );
});
