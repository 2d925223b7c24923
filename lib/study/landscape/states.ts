import { tf } from '../../environment/tensorflow';
import { Problem } from '../../files/problem';
import { isWhole, mustBe } from '../../files/range';
import { refuseChanged } from '../../interventions/acting';
import { rankme } from '../../measures/rankme';
import type { TaskSet } from '../../tasks';
import { loadRun, type Run, RunFolder } from '../run/run-folder';
import type { RunInfo } from '../run/run-info';
import type { GeometryRow } from '../run/tables';
import { tasksOf } from './measure-run';
import { Subject, tensorOf, type Weights } from './subject';

/** Kept weights of a run, by its name or folder. @throws Problem where there is no such run or no such weights. */
function keptWeights(given: string | Run, step: number) {
  const run = typeof given === 'string' ? loadRun(given) : given;
  if (run.folder === '') throw new Problem('This run has no weights: train one with keep.');
  return { run, weights: new RunFolder(run.folder).readWeights(step) };
}

/** Gives `use` a run with its weights of a step. @throws Problem also where the tasks are not those of the run. */
function atStep<T>(
  given: string | Run,
  step: number,
  tasks: TaskSet | undefined,
  use: (subject: Subject, info: RunInfo, weights: Weights) => T,
): T {
  const { run, weights } = keptWeights(given, step);
  const set = tasksOf(run.info, tasks, run.folder);
  refuseChanged(run.info, set, [step]);
  const subject = new Subject(run.info, set);
  try {
    subject.take(weights);
    return use(subject, run.info, weights);
  } finally {
    subject.dispose();
  }
}

/**
 * Kept weights of a run as tensors, by the parameters' names: `wte`, `h.0.attn.c_attn.w`, … (`parameterSpecs` lists them
 * with their shapes). To be disposed.
 *
 * ```ts
 * const weights = loadWeights('nano-s0', 206);
 * tf.norm(weights['h.0.mlp.c_fc.w']).print();
 * ```
 *
 * @param run a run, or its name or folder. @param step one whose weights were kept.
 * @throws Problem where there is no such run, or no such weights, naming the nearest.
 */
export function loadWeights(run: string | Run, step: number): Record<string, tf.Tensor> {
  const stored = Object.entries(keptWeights(run, step).weights);
  return Object.fromEntries(stored.map(([name, tensor]) => [name, tensorOf(tensor)]));
}

export interface StatesChoice {
  readonly task: string;
  readonly level: number;
  /** First so many of the level's fixed samples, 1 … 1,000; 200 by default. */
  readonly samples?: number;
  /** 0 = after the embeddings, 1…L = after each block; the last by default. */
  readonly layer?: number;
  /** `answer` = the positions that predict the answer and its end; `prompt` = the last prompt token, the first of these. */
  readonly position?: GeometryRow['position'];
  /** The set that the run was trained on, where its tasks are not the catalog's. */
  readonly tasks?: TaskSet;
}

/**
 * Hidden states of a run on fixed samples, one a row, `[n, D]`: sample after sample, and within a sample in the order of
 * its answer. The same states are behind RankMe and the probes. To be disposed.
 *
 * ```ts
 * const states = statesOf('nano-s0', 206, { task: 'MOD', level: 2, position: 'prompt' });
 * const { mean, variance } = tf.moments(states, 0); // a measure of one's own begins here
 * const [{ covarianceRankCentered }] = rankme(states.expandDims(0) as tf.Tensor3D);
 * ```
 *
 * @param run a run, or its name or folder. @param step one whose weights were kept.
 * @throws Problem where there is no such run or weights; RangeError for an unknown task, level, layer or number.
 */
export function statesOf(run: string | Run, step: number, choice: StatesChoice): tf.Tensor2D {
  return atStep(run, step, choice.tasks, (subject, { model }) => {
    const { task, level, samples = 200, layer = model.layers, position } = choice;
    const at = subject.set.level(task, level);
    const most = subject.set.samples(at).length;
    mustBe(isWhole(samples, 1, most), 'samples', samples, `an integer from 1 to ${most}`);
    if (!isWhole(layer, 0, model.layers)) {
      throw new RangeError(`layer is ${layer}: this run has the layers 0 to ${model.layers}.`);
    }
    const lines = subject.samples(at, samples);
    return tf.tidy(() => layerOf(subject.answerStates(lines, 'now', position), layer));
  });
}

