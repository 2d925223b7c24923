import { tf } from '../environment/tensorflow';
import { Problem } from '../files/problem';
import type { ModelConfig } from '../model/scales';
import type { Watch } from '../model/transformer';
import { answerPlaces, type PackedSequences, type TaskSet, VOCABULARY } from '../tasks';
import { interventionOf } from './catalog';
import {
  type Changes,
  type Intervention,
  type Learner,
  type Line,
  partsOf,
  type StoredIntervention,
} from './intervention';

/** What acts at an update; the same object as long as the same parts do. */
export class Acts {
  constructor(private readonly changes: readonly Changes[]) {}

  /** True where the model itself is another: it is then measured so. */
  get onModel(): boolean {
    return this.changes.some(({ bias, watch }) => bias || watch);
  }

  /** The lines of an update. */
  lines(step: number, drawn: (step: number) => readonly Line[]): readonly Line[] {
    const all = this.changes.flatMap(({ lines }) => lines ?? []);
    return all.reduce<typeof drawn>((before, lines) => (at) => lines(at, before), drawn)(step);
  }

  /** The bias on the logits `[R, T, V]` of packed lines; undefined where there is none. */
  bias(lines: readonly Line[], packed: PackedSequences): tf.Tensor3D | undefined {
    const biases = this.changes.flatMap(({ bias }) => bias ?? []);
    if (biases.length === 0) return undefined;
    const values = new Float32Array(packed.inputs.length * VOCABULARY);
    for (const [i, line] of lines.entries()) {
      for (const [token, place] of answerPlaces(line).entries()) {
        const offset = (packed.starts[i] + place) * VOCABULARY;
        for (const bias of biases) {
          bias(line.at, token, line.tokens[place])?.forEach((value, v) => {
            values[offset + v] += value;
          });
        }
      }
    }
    return tf.tensor3d(values, [packed.inputs.length / packed.context, packed.context, VOCABULARY]);
  }

  /** Undefined where nothing looks into the forward pass. */
  get watch(): Watch | undefined {
    const watches = this.changes.flatMap(({ watch }) => watch ?? []);
    if (watches.length === 0) return undefined;
    return (layer, input, output) =>
      watches.reduce((changed, watch) => watch(layer, input, changed), output);
  }

  /** The loss with what is added to it. @param states after the last block `[R, T, D]`. @param weights `[R, T]`. */
  loss(answers: tf.Scalar, states: tf.Tensor3D, weights: tf.Tensor2D): tf.Scalar {
    const flat = states.reshape<tf.Tensor2D>([-1, states.shape[2]]);
    const all = this.changes.flatMap(({ penalty }) => penalty ?? []);
    return all.reduce(
      (loss, penalty) => tf.add(loss, penalty(flat, weights.flatten())).asScalar(),
      answers,
    );
  }

  /** True for a parameter that stays as it is. */
  readonly frozen = (name: string): boolean =>
    this.changes.some(({ frozen }) => frozen?.(name) ?? false);
}

/** The parts of an intervention by the updates at which they act. */
export class Acting {
  private readonly parts: readonly { from: number; until: number; changes: Changes }[];
  private readonly known = new Map<string, Acts>();

  constructor(intervention: Intervention | undefined, learner: Learner) {
    this.parts = partsOf(intervention).map((part) => {
      const { from = 0, until = Number.POSITIVE_INFINITY } = part.settings;
      return { from, until, changes: part.changes(learner) };
    });
  }

  /** What acts at an update, from 1. The model after update n is measured as update n + 1 will train it. */
  at(update: number): Acts {
    const now = this.parts.map(({ from, until }) => from < update && update <= until);
    const key = now.join();
    const changes = this.parts.flatMap((part, i) => (now[i] ? part.changes : []));
    const acts = this.known.get(key) ?? new Acts(changes);
    this.known.set(key, acts);
    return acts;
  }
}

/** @throws Problem for steps at which a run's intervention is part of the net, so that the weights alone are not it. */
export function refuseChanged(
  run: { intervention: StoredIntervention | null; model: ModelConfig; training: { seed: number } },
  set: TaskSet,
  steps: readonly number[],
): void {
  if (!run.intervention) return;
  const learner = { model: run.model, set, seed: run.training.seed };
  const acting = new Acting(interventionOf(run.intervention), learner);
  const changed = steps.find((step) => acting.at(step + 1).onModel);
  if (changed === undefined) return;
  throw new Problem(
    `At step ${changed} "${run.intervention.name}" is part of the net, and this looks at the weights alone: choose a ` +
      'step after its window, or a run without it.',
  );
}
