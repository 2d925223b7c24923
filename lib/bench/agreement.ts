import { compile } from '../compile';
import { Problem } from '../environment/problem';
import { tf } from '../environment/tensorflow';
import { batchTensors } from '../model/batch';
import { modelConfig } from '../model/scales';
import { studySource } from '../study/source';
import { CONTEXT, VOCABULARY } from '../tasks';
import { trainingConfig } from '../training/config';
import { Trainer } from '../training/trainer';
import { plainGradient } from './plain-gradient';

/** How far compiled and plain were apart over a training. */
export interface Agreement {
  readonly scale: string;
  readonly steps: number;
  readonly batch: number;
  /** Largest difference of the losses, as a share of the plain one. */
  readonly loss: number;
  /** Largest norm of the difference of the gradients, as a share of the plain one's norm. */
  readonly gradient: number;
  /** Update at which the gradients were furthest apart. */
  readonly at: number;
}

/** What rounding in float32 may make of equal sums taken in another order. */
const MOST = 1e-5;

/**
 * Trains a scale at full depth in float32 and computes loss and gradient of every update's batch at the weights
 * of that update twice, compiled and operation by operation. The two never train apart: training amplifies
 * rounding, so that after some hundred updates two correct trainings need not be alike.
 * @throws Problem where losses or gradients differ by more than 1e-5, or this machine cannot compile.
 */
export function agreement(scale: string, steps: number, batch: number): Agreement {
  const { binding } = tf.backend() as unknown as { binding: { registerFunction?: unknown } };
  if (!binding.registerFunction) throw new Problem('Nothing is compiled here: see npm run doctor.');
  const config = trainingConfig({ scale, batch, steps: Math.max(200, steps) });
  const model = modelConfig(scale, VOCABULARY, CONTEXT);
  const source = studySource(config);
  const trainer = Trainer.start(model, config, source);
  const plain = plainGradient(model, trainer.parameters);
  const compiled = compile(plain, { name: `gradient (${scale})` });
  const worst = { loss: 0, gradient: 0, at: 0 };
  for (let step = 1; step <= steps; step++) {
    const [loss, gradient] = tf.tidy(() => {
      const tensors = batchTensors(source.batchAt(step), CONTEXT);
      const [ourLoss, ...ours] = compiled(...tensors);
      const [theirLoss, ...theirs] = plain(...tensors);
      const squares = (parts: tf.Tensor[]) =>
        tf.addN(parts.map((part) => tf.sum(tf.square(part)))).dataSync()[0];
      const apart = squares(ours.map((part, i) => tf.sub(part, theirs[i])));
      return [
        Math.abs(ourLoss.dataSync()[0] / theirLoss.dataSync()[0] - 1),
        Math.sqrt(apart / squares(theirs)),
      ];
    });
    worst.loss = Math.max(worst.loss, loss);
    if (gradient > worst.gradient) [worst.gradient, worst.at] = [gradient, step];
    // Written so that NaN fails.
    if (!(loss <= MOST && gradient <= MOST)) {
      throw new Problem(
        `${scale}: compiled and plain differ at update ${step}, the loss by ${loss} of itself, the gradient by ${gradient}.`,
      );
    }
    trainer.advance();
  }
  compiled.dispose();
  trainer.dispose();
  return { scale, steps, batch, ...worst };
}
