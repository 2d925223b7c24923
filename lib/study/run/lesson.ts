import { tf } from '../../environment/tensorflow';
import { Acting, type Acts } from '../../interventions/acting';
import type { Intervention } from '../../interventions/intervention';
import { batchTensors } from '../../model/batch';
import { parameterSpecs } from '../../model/parameters';
import { answerLoss, forward } from '../../model/transformer';
import { generator, pack, type TaskSet } from '../../tasks';
import type { Lesson, Phase } from '../../training/trainer';
import { nameOfRun } from './run-folder';
import type { RunSettings } from './run-info';

/** The lesson of a run: lines drawn anew for each update, packed; loss on the answers; what an intervention changes. */
export function studyLesson(
  { model, training }: RunSettings,
  set: TaskSet,
  intervention?: Intervention,
): Lesson & { readonly acting: Acting; tokensAt(step: number): number } {
  const { seed, batch } = training;
  const acting = new Acting(intervention, { model, seed, set });
  const drawn = (step: number) => set.batchAt(seed, step, batch);
  let latest = { step: 0, lines: [] as ReturnType<typeof drawn> };
  const linesAt = (step: number) => {
    if (latest.step !== step) latest = { step, lines: [...acting.at(step).lines(step, drawn)] };
    return latest.lines;
  };
  const phases = new Map<Acts, Phase>();
  const phaseOf = (acts: Acts): Phase => ({
    loss: (parameters, batch) => {
      const [inputs, targets, weights, positions, bias] = batch as tf.Tensor2D[];
      const { logits, states } = forward(model, parameters, inputs, positions, acts.watch);
      const scores = bias ? tf.add<tf.Tensor3D>(logits, bias) : logits;
      return acts.loss(answerLoss(scores, targets, weights), states[model.layers], weights);
    },
    frozen: acts.frozen,
  });
  return {
    acting,
    name: nameOfRun(training),
    specs: parameterSpecs(model, training),
    config: training,
    gaussian: () => {
      const random = generator(seed, 'initial weights');
      return () => random.gaussian();
    },
    batchAt: (step) => {
      const packed = pack(linesAt(step), model.context);
      const bias = acting.at(step).bias(linesAt(step), packed);
      const tensors: tf.Tensor[] = batchTensors(packed, model.context);
      return bias ? [...tensors, bias] : tensors;
    },
    /** Tokens of an update's lines, without padding. */
    tokensAt: (step) => linesAt(step).reduce((sum, { tokens }) => sum + tokens.length - 1, 0),
    phaseAt: (step) => {
      const acts = acting.at(step);
      const phase = phases.get(acts) ?? phaseOf(acts);
      phases.set(acts, phase);
      return phase;
    },
    // Five times the loss of guessing evenly: it has exploded.
    largestLoss: 5 * Math.log(model.vocabulary),
  };
}
