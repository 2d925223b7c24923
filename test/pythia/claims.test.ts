import assert from 'node:assert/strict';
import test from 'node:test';
import {
  collapsesAndRecovers,
  globalPattern,
  setLeads,
  setPrecedence,
  setRank,
} from '../../lib/findings/pythia';
import { pythiaJudgments } from '../../lib/findings/verdicts-pythia';
import { checkpointSteps, PYTHIA_STEPS } from '../../lib/pythia/steps';
import type { Trajectory } from '../../lib/pythia/trajectory-folder';

const steps = checkpointSteps(PYTHIA_STEPS);
const PROBES = ['syntax', 'facts', 'deduction'];

/** A smooth switch from 0 to 1 around `middle`, on the log scale. */
const switchAt = (step: number, middle: number) =>
  1 / (1 + Math.exp(-6 * (Math.log1p(step) - Math.log1p(middle))));

/**
 * A trajectory with a planted history: RankMe falls from 60 to 10 at step 60 and comes back at `recovery`, and
 * accuracy rises from chance to 0.95 at `event`, both by probe set.
 */
function planted(
  plan: Record<string, { recovery: number; event: number }>,
  info: Partial<Trajectory['info']> = {},
): Trajectory {
  const rank = (step: number, recovery: number) =>
    60 - 50 * switchAt(step, 60) + 45 * switchAt(step, recovery);
  const all = { recovery: 4000, event: 0 };
  return {
    folder: '',
    info: {
      ...{ model: 'pythia-160m', repo: 'EleutherAI/pythia-160m', kind: 'Pythia' },
      config: { layers: 2 },
      chance: Object.fromEntries(PROBES.map((probe) => [probe, 0.25])),
      ...info,
    } as Trajectory['info'],
    training: [],
    checkpoints: steps.map((step) => ({
      ...{ step, verdict: 'genuine', of: -1, distance: 0, sha256: '', file: '', seconds: 0 },
    })),
    behavior: steps.flatMap((step) =>
      PROBES.map((probe) => {
        const done = switchAt(step, plan[probe].event);
        return { step, probe, accuracy: 0.25 + 0.7 * done, log_prob: -5 + 4 * done };
      }),
    ),
    geometry: steps.flatMap((step) =>
      ['all', ...PROBES].flatMap((probe) =>
        [0, 1, 2].map((layer) => {
          const value = layer === 0 ? 40 : rank(step, (plan[probe] ?? all).recovery);
          return { step, probe, layer, samples: 100, rankme: value, rankme_centered: value / 2 };
        }),
      ),
    ),
  };
}

const early = planted({
  syntax: { recovery: 1000, event: 10_000 },
  facts: { recovery: 2000, event: 20_000 },
  deduction: { recovery: 5000, event: 60_000 },
});

test('a planted collapse and recovery is found in every layer above the embedding', () => {
  const pattern = globalPattern(early);
  assert.deepEqual(
    pattern.map(({ layer }) => layer),
    [1, 2],
  );
  for (const { start, floor, fall, fallStep, recoveryStep } of pattern) {
    assert.ok(Math.abs(start - 60) < 1 && floor < 16 && fall > 0.7);
    assert.equal(fallStep, 64);
    assert.equal(recoveryStep, 5000);
  }
  assert.ok(collapsesAndRecovers(early));
  assert.equal(setRank(early, 'all', { layer: 0 }).values[0], 40);
  assert.equal(setRank(early, 'all', { centered: true }).values[0], pattern[1].start / 2);
});

