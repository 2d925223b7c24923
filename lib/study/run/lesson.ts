import type { tf } from '../../environment/tensorflow';
import { batchTensors } from '../../model/batch';
import { parameterSpecs } from '../../model/parameters';
import { answerLoss, forward } from '../../model/transformer';
import { generator, pack, type TaskSet } from '../../tasks';
import type { Lesson, Phase } from '../../training/trainer';
import { nameOfRun } from './run-folder';
import type { RunSettings } from './run-info';

/** A loss this many times that of guessing evenly has exploded. */
const EXPLODED = 5;

/** The lesson of a run of the study: lines of its tasks, drawn anew for each update, packed; loss on the answers alone. */
export function studyLesson(
  { model, training }: RunSettings,
  set: TaskSet,
): Lesson & { tokensAt(step: number): number } {
  const { seed, batch } = training;
  let latest = { step: 0, lines: set.batchAt(seed, 0, 1) };
  const linesAt = (step: number) => {
    if (latest.step !== step) latest = { step, lines: set.batchAt(seed, step, batch) };
    return latest.lines;
  };
  const phase: Phase = {
    loss: (parameters, [inputs, targets, weights, positions]) => {
      const { logits } = forward(
        model,
        parameters,
        inputs as tf.Tensor2D,
        positions as tf.Tensor2D,
      );
      return answerLoss(logits, targets as tf.Tensor2D, weights as tf.Tensor2D);
    },
  };
  return {
    name: nameOfRun(training),
    specs: parameterSpecs(model, training),
    config: training,
    gaussian: () => {
      const random = generator(seed, 'initial weights');
      return () => random.gaussian();
    },
    batchAt: (step) => batchTensors(pack(linesAt(step), model.context), model.context),
    /** Tokens of an update's lines, without padding. */
    tokensAt: (step) => linesAt(step).reduce((sum, { tokens }) => sum + tokens.length - 1, 0),
    phaseAt: () => phase,
    largestLoss: EXPLODED * Math.log(model.vocabulary),
  };
}
