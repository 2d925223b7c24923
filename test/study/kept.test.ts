import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { loadWeights } from '../../lib/study/landscape/states';
import { Measurer } from '../../lib/study/run/measurer';
import { loadRun } from '../../lib/study/run/run-folder';
import { runSettings } from '../../lib/study/run/run-info';
import { PAPER_TASKS } from '../../lib/tasks';

/** The one step whose weights are in the clone, near the floor of most tasks. */
const KEPT = 206;

test('the kept weights of nano-s0, measured again, give what its tables hold', async () => {
  const run = loadRun('nano-s0');
  const { set, ...settings } = runSettings({ scale: 'nano', seed: 0, tasks: PAPER_TASKS });
  assert.equal(settings.tasks.fingerprint, run.info.tasks.fingerprint);
  const weights = loadWeights(run, KEPT);
  const measurer = new Measurer(run.info.model, weights, set, run.info.samples);
  const again = (await measurer.measure(KEPT, true))!;
  measurer.dispose();
  tf.dispose(weights);

  const behavior = run.behavior.filter(({ step }) => step === KEPT);
  assert.equal(behavior.length, set.levels.length);
  behavior.forEach((stored, i) => {
    const where = `${stored.task} ${stored.level}`;
    // A tie may fall otherwise on another processor: one answer of 1,000.
    assert.ok(Math.abs(stored.accuracy - again.behavior[i].accuracy) <= 0.00101, where);
    for (const column of ['log_prob', 'kl_token', 'kl_task', 'kl_level'] as const) {
      close(stored[column], again.behavior[i][column], `${column} of ${where}`);
    }
  });
  const geometry = run.geometry.filter(({ step }) => step === KEPT);
  assert.equal(geometry.length, again.geometry.length);
  geometry.forEach((stored, i) => {
    const where = `${stored.task} ${stored.level ?? 'pooled'}, layer ${stored.layer}, ${stored.position}`;
    for (const column of ['rankme', 'covariance_rank_centered', 'mean_share'] as const) {
      close(stored[column], again.geometry[i][column], `${column} of ${where}`);
    }
  });
});

/** To a thousandth: tables keep four or five digits, and processors differ in the last of a sum. */
function close(stored: number, again: number, what: string): void {
  assert.ok(
    Math.abs(stored - again) <= 1e-3 * Math.max(1, Math.abs(stored)),
    `${what}: ${stored}, ${again}`,
  );
}
