import { tf } from '../../environment/tensorflow';
import { Problem } from '../../files/problem';
import { refuseChanged } from '../../interventions/acting';
import { rankme } from '../../measures/rankme';
import { type Run, RunFolder } from '../run/run-folder';
import type { RunInfo } from '../run/run-info';
import { tasksOf } from './measure-run';
import { Subject, tensorOf, type Weights } from './subject';

/** What is left of one task where each last-layer state is replaced by the mean of its class. */
export interface ClassMeans {
  readonly task: string;
  /** Classes: task-levels times places in the answer. */
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
 * what a net can hold that knows the question's form and not its input. Where the mean is all there is, rank and loss
 * stay as they are.
 * @param step one whose weights the run has kept (`keep`).
 * @throws Problem where they were not kept, or the tasks are not the catalog's.
 *
 * ```ts
 * const live = await liveRun({ steps: 1000, keep: [260] });
 * table(classMeans(live, 260));
 * ```
 */
export function classMeans({ folder, info }: Run, step: number): ClassMeans[] {
  if (folder === '') throw new Problem('This run has no weights: train one with keep.');
  const weights = new RunFolder(folder).readWeights(step);
  const set = tasksOf(info, undefined, folder);
  refuseChanged(info, set, [step]);
  const subject = new Subject(info, set);
  try {
    subject.take(weights);
    return set.tasks.map(({ name }) => tf.tidy(() => ofTask(name, subject, info, weights)));
  } finally {
    subject.dispose();
  }
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
  const last = subject.answerStates(lines).slice([model.layers, 0, 0], [1, -1, -1]);
  const flat = last.squeeze<tf.Tensor2D>([0]);
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
