import assert from 'node:assert/strict';
import test from 'node:test';
import {
  acquisitionCells,
  laxerIsLater,
  seedAgreement,
  tableAgreement,
} from '../../lib/findings/acquisition';
import { publishedStep } from '../../lib/findings/paper';
import { nameOf } from '../../lib/findings/series';
import * as say from '../../lib/findings/summaries';
import { falls, noise, syntheticRun } from './synthetic';

/** A nano run whose task-levels are acquired at some multiple of the published step. */
const run = (factor: (task: string, level: number) => number, seed = 0, steps = 20_000) =>
  syntheticRun({
    seed,
    steps,
    plan: (task) => ({
      rank: () => falls(2, 200),
      acquired: [1, 2, 3].map((level) => {
        const step = publishedStep('v4', nameOf({ task, level }), 'nano');
        return step ? step * factor(task, level) : undefined;
      }),
    }),
  });

test('the published steps come back, but where chance alone is acquired', () => {
  const cells = acquisitionCells([run(() => 1)], 'v4');
  const off = cells.filter(({ ratio }) => ratio !== undefined && ratio !== 1);
  // Answers that ignore the input are right in half of PAR and of CMP 1's.
  assert.ok(off.length > 0 && off.every(({ chance, ours }) => chance >= 0.5 && ours === 0));
  const rest = tableAgreement(cells.filter(({ chance }) => chance < 0.5))!;
  assert.equal(rest.within.value, 1);
  assert.equal(rest.correlation, 1);
});

test('a cell that is off by more than two is named, one that is not due is left out', () => {
  const cells = acquisitionCells(
    [run((task, level) => (task === 'ADD' && level === 2 ? 3 : 1))],
    'v4',
  );
  const add = tableAgreement(cells.filter(({ task }) => task === 'ADD'))!;
  assert.deepEqual(add.off.map(nameOf), ['ADD 2']);
  const short = acquisitionCells([run(() => 1, 0, 3000)], 'v4');
  assert.equal(short.find((cell) => nameOf(cell) === 'MOD 3')!.ratio, undefined);
  assert.equal(short.find((cell) => nameOf(cell) === 'MUL 3')!.published, null);
});

test('a seed that ended before the published step is not asked for it', () => {
  const [long, short] = [run(() => 1), run(() => 1, 1, 3000)];
  const at = (name: string, runs: Parameters<typeof acquisitionCells>[0]) =>
    acquisitionCells(runs, 'v4').find((cell) => nameOf(cell) === name)!;
  const late = at('MOD 3', [long, short]);
  assert.ok(late.published! > 3000);
  assert.deepEqual(late, at('MOD 3', [long]));
  assert.equal(late.until, 20_000);
  assert.equal(at('COPY 1', [long, short]).steps.length, 2);
});

test('C8: task-levels whose blind answers pass v1’s mark are named', () => {
  assert.match(
    say.atChance(acquisitionCells([run(() => 1)], 'v1')),
    /pass v1’s mark of \.1 in \d+ task-levels: .*PAR 1.* and /,
  );
});

test('seeds agree where they were planted to, and not where steps are random', () => {
  const random = noise(5);
  const hard = (runs: Parameters<typeof acquisitionCells>[0]) =>
    acquisitionCells(runs, 'v4').filter(({ chance }) => chance < 0.5);
  assert.equal(seedAgreement(hard([run(() => 1), run(() => 1.1, 1)]))!.value, 1);
  const wild = seedAgreement(hard([0, 1].map((seed) => run(() => 30 ** (random() - 0.5), seed))))!;
  assert.ok(wild.value < 0.8);
  assert.equal(seedAgreement(hard([run(() => 1)])), undefined);
});

test('C6: v1’s laxer mark is later than v4’s in the published tables', () => {
  const later = laxerIsLater();
  assert.deepEqual([later.count, later.of], [50, 119]);
});
