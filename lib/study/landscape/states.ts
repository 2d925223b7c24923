import { tf } from '../../environment/tensorflow';
import { refuseChanged } from '../../interventions/acting';
import { answerPlaces, type TaskSet } from '../../tasks';
import { loadRun, type Run, RunFolder } from '../run/run-folder';
import { tasksOf } from './measure-run';
import { Subject, tensorOf } from './subject';

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
  const { folder } = typeof run === 'string' ? loadRun(run) : run;
  const stored = Object.entries(new RunFolder(folder).readWeights(step));
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
  readonly position?: 'prompt' | 'answer';
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
  const { folder, info } = typeof run === 'string' ? loadRun(run) : run;
  const { task, level, samples = 200, layer = info.model.layers, position = 'answer' } = choice;
  const set = tasksOf(info, choice.tasks, folder);
  refuseChanged(info, set, [step]);
  const at = set.level(task, level);
  const most = set.samples(at).length;
  if (!Number.isInteger(samples) || samples < 1 || samples > most) {
    throw new RangeError(`samples is ${samples}: it must be an integer from 1 to ${most}.`);
  }
  if (!Number.isInteger(layer) || layer < 0 || layer > info.model.layers) {
    throw new RangeError(`layer is ${layer}: this run has the layers 0 to ${info.model.layers}.`);
  }
  const subject = new Subject(info, set);
  try {
    subject.take(new RunFolder(folder).readWeights(step));
    return tf.tidy(() => {
      const places = position === 'prompt' ? 1 : undefined;
      const all = subject.statesAt(subject.samples(at, samples), (line) =>
        answerPlaces(line).slice(0, places),
      );
      return tf.slice(all, [layer, 0, 0], [1, -1, -1]).squeeze<tf.Tensor2D>([0]);
    });
  } finally {
    subject.dispose();
  }
}
