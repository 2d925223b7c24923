import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { classMeans } from '../../lib/study/landscape/states';
import { RunFolder } from '../../lib/study/run/run-folder';
import { train } from '../../lib/study/run/train';

const SHAPE = { layers: 1, width: 16, heads: 2 };

test('class means keep rank and loss where a net cannot see the input, and lose what it sees', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'class-means-'));
  try {
    const samples = { behavior: 20, dense: 20, rankme: 60 };
    const run = await train({
      shape: SHAPE,
      steps: 1,
      keep: [0],
      tasks: ['COPY'],
      samples,
      folder,
    });
    const [seen] = classMeans(run, 0);
    // Three levels of 3, 5 and 8 digits with blanks and an end: 6 + 10 + 16 places.
    assert.equal(seen.classes, 32);
    assert.ok(seen.between > 0 && seen.between < 0.9, `${seen.between}`);
    assert.ok(seen.rankOfMeans < seen.rank && seen.rankOfRest > 1);
    assert.ok(Math.abs(seen.loss - Math.log(41)) < 0.3, `${seen.loss}`);

    // With one embedding for all tokens and no attention, a state is its place in the line, which the class knows.
    const kept = new RunFolder(folder);
    const weights = kept.readWeights(0);
    for (const [name, { values }] of Object.entries(weights)) {
      if (name === 'wte' || name.includes('attn') || name.includes('mlp')) values.fill(0);
    }
    kept.writeWeights(0, weights);
    const [blind] = classMeans(run, 0);
    assert.ok(blind.between > 0.9999, `${blind.between}`);
    assert.ok(Math.abs(blind.rankOfMeans - blind.rank) < 1e-3);
    assert.ok(Math.abs(blind.lossOfMeans - blind.loss) < 1e-4);
    assert.throws(() => classMeans(run, 1), /weights of step 1 are not in/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
