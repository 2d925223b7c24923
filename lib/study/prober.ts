import { compile } from '../compile';
import { tf } from '../environment/tensorflow';
import { linearProbes, type ProbeTarget } from '../measures/probes';
import { parameterSpecs } from '../model/parameters';
import type { ModelConfig } from '../model/scales';
import { forward } from '../model/transformer';
import { CONTEXT, diagnostics, type TaskLevel } from '../tasks';
import type { StoredTensor } from '../training/safetensors';
import { caught, finite } from './failure';
import type { ProbeRow } from './tables';

/** A model's weights by name: live tensors, or as a checkpoint stores them. */
export type Weights = Record<string, tf.Tensor | StoredTensor>;

/** Prompts are cut to a multiple of this; it divides the context. */
const LENGTHS = 12;

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
      (tokens, ...weights) => {
        const parameters = Object.fromEntries(names.map((name, i) => [name, weights[i]]));
        return forward(model, parameters, tokens as tf.Tensor2D).states;
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
    const n = this.samples;
    const { inputs, promptPosition } = diagnostics(at);
    return tf.tidy(() => {
      // What comes after the prompt does not change its states; few lengths, since each is compiled.
      const longest = Math.max(...promptPosition.subarray(0, n)) + 1;
      const used = Math.ceil(longest / LENGTHS) * LENGTHS;
      const rowsOf = (row: number) => inputs.subarray(row * CONTEXT, row * CONTEXT + used);
      const cut = new Int32Array(n * used);
      for (let row = 0; row < n; row++) cut.set(rowsOf(row), row * used);
      const tokens = tf.tensor2d(cut, [n, used], 'int32');
      const blocks = this.names.map((name) => {
        const weight = weights[name];
        return 'values' in weight ? tf.tensor(weight.values, [...weight.shape]) : weight;
      });
      const states = this.states(tokens, ...blocks) as tf.Tensor[];
      const places = Int32Array.from({ length: n }, (_, row) => row * used + promptPosition[row]);
      const rows = tf.tensor1d(places, 'int32');
      return tf.stack(
        states.map((state) => tf.gather(state.reshape([-1, this.model.width]), rows)),
      ) as tf.Tensor3D;
    });
  }
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
