import { tf } from '../../environment/tensorflow';
import { Problem } from '../../files/problem';
import { refuseChanged } from '../../interventions/acting';
import { rankme } from '../../measures/rankme';
import { taskSet } from '../../tasks';
import { DiagnosticPass } from './diagnostic-pass';
import { type Run, RunFolder } from './run-folder';

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
 * @throws Problem where they were not kept, RangeError for tasks outside the catalog.
 *
 * ```ts
 * const live = await liveRun({ steps: 1000, keep: [260] });
 * table(await classMeans(live, 260));
 * ```
 */
export async function classMeans(
  { folder, info }: Pick<Run, 'folder' | 'info'>,
  step: number,
): Promise<ClassMeans[]> {
  if (folder === '') throw new Problem('This run has no weights: train one with keep.');
  const weights = new RunFolder(folder).readWeights(step);
  const { model, samples, tasks } = info;
  const set = taskSet(tasks.names, tasks.format);
  refuseChanged(info, set, [step]);
  const parameters = Object.fromEntries(
    Object.entries(weights).map(([name, { values, shape }]) => [
      name,
      tf.tensor(values, [...shape]),
    ]),
  );
  const each = Math.ceil(samples.rankme / 3);
  const pass = new DiagnosticPass(model, parameters, set, each, each);
  try {
    const found = await pass.run(false, (seen) =>
      set.tasks.map(({ name: task }) =>
        tf.tidy(() => {
          const levels = set.levels.filter((at) => at.task === task);
          const places = levels.flatMap((at) =>
            set
              .samples(at)
              .slice(0, each)
              .flatMap((question) => {
                const { tokens, answerFrom } = set.sequence(at, question);
                return tokens
                  .slice(answerFrom)
                  .map((target, i) => ({ name: `${at.level} ${i}`, target }));
              }),
          );
          const names = [...new Set(places.map(({ name }) => name))];
          const classOf = places.map(({ name }) => names.indexOf(name));
          const states = tf.concat(
            levels.map((at) =>
              seen.states(at, each, 'answer').slice([model.layers, 0, 0], [1, -1, -1]),
            ),
            1,
          );
          const flat = states.squeeze([0]) as tf.Tensor2D;
          const member = tf.oneHot(tf.tensor1d(classOf, 'int32'), names.length) as tf.Tensor2D;
          const sums = tf.matMul(member, flat, true);
          const means = tf.matMul(member, tf.div(sums, tf.sum(member, 0).expandDims(1)));
          const rest = tf.sub(flat, means);
          const [own, ofMeans, ofRest] = rankme(tf.stack([flat, means, rest]) as tf.Tensor3D);
          const variance = (x: tf.Tensor) =>
            tf.sum(tf.square(tf.sub(x, tf.mean(x, 0, true)))).dataSync()[0];
          const targets = places.map(({ target }) => target);
          return {
            ...{ task, classes: names.length, rank: own.covarianceRankCentered },
            rankOfMeans: ofMeans.covarianceRankCentered,
            rankOfRest: ofRest.covarianceRankCentered,
            between: variance(means) / variance(flat),
            loss: lossOf(flat, parameters, targets),
            lossOfMeans: lossOf(means as tf.Tensor2D, parameters, targets),
          };
        }),
      ),
    );
    return found!;
  } finally {
    pass.dispose();
    tf.dispose(parameters);
  }
}

/** Mean cross-entropy of the next tokens, read out from last-layer states `[n, D]`, in nats. */
function lossOf(states: tf.Tensor2D, parameters: tf.NamedTensorMap, targets: number[]): number {
  const { mean, variance } = tf.moments(states, -1, true);
  const normed = tf.mul(tf.sub(states, mean), tf.rsqrt(tf.add(variance, 1e-5)));
  const last = tf.add(tf.mul(normed, parameters['ln_f.g']), parameters['ln_f.b']) as tf.Tensor2D;
  const scores = tf.logSoftmax(tf.matMul(last, parameters.wte as tf.Tensor2D, false, true));
  const right = tf.oneHot(tf.tensor1d(targets, 'int32'), scores.shape[1]!);
  return -tf.sum(tf.mul(scores, right)).dataSync()[0] / targets.length;
}
