import assert from 'node:assert/strict';
import test from 'node:test';
import { llcCurve, llcPeak } from '../../lib/findings/llc-curve';
import { publishedClaims } from '../../lib/findings/paper';
import { probeLeads } from '../../lib/findings/probe-leads';
import type { MeasuredRun } from '../../lib/findings/series';
import * as say from '../../lib/findings/summaries';
import { thresholds } from '../../lib/findings/thresholds';
import { precedenceJudges } from '../../lib/ledger/precedence';
import { predictionJudges } from '../../lib/ledger/prediction';
import type { LandscapeRow } from '../../lib/study/run/tables';
import { falls, syntheticRun } from '../findings/synthetic';

const acquired = (i: number) => 1000 + 700 * i;
const plain = (scale = 'nano', seed = 0) =>
  syntheticRun({
    ...{ scale, seed },
    plan: (_, i) => ({
      rank: () => falls(3 + i / 4, 200),
      acquired: [1, 2, 3].map(() => acquired(i)),
    }),
  });
const EMPTY = { standard_error: undefined, residual: undefined, note: '' };
const at = { ...EMPTY, acceptance: undefined, drift: undefined, step_size: undefined };
const withLandscape = (
  run: MeasuredRun,
  values: (task: string, step: number) => Record<string, number>,
): MeasuredRun => ({
  ...run,
  landscape: [0, 100, 300, 600, 1000, 2000, 3000, 4000, 5000, 8000, 12_000, 16_000].flatMap(
    (step) =>
      ['ADD', 'MOD', 'MUL'].flatMap((task) =>
        Object.entries(values(task, step)).map(
          ([measure, value]): LandscapeRow => ({
            ...at,
            step,
            task,
            level: undefined,
            measure,
            value,
          }),
        ),
      ),
  ),
});
/** Probes of COPY: the last layer reads so much by token and whole answer, at steps before and after. */
const withProbes = (
  run: MeasuredRun,
  read: (step: number) => { token: number; answer: number },
) => ({
  ...run,
  probes: [0, 300, 600, 900, 1500, 3000, 5000].flatMap((step) =>
    [1, 2, 3].map((level) => {
      const { token, answer } = read(step);
      const rest = { chance: 0.1, control: 0.1, untrained: 0.4, standard_error: 0.01, note: '' };
      const place = { step, task: 'COPY', level, layer: 2 };
      return { ...place, token_accuracy: token, answer_accuracy: answer, ...rest };
    }),
  ),
});

test('every claim of 03 and 04 has a judge, and no judge is without a claim', () => {
  const claims = ['03', '04'].flatMap((notebook) => publishedClaims(notebook).map(({ id }) => id));
  const judged = [...Object.keys(precedenceJudges), ...Object.keys(predictionJudges)];
  assert.deepEqual(judged.sort(), claims.sort());
});

test('without runs nothing is judged, and the reason is said', () => {
  for (const judge of [...Object.values(precedenceJudges), ...Object.values(predictionJudges)]) {
    const { by_its_rule, worth } = judge([]);
    assert.equal(by_its_rule.verdict, 'cannot be judged');
    assert.equal(worth.verdict, 'cannot be judged');
    assert.ok(by_its_rule.value.length > 10 && worth.value.length > 10);
  }
});

