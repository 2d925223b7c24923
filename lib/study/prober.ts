import { compile } from '../compile';
import { tf } from '../environment/tensorflow';
import { linearProbes, type ProbeTarget } from '../measures/probes';
import { parameterSpecs } from '../model/parameters';
import type { ModelConfig } from '../model/scales';
import { forward } from '../model/transformer';
import { CONTEXT, diagnostics, PAD, pack, type TaskLevel } from '../tasks';
import type { StoredTensor } from '../training/safetensors';
import { caught, finite } from './failure';
import type { ProbeRow } from './tables';

/** A model's weights by name: live tensors, or as a checkpoint stores them. */
export type Weights = Record<string, tf.Tensor | StoredTensor>;

/** Packed rows that go through the model at once, so that one shape is compiled. */
const ROWS = 32;

/**
 * Trains linear probes on each layer's state at the last prompt token, where the model must know its answer:
 * can the task-level's probed property (`probe` in lib/tasks; say, the sum's last digit) be read from it?
 */
export class Prober {
  private readonly names: readonly string[];
  private readonly states: ReturnType<typeof compile>;

  /** @param samples diagnostic samples of a task-level, three quarters to fit and one to test. */
  constructor(
    private readonly model: ModelConfig,
    private readonly samples: number,
  ) {
    const names = parameterSpecs(model).map(({ name }) => name);
    this.names = names;
    this.states = compile(
      (tokens, positions, ...weights) => {
        const parameters = Object.fromEntries(names.map((name, i) => [name, weights[i]]));
        return forward(model, parameters, tokens as tf.Tensor2D, positions as tf.Tensor2D).states;
      },
      { name: `hidden states (${model.scale})` },
    );
  }

  /** A row a layer; where probes fail, rows without an accuracy whose note gives the reason. */
  measure(step: number, weights: Weights, at: TaskLevel): ProbeRow[] {
    const layers = Array.from({ length: this.model.layers + 1 }, (_, layer) => layer);
    const probes = caught(() => {
      const target = probeTarget(at, this.samples);
      const states = this.statesOf(weights, at);
      try {
        return linearProbes(
          states,
          layers.map(() => target),
        );
      } finally {
        states.dispose();
      }
    });
    return layers.map((layer) => {
      const probe = typeof probes === 'string' ? undefined : probes[layer];
      return {
        ...{ step, task: at.task, level: at.level, layer },
        ...{ accuracy: probe?.value, chance: probe?.chance, control: probe?.control },
        spread: finite(probe?.spread),
        note: typeof probes === 'string' ? probes : '',
      };
    });
  }

  /** Frees what was compiled. */
  dispose(): void {
    this.states.dispose();
  }

  /** Each layer's state at the last prompt token of the first samples, `[L + 1, n, D]`. */
  private statesOf(weights: Weights, at: TaskLevel): tf.Tensor3D {
    const { inputs, positions, ends } = packedPrompts(at, this.samples);
    const different = [...new Set(ends)].sort((a, b) => a - b);
    const rank = new Map(different.map((place, i) => [place, i]));
    const size = ROWS * CONTEXT;
    return tf.tidy(() => {
      const blocks = this.names.map((name) => {
        const weight = weights[name];
        return 'values' in weight ? tf.tensor(weight.values, [...weight.shape]) : weight;
      });
      const seen: tf.Tensor3D[] = [];
      for (let from = 0; from < inputs.length; from += size) {
        const chunk = [inputs, positions].map((values) =>
          tf.tensor2d(values.subarray(from, from + size), [ROWS, CONTEXT], 'int32'),
        );
        const own = different
          .filter((place) => place >= from && place < from + size)
          .map((place) => place - from);
        const states = this.states(...chunk, ...blocks) as tf.Tensor[];
        const rows = tf.tensor1d(own, 'int32');
        seen.push(
          tf.stack(
            states.map((state) => tf.gather(state.reshape([size, this.model.width]), rows)),
          ) as tf.Tensor3D,
        );
        tf.dispose(states);
      }
      const places = tf.tensor1d(
        ends.map((place) => rank.get(place)!),
        'int32',
      );
      return tf.gather(tf.concat(seen, 1), places, 1);
    });
  }
}

/** Prompts of the first samples, equal ones once, in packed rows, and where in them each sample's last token is. */
function packedPrompts(at: TaskLevel, samples: number) {
  const { inputs, promptPosition, examples } = diagnostics(at);
  const first = examples.slice(0, samples);
  const different = [...new Map(first.map(({ prompt }, i) => [prompt, i]))];
  const prompts = new Int32Array(different.length * CONTEXT).fill(PAD);
  for (const [row, [, sample]] of different.entries()) {
    const from = sample * CONTEXT;
    prompts.set(inputs.subarray(from, from + promptPosition[sample] + 1), row * CONTEXT);
  }
  // Nothing is to be predicted: a prompt's own tokens tell how long it is.
  const all = { inputs: prompts, targets: prompts, weights: new Float32Array(prompts.length) };
  const packed = pack(all, 0, ROWS);
  const ends = new Map(
    different.map(([prompt, sample], i) => [prompt, packed.starts[i] + promptPosition[sample]]),
  );
  return { ...packed, ends: first.map(({ prompt }) => ends.get(prompt)!) };
}

/**
 * The probed property of the first samples of a task-level; equal prompts are one group.
 * @throws RangeError for more samples than there are.
 */
function probeTarget(at: TaskLevel, samples: number): ProbeTarget {
  const { examples, labels } = diagnostics(at);
  if (samples > examples.length) {
    throw new RangeError(
      `${samples} samples of ${at.task} ${at.level} are asked for, and there are ${examples.length}.`,
    );
  }
  const groups = new Map<string, number>();
  return {
    labels: labels.subarray(0, samples),
    classes: at.probe.classes,
    groups: examples.slice(0, samples).map(({ prompt }) => {
      if (!groups.has(prompt)) groups.set(prompt, groups.size);
      return groups.get(prompt)!;
    }),
  };
}