/** One layer's states `[n, D]`. */
function layerOf(states: tf.Tensor3D, layer: number): tf.Tensor2D {
  return tf.slice(states, [layer, 0, 0], [1, -1, -1]).squeeze<tf.Tensor2D>([0]);
}

/** What is left of one task where each last-layer state is replaced by the mean of its class. */
export interface ClassMeans {
  readonly task: string;
  /** How many: task-levels times places in the answer. */
  readonly classes: number;
  /** Effective rank of the centered covariance: of the states, of their class means, of what the means leave out. */
  readonly rank: number;
  readonly rankOfMeans: number;
  readonly rankOfRest: number;
  /** Share of the states' variance that lies between classes, 0…1. */
  readonly between: number;
  /** Cross-entropy of the answer, nats per token: as it is, and read out from the class means. */
  readonly loss: number;
  readonly lossOfMeans: number;
}

/**
 * Replaces each answer-position state after the last block by the mean of its (task-level, place in the answer) class:
 * what a net can hold that knows the question's form and not its input.
 * @param step one whose weights the run has kept (`keep`).
 * @throws Problem where they were not kept, or the tasks are not the catalog's.
 *
 * ```ts
 * const live = await liveRun({ steps: 1000, keep: [260] });
 * table(classMeans(live, 260));
 * ```
 */
export function classMeans(run: Run, step: number): ClassMeans[] {
  return atStep(run, step, undefined, (subject, info, weights) =>
    subject.set.tasks.map(({ name }) => tf.tidy(() => ofTask(name, subject, info, weights))),
  );
}

function ofTask(task: string, subject: Subject, { model, samples }: RunInfo, weights: Weights) {
  const levels = subject.set.levels.filter((at) => at.task === task);
  const each = Math.ceil(samples.rankme / levels.length);
  const lines = levels.flatMap((at) =>
    subject.samples(at, each).map((line) => ({ ...line, level: at.level })),
  );
  const answers = lines.map(({ tokens, answerFrom }) => tokens.slice(answerFrom));
  const places = lines.flatMap(({ level }, line) => answers[line].map((_, i) => `${level} ${i}`));
  const classes = [...new Set(places)];
  const classOf = places.map((place) => classes.indexOf(place));
  const member = tf.oneHot(tf.tensor1d(classOf, 'int32'), classes.length) as tf.Tensor2D;
  const flat = layerOf(subject.answerStates(lines), model.layers);
  const sums = tf.matMul(member, flat, true);
  const means = tf.matMul(member, tf.div(sums, tf.sum(member, 0).expandDims(1)));
  const rest = tf.sub(flat, means);
  const [own, ofMeans, ofRest] = rankme(tf.stack([flat, means, rest]) as tf.Tensor3D);
  const spread = (x: tf.Tensor) => tf.sum(tf.square(tf.sub(x, tf.mean(x, 0, true)))).dataSync()[0];
  const loss = (given: tf.Tensor2D) => lossOf(given, weights, answers.flat());
  return {
    ...{ task, classes: classes.length, rank: own.covarianceRankCentered },
    rankOfMeans: ofMeans.covarianceRankCentered,
    rankOfRest: ofRest.covarianceRankCentered,
    between: spread(means) / spread(flat),
    loss: loss(flat),
    lossOfMeans: loss(means as tf.Tensor2D),
  };
}

/** Mean cross-entropy of the next tokens, read out from last-layer states `[n, D]`, in nats. */
function lossOf(states: tf.Tensor2D, weights: Weights, targets: number[]): number {
  const names = ['ln_f.g', 'ln_f.b', 'wte'];
  const [gain, shift, embeddings] = names.map((name) => tensorOf(weights[name]));
  const { mean, variance } = tf.moments(states, -1, true);
  const normed = tf.mul(tf.sub(states, mean), tf.rsqrt(tf.add(variance, 1e-5)));
  const last = tf.add(tf.mul(normed, gain), shift);
  const scores = tf.logSoftmax(tf.matMul(last, embeddings, false, true));
  const right = tf.oneHot(tf.tensor1d(targets, 'int32'), scores.shape[1]!);
  return -tf.sum(tf.mul(scores, right)).dataSync()[0] / targets.length;
}