test('C4: a shared minimum replicates v4 by its rule, and is worth nothing against exchanged tasks', () => {
  const full = withLandscape(plain(), (_, step) => ({ gradient_rank: step === 12_000 ? 1 : 5 }));
  const { by_its_rule, worth } = precedenceJudges['precursor-v4']([full]);
  assert.equal(by_its_rule.verdict, 'replicates');
  assert.match(by_its_rule.value, /in 9 of 9 hard task-levels by v4's rule/);
  assert.deepEqual(by_its_rule.interval, [0.701, 1]);
  assert.equal(worth.verdict, 'does not replicate');
  const alone = precedenceJudges['precursor-v4']([plain()]);
  assert.equal(alone.by_its_rule.verdict, 'cannot be judged');
});

test('a published rate is met or not; measures that do not precede are no reliable ones', () => {
  const late = withLandscape(plain(), (_, step) => ({
    gradient_rank: step < 10_000 ? 9 : 1,
    hessian_top_5: step < 10_000 ? 9 : 1,
    hessian_top: step < 10_000 ? 1 : 9,
  }));
  const fisher = precedenceJudges['gradient-v4']([late]).by_its_rule;
  assert.match(fisher.value, /in 0 of 9 hard/);
  assert.equal(fisher.verdict, 'partly');
  const hessian = precedenceJudges['hessian-v4']([late]);
  assert.equal(hessian.by_its_rule.verdict, 'replicates');
  assert.equal(hessian.worth.verdict, 'replicates');
});

test('C5: the minimum against thresholds of the log-probability, beside the published row', () => {
  const [nano] = thresholds([plain()]);
  assert.deepEqual(nano.published, [0, 1, 1, 1, 1]);
  assert.equal(nano.found[4]!.count, 9);
  // The log-probability is straight in ln(step) to acquisition: over half of its way is done at step 200.
  assert.equal(nano.found[0]!.count, 0);
  assert.ok(nano.doneAtMinimum! > 0.5 && nano.doneAtMinimum! < 0.7);
  assert.deepEqual(nano.exchanged[4], 1);
  assert.match(say.doneAtMinimum([nano]), /has covered 5\d % of its rise at nano \(median\)/);
  const { by_its_rule, worth } = precedenceJudges['log-prob-v4']([plain()]);
  assert.equal(by_its_rule.verdict, 'replicates');
  assert.equal(worth.verdict, 'does not replicate');
});

test('a Hessian that rises after acquisition lags, one that rises before does not', () => {
  const rises = (from: number) =>
    withLandscape(plain(), (_, step) => ({ hessian_top: step < from ? 1 : 9 }));
  const lags = (from: number) => precedenceJudges['hessian-v1']([rises(from)]).worth;
  assert.equal(lags(8000).verdict, 'replicates');
  assert.match(lags(8000).value, /comes after acquisition, .* in 9 of 9 task-levels/);
  assert.equal(lags(300).verdict, 'does not replicate');
});

test('C3: v4’s text against its own appendix', () => {
  const { worth } = precedenceJudges['precursor-v3']([plain('nano'), plain('micro')]);
  assert.match(worth.value, /v4’s own appendix has \d+ % at /);
});

test('C7: an LLC that peaks early is not synchronous', () => {
  const early = withLandscape(plain(), (_, step) => ({ llc_paper: step === 300 ? 50 : 5 }));
  const curve = llcCurve([early], 'llc_paper')!;
  assert.deepEqual(curve.values.slice(0, 4), [0.1, 0.1, 1, 0.1]);
  const peak = llcPeak([early], 'llc_paper')!;
  assert.deepEqual(peak, { peak: 300, published: 300, acquired: acquired(5) });
  assert.equal(precedenceJudges['llc-v1']([early]).worth.verdict, 'does not replicate');
  const late = withLandscape(plain(), (_, step) => ({ llc_paper: step === 5000 ? 50 : 5 }));
  assert.equal(precedenceJudges['llc-v1']([late]).worth.verdict, 'replicates');
  assert.equal(llcPeak([plain()], 'llc_paper'), undefined);
});

test('C9: what the untrained net is read by token is no lead, and whole answers are another unit', () => {
  const run = withProbes(plain(), (step) => ({
    token: step === 0 ? 0.5 : 0.6,
    answer: step > 1000 ? 0.9 : 0,
  }));
  const found = probeLeads([run]);
  assert.equal(found.cases.length, 3);
  assert.deepEqual(
    [found.perToken!.count, found.untrained!.count, found.perAnswer!.count],
    [3, 3, 0],
  );
  assert.equal(found.answerFirst!.count, 0);
  const ahead = withProbes(plain(), (step) => ({ token: 0.6, answer: step > 200 ? 0.9 : 0 }));
  const lead = probeLeads([ahead]);
  assert.equal(lead.answerFirst!.count, 3);
  assert.equal(lead.perAnswer!.count, 3);
  assert.match(say.probesPerAnswer(lead), /in 100 % .* It is halfway there first, .* in 3 of 3\.$/);
});

test('04: a planted order replicates beyond chance; a baseline that does as well makes it partly', () => {
  const runs = ['nano', 'micro'].map((scale) => plain(scale));
  const { by_its_rule, worth } = predictionJudges['cross-class-v4'](runs);
  assert.match(
    by_its_rule.value,
    /^Of 30 pairs of an easy and a hard task, the lowest RankMe orders/,
  );
  assert.ok(['replicates', 'partly'].includes(by_its_rule.verdict));
  assert.notEqual(worth.verdict, 'does not replicate');
  assert.match(worth.value, /Shuffled scores would give .* \(p . [\d.]+\)\. The best baseline, /);
  const swap = predictionJudges['swap-v1'](runs);
  assert.equal(swap.by_its_rule.verdict, 'cannot be judged');
});
