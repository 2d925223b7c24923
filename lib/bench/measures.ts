import { tf } from '../environment/tensorflow';
import type { LangevinOptions } from '../measures/algorithms/langevin';
import { fisherRank, fisherRankOfGram } from '../measures/fisher';
import { gradientCovarianceRank } from '../measures/gradient-covariance';
import { hessianTrace, topEigenvalue } from '../measures/hessian';
import { localLearningCoefficient } from '../measures/llc';
import { AnswerGradients } from '../measures/operators/answer-gradients';
import { answerObjective, modelPoint } from '../measures/operators/answer-loss';
import { DeviceWalks } from '../measures/operators/device-walk';
import { hessianOperator } from '../measures/operators/hessian';
import { singleTensors } from '../model/batch';
import { LANDSCAPE_SEED, landscapeBatches } from '../study/landscape';
import { landscapeSettings } from '../study/landscape-settings';
import { Measurer } from '../study/measurer';
import { Prober } from '../study/prober';
import { batchAt, CONTEXT, pack, TASK_LEVELS } from '../tasks';
import type { Trainer } from '../training/trainer';
import { benchOptions, whole } from './options';
import { parameterCount, subject } from './subject';
import { median, timed as timeOf } from './turns';

const USAGE = `npm run bench -- measures [--scales nano,micro] [--json]

Times every measure of a checkpoint against the training step of its scale.

  --scales NAME,…         scales to time (default nano,micro)
  --warm N                updates before (default 30)
  --json                  print the rows as JSON`;

/** What one measure costs at one scale. */
export interface MeasureCost {
  readonly scale: string;
  /** Numbers in the model, P. */
  readonly parameters: number;
  readonly measure: string;
  /** What its cost grows with: samples, mini-batches, Lanczos steps, probes or draws; see `counts`. */
  readonly count: number;
  readonly counts: string;
  readonly milliseconds: number;
  /** The same in training steps of the scale, timed just before and after. */
  readonly steps: number;
  /** What it may cost in training steps at nano, with the study's own settings; undefined without a target. */
  readonly target: number | undefined;
}

export interface MeasureBenchOptions {
  /** Nano and micro by default. */
  readonly scales?: readonly string[];
  /** Updates before the weights are measured: cost hardly depends on them, save for how soon Lanczos ends. */
  readonly warm?: number;
  /** Told after each measurement. */
  readonly onMeasure?: (cost: MeasureCost) => void;
}

/** Costs in training steps that the study allows at nano. */
const TARGETS: Record<string, number> = {
  'Fisher rank': 60,
  'gradient rank': 60,
  'top eigenvalue': 120,
  LLC: 600,
};

/** `npm run bench -- measures`: prints what the measures cost here, in training steps. */
export async function benchMeasures(argv: string[]): Promise<number> {
  const values = benchOptions(argv, USAGE, {
    scales: { type: 'string', default: 'nano,micro' },
    warm: { type: 'string', default: '30' },
  });
  if (!values) return 0;
  const warm = whole('warm', values.warm);
  const rows = await measureCosts({
    ...{ scales: values.scales.split(','), warm },
    onMeasure: ({ scale, measure, count, milliseconds, steps }) =>
      process.stderr.write(
        `${scale}: ${measure}, ${count}: ${milliseconds.toFixed(0)} ms, ${steps.toFixed(1)} steps\n`,
      ),
  });
  process.stdout.write(values.json ? `${JSON.stringify(rows, null, 2)}\n` : measuresTable(rows));
  return 0;
}

/** One thing to time, at a growing count; the last count is the study's own. */
interface Timed {
  readonly measure: string;
  readonly counts: string;
  readonly at: readonly number[];
  run(count: number): unknown;
}

/**
 * Times every measure against the training step of its scale, each at two counts of what its cost grows with,
 * the second being the study's own setting.
 * @throws RangeError for an unknown scale.
 */