test('planted leads come back: the events, the relation, the gap and the factor', () => {
  const leads = setLeads(early);
  const of = (name: string) => leads.find(({ probe }) => probe === name)!;
  assert.ok(Math.abs(of('deduction').event! - 60_000) <= 4000);
  assert.ok(Math.abs(of('deduction').gap! - 55_000) <= 6000);
  assert.equal(of('syntax').relation, 'precursor');
  assert.ok(of('syntax').lead! > 5 && of('syntax').lead! < 20, String(of('syntax').lead));
  // Below 1, because the later series' end lies outside of the window.
  assert.ok(of('syntax').correlation! > 0.7, String(of('syntax').correlation));
  const late = setLeads(
    planted({
      syntax: { recovery: 30_000, event: 2000 },
      facts: { recovery: 8000, event: 8000 },
      deduction: { recovery: 8000, event: 1e9 },
    }),
  );
  assert.deepEqual(
    late.map(({ relation }) => relation),
    ['lagging', 'synchronous', undefined],
  );
  assert.equal(late[2].event, undefined);
  assert.equal(late[2].gap, undefined);
});

test('a rate that knows nothing of its own set is told from one that does', () => {
  const { precursor, exchanged, randomEvents } = setPrecedence([early]);
  assert.deepEqual([precursor!.count, precursor!.of], [3, 3]);
  // Every recovery is before every event, so exchanging them changes nothing.
  assert.equal(exchanged!.p, 1);
  assert.ok(randomEvents!.mean < 1);
  const none = planted(
    Object.fromEntries(PROBES.map((probe) => [probe, { recovery: 4000, event: 1e9 }])),
  );
  assert.equal(setPrecedence([none]).precursor, undefined);
});

test('damaged checkpoints take no part', () => {
  const damaged = {
    ...early,
    checkpoints: early.checkpoints.map((own) =>
      own.step === 64 ? { ...own, verdict: 'duplicate' as const } : own,
    ),
  };
  assert.equal(setRank(damaged, 'all').steps.includes(64), false);
  assert.equal(globalPattern(damaged)[1].fallStep, 128);
});

test('the ledger judges real Pythia alone', () => {
  const standin = { ...early, info: { ...early.info, kind: 'stand-in' as const } };
  for (const given of [[], [standin]]) {
    const judged = pythiaJudgments(given);
    for (const id of ['pythia-v1', 'pythia-gap-v4']) {
      assert.match(judged[id].ours, /^needs the hub/);
      assert.equal(judged[id].verdict, 'cannot be judged from this data');
    }
  }
  const one = pythiaJudgments([early])['pythia-v1'];
  assert.equal(one.verdict, 'partly', 'one model of three');
  const sizes = ['pythia-160m', 'pythia-410m', 'pythia-2.8b'];
  const three = sizes.map((model) => ({ ...early, info: { ...early.info, model } }));
  assert.equal(pythiaJudgments(three)['pythia-v1'].verdict, 'replicates');
  const gap = pythiaJudgments(three)['pythia-gap-v4'];
  assert.match(gap.ours, /^5\d000 steps on deduction; the others' median is \d+/);
  assert.equal(gap.verdict, 'partly', 'the others have a gap here, too');
});

test('where the damaged history hides the start, collapse is not judged', () => {
  const late = (model: string) => ({
    ...early,
    info: { ...early.info, model },
    checkpoints: early.checkpoints.map((own) => ({
      ...own,
      verdict: own.step < 66_000 ? ('duplicate' as const) : own.verdict,
    })),
  });
  const hidden = pythiaJudgments([late('pythia-2.8b')]);
  assert.match(
    hidden['pythia-v1'].ours,
    /no genuine .* \(pythia-2.8b is seen from step 66000 on\)/,
  );
  assert.equal(hidden['pythia-v1'].verdict, 'cannot be judged from this data');
  assert.match(hidden['pythia-gap-v4'].ours, /does not emerge .* seen from step 66000 on/);
  const few = { ...early, checkpoints: early.checkpoints.slice(0, 16) };
  assert.match(
    pythiaJudgments([few])['pythia-v1'].ours,
    /^17 genuine checkpoints are needed; pythia-160m has 16$/,
  );
  const both = pythiaJudgments([early, late('pythia-2.8b')])['pythia-v1'];
  assert.match(
    both.ours,
    /^1 of 1 models \(pythia-160m\) collapse and recover \(pythia-2.8b is seen/,
  );
  assert.equal(both.verdict, 'partly');
});