export async function measureCosts({
  scales = ['nano', 'micro'],
  warm = 30,
  onMeasure,
}: MeasureBenchOptions = {}): Promise<MeasureCost[]> {
  const rows: MeasureCost[] = [];
  for (const scale of scales) {
    const { trainer } = subject(scale, 128, true, false);
    for (let i = 0; i < warm; i++) trainer.advance();
    const { timed, dispose } = await measuresOf(scale, trainer);
    for (const { measure, counts, at, run } of timed) {
      for (const count of at) {
        const before = stepTimes(trainer);
        const start = performance.now();
        await run(count);
        const milliseconds = performance.now() - start;
        const step = median([...before, ...stepTimes(trainer)]);
        const own = scale === 'nano' && count === at.at(-1);
        rows.push({
          ...{ scale, parameters: parameterCount(trainer), measure, count, counts, milliseconds },
          steps: milliseconds / step,
          target: own ? TARGETS[measure] : undefined,
        });
        onMeasure?.(rows.at(-1)!);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    dispose();
    trainer.dispose();
  }
  return rows;
}

/** The measures of one model, with everything compiled. */
async function measuresOf(scale: string, trainer: Trainer) {
  const { model } = trainer;
  const { fisher, gradient, hessian, llc, probes } = landscapeSettings(scale);
  const point = modelPoint(model, trainer.parameters);
  const [mean, sum] = [answerObjective(model), answerObjective(model, 'sum')];
  const made: tf.Tensor[] = [];
  const drawn = (number: number, batches: number, size: number) => {
    const result = landscapeBatches(number, batches, size);
    made.push(...result.flat());
    return result;
  };
  const sequences = batchAt(LANDSCAPE_SEED, 1, fisher.mixture);
  const singles = singleTensors(sequences, CONTEXT);
  made.push(...singles.flat());
  const gradients = new AnswerGradients(model, mean);
  const fisherOf = (count: number) => {
    const numbers = count * CONTEXT;
    const packed = pack({
      inputs: sequences.inputs.subarray(0, numbers),
      targets: sequences.targets.subarray(0, numbers),
      weights: sequences.weights.subarray(0, numbers),
    });
    return fisherRankOfGram(gradients.gram(point, packed), count);
  };
  const batches = drawn(2, gradient.batches, gradient.size);
  const [fixed] = drawn(3, 1, hessian.batch);
  const chain = drawn(4, llc.batches, llc.size);
  const operator = hessianOperator((at) => mean.gradient(at, fixed), point);
  const prober = new Prober(model, probes.samples);
  const measurer = new Measurer(model, trainer.parameters, { behavior: 200, rankme: 200 });
  const walks = new DeviceWalks(mean);
  const sampled = {
    size: point.length,
    batches: llc.batches,
    gradient: (at: Float64Array, batch: number) => mean.gradient(at, chain[batch]),
    loss: (at: Float64Array, batch: number) => mean.loss(at, chain[batch]),
    walk: (at: Float64Array, options: LangevinOptions) => walks.start(chain, at, options),
  };
  const timed: Timed[] = [
    {
      ...{ measure: 'RankMe and behavior', counts: 'task-levels of 200 samples' },
      ...{ at: [TASK_LEVELS.length], run: () => measurer.measure(0) },
    },
    {
      ...{ measure: 'probes', counts: `task-levels of ${probes.samples} samples` },
      at: [6, 24],
      run: (count) => {
        for (const at of TASK_LEVELS.slice(0, count)) prober.measure(0, trainer.parameters, at);
      },
    },
    {
      ...{ measure: 'Fisher rank', counts: 'samples', at: [60, 120, fisher.mixture] },
      run: fisherOf,
    },
    {
      ...{ measure: 'Fisher rank from gradients', counts: 'samples', at: [60, fisher.mixture] },
      run: (count) => fisherRank(sum, point, singles.slice(0, count)),
    },
    {
      ...{ measure: 'gradient rank', counts: `mini-batches of ${gradient.size}` },
      at: [gradient.batches / 4, gradient.batches],
      run: (count) => gradientCovarianceRank(mean, point, batches.slice(0, count)),
    },
    {
      ...{ measure: 'top eigenvalue', counts: 'Lanczos steps at most' },
      at: [hessian.steps / 4, hessian.steps],
      run: (count) => topEigenvalue(operator, { steps: count }),
    },
    {
      ...{ measure: 'Hessian trace', counts: 'probes', at: [2, hessian.probes] },
      run: (count) => hessianTrace(operator, { probes: count }),
    },
    {
      ...{ measure: 'LLC', counts: 'chains', at: [1, llc.chains] },
      run: (count) => localLearningCoefficient(sampled, point, { ...llc, chains: count }),
    },
  ];
  // Compiled before anything is timed.
  await measurer.measure(0);
  for (const at of TASK_LEVELS) prober.measure(0, trainer.parameters, at);
  mean.gradient(point, batches[0]);
  localLearningCoefficient(sampled, point, { ...llc, chains: 1, draws: 2, burnIn: 0 });
  for (const single of singles.slice(0, TASK_LEVELS.length)) sum.gradient(point, single);
  fisherOf(TASK_LEVELS.length);
  return {
    timed,
    dispose: () => {
      for (const each of [mean, sum, gradients, walks, prober, measurer]) each.dispose();
      tf.dispose(made);
    },
  };
}

/** The costs as text: a table a scale, then how they grow. */
export function measuresTable(rows: readonly MeasureCost[]): string {
  const scales = [...new Set(rows.map(({ scale }) => scale))];
  const lines = scales.flatMap((scale) => {
    const own = rows.filter((row) => row.scale === scale);
    const step = median(own.map(({ milliseconds, steps }) => milliseconds / steps));
    return [
      '',
      `${scale}, ${own[0].parameters} parameters; a training step of 128 sequences takes ${step.toFixed(0)} ms`,
      ...own.map(
        ({ measure, count, counts, milliseconds, steps, target }) =>
          `${measure.padEnd(20)} ${String(count).padStart(4)} ${counts.padEnd(27)}` +
          `${milliseconds.toFixed(0).padStart(8)} ms ${steps.toFixed(1).padStart(7)} steps` +
          `${target === undefined ? '' : `  (target ${target}: ${steps <= target ? 'met' : 'missed'})`}`,
      ),
    ];
  });
  return [...lines, '', ...growth(rows), ''].join('\n');
}

/** Exponents of growth: 1 is proportional. */
function growth(rows: readonly MeasureCost[]): string[] {
  const measures = [...new Set(rows.map(({ measure }) => measure))];
  const exponent = (a: MeasureCost, b: MeasureCost, of: 'count' | 'parameters') =>
    (Math.log(b.milliseconds / a.milliseconds) / Math.log(b[of] / a[of])).toFixed(2);
  return measures.map((measure) => {
    const own = rows.filter((row) => row.measure === measure);
    const first = own.filter(({ scale }) => scale === own[0].scale);
    const [fewest, most] = [first[0], first.at(-1)!];
    const larger = own.filter(({ count }) => count === most.count).at(-1)!;
    return (
      `${measure.padEnd(20)} grows` +
      `${fewest.count === most.count ? '' : ` as count^${exponent(fewest, most, 'count')}`}` +
      `${larger.parameters === most.parameters ? '' : ` as parameters^${exponent(most, larger, 'parameters')}`}`
    );
  });
}

function stepTimes(trainer: Trainer): number[] {
  return Array.from({ length: 4 }, () => timeOf(() => trainer.advance()));
}
