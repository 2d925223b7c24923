import { compile } from '../../compile';
import { requireFloat32 } from '../../environment/float32';
import { tf } from '../../environment/tensorflow';
import { type Batch, batchTensors } from '../../model/batch';
import { parameterSpecs } from '../../model/parameters';
import type { ModelConfig } from '../../model/scales';
import { answerLossSum, forward } from '../../model/transformer';
import type { Objective } from './objective';

/** Packed rows whose tokens say which sequence they are of. */
export interface OwnedBatch extends Required<Batch> {
  /** `R · T` numbers from 0 to N − 1; −1 for padding. */
  readonly owners: Int32Array;
}

/** Rows of a batch that go through the model at once, so that one shape is compiled. */
const ROWS = 16;
/** Rows of a matrix of token pairs that are made at once. */
const BLOCK = 1024;

/**
 * Inner products of the gradients of many sequences' log-probabilities, without the gradients. What a token adds to the
 * gradient of a weight matrix is the outer product of the layer's input and of the loss's derivative in its output, so
 * the inner product of two tokens' parts is that of the inputs times that of the derivatives (as for single norms:
 * Goodfellow 2015, arXiv 1510.01799; for kernels, the structured derivatives of Novak, Sohl-Dickstein & Schoenholz 2022,
 * arXiv 2206.08720). One pass forth and back over packed sequences gives both; the gradients would take one each, and as
 * many numbers as the model has parameters.
 */
export class AnswerGradients {
  private readonly layers: readonly Layer[];
  private readonly compiled: ReturnType<typeof compile>;

  /** @param objective the model's, for how a point is laid out. */
  constructor(
    private readonly config: ModelConfig,
    private readonly objective: Pick<Objective, 'split' | 'upload'>,
  ) {
    requireFloat32();
    this.layers = layersOf(config);
    this.compiled = compile((flat, ...batch) => this.pass(flat, batch as tf.Tensor2D[]), {
      name: `layers' derivatives (${config.scale})`,
    });
  }

  /**
   * Gram matrix of the gradients, N × N, in all parameters: products in float32, sums over layers in float64.
   * @param point P numbers.
   * @param batch N sequences, packed, R rows.
   * @throws RangeError for a point of another size.
   */
  gram(point: ArrayLike<number>, batch: OwnedBatch): Float64Array {
    const { owners } = batch;
    const N = owners.reduce((most, owner) => Math.max(most, owner), -1) + 1;
    const tokens = [...owners.keys()].filter((at) => owners[at] >= 0);
    const gram = new Float64Array(N * N);
    tf.tidy(() => {
      const { inputs, derivatives } = this.seen(this.objective.upload(point), batch);
      const oneHot = (values: Int32Array, depth: number) => {
        const chosen = tf.tensor1d(
          tokens.map((at) => values[at]),
          'int32',
        );
        return tf.oneHot(chosen, depth, 1, 0, 'float32') as tf.Tensor2D;
      };
      const owner = oneHot(owners, N);
      const add = (part: tf.Tensor2D) => {
        part.dataSync().forEach((value, at) => {
          gram[at] += value;
        });
      };
      for (const { name, kind } of this.layers) {
        tf.tidy(() => {
          const [input, derivative] = [inputs[name], derivatives[name]];
          if (kind === 'linear') {
            addPairs(add, owner, input, derivative, 1);
          } else if (kind === 'norm') {
            // Its parameters are vectors: few numbers, made as they are.
            for (const part of [derivative, tf.mul(derivative, input) as tf.Tensor2D]) {
              const gradients = tf.matMul(owner, part, true);
              add(tf.matMul(gradients, gradients, false, true));
            }
          } else if (name === 'wpe') {
            addPairs(add, owner, oneHot(batch.positions, this.config.context), derivative);
          } else {
            // The token embedding is used at both ends: its gradient has two products for each token.
            const known = oneHot(batch.inputs, this.config.vocabulary);
            addPairs(
              add,
              tf.concat([owner, owner]),
              tf.concat([known, derivative]),
              tf.concat([derivatives.wpe, input]),
            );
          }
        });
      }
    });
    return gram;
  }

  /** Frees what was compiled. */
  dispose(): void {
    this.compiled.dispose();
  }

  /** Input and derivative of each layer at the tokens that have an owner, `[M, …]`. */
  private seen(point: tf.Tensor1D, { inputs, targets, weights, positions, owners }: OwnedBatch) {
    const T = this.config.context;
    const size = ROWS * T;
    const found: Record<'inputs' | 'derivatives', Record<string, tf.Tensor2D[]>> = {
      inputs: {},
      derivatives: {},
    };
    for (let from = 0; from < owners.length; from += size) {
      // The last rows are filled up with padding.
      const part = <A extends Int32Array | Float32Array>(values: A, into: A) => {
        into.set(values.subarray(from, from + size));
        return into;
      };
      const own = [...owners.subarray(from, from + size).keys()].filter(
        (at) => owners[from + at] >= 0,
      );
      if (own.length === 0) continue;
      tf.tidy(() => {
        const batch = batchTensors(
          {
            inputs: part(inputs, new Int32Array(size)),
            targets: part(targets, new Int32Array(size)),
            weights: part(weights, new Float32Array(size)),
            positions: part(positions, new Int32Array(size)),
          },
          T,
        );
        const results = this.compiled(point, ...batch) as Record<string, tf.Tensor2D>;
        const tokens = tf.tensor1d(own, 'int32');
        for (const [key, tensor] of Object.entries(results)) {
          const [kind, name] = key.split(' ') as ['inputs' | 'derivatives', string];
          found[kind][name] ??= [];
          found[kind][name].push(tf.keep(tf.gather(tensor, tokens)));
        }
      });
    }
    const joined = (parts: Record<string, tf.Tensor2D[]>) =>
      Object.fromEntries(
        Object.entries(parts).map(([name, tensors]) => {
          const all = tf.concat(tensors);
          tf.dispose(tensors);
          return [name, all];
        }),
      );
    return { inputs: joined(found.inputs), derivatives: joined(found.derivatives) };
  }

  /** One pass forth and back, as operations: `inputs <layer>` and `derivatives <layer>`, `[R · T, …]` each. */
  private pass(flat: tf.Tensor, batch: readonly tf.Tensor2D[]): Record<string, tf.Tensor> {
    const [tokens, targets, weights, positions] = batch;
    const [R, T] = tokens.shape;
    const inputs: [string, tf.Tensor][] = [];
    const loss = (...shifts: tf.Tensor[]) => {
      const parameters = this.objective.split(flat);
      const { logits } = forward(
        this.config,
        parameters,
        tokens,
        positions,
        (layer, input, output) => {
          if (input) inputs.push([`inputs ${layer}`, tf.keep(input)]);
          const shift = shifts[this.layers.findIndex(({ name }) => name === layer)];
          // A derivative in what is added to an output is that in the output.
          return shift ? tf.add(output, shift) : output;
        },
      );
      return answerLossSum(logits, targets, weights);
    };
    const zeros = this.layers.map(({ width }) => tf.zeros([R * T, width]));
    const derivatives = tf.grads(loss)(zeros);
    const results = Object.fromEntries([
      ...inputs.map(([key, input]) => [key, tf.clone(input)]),
      ...this.layers.map(({ name }, i) => [`derivatives ${name}`, derivatives[i]]),
    ]);
    tf.dispose(inputs.map(([, input]) => input));
    return results;
  }
}

/** A place in the model where parameters act on tokens, and how many numbers a token has after it. */
interface Layer {
  readonly name: string;
  readonly kind: 'linear' | 'norm' | 'embedding';
  readonly width: number;
}

function layersOf(config: ModelConfig): Layer[] {
  return parameterSpecs(config).flatMap(({ name, shape }): Layer[] => {
    const layer = name.slice(0, -2);
    if (name === 'wte') return [{ name, kind: 'embedding', width: config.vocabulary }];
    if (name === 'wpe') return [{ name, kind: 'embedding', width: config.width }];
    if (name.endsWith('.w')) return [{ name: layer, kind: 'linear', width: shape[1] }];
    return name.endsWith('.g') ? [{ name: layer, kind: 'norm', width: shape[0] }] : [];
  });
}

/**
 * Adds ⟨aᵢ ⊗ bᵢ, aⱼ ⊗ bⱼ⟩ of all pairs of rows, summed over their owners; a bias beside the weights is one more number in
 * each row of a, equal to 1.
 * @param add takes N × N parts. @param owners one-hot `[K, N]`. @param a `[K, A]`. @param b `[K, B]`.
 */
function addPairs(
  add: (part: tf.Tensor2D) => void,
  owners: tf.Tensor2D,
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  bias = 0,
): void {
  const K = a.shape[0];
  for (let from = 0; from < K; from += BLOCK) {
    const to = Math.min(from + BLOCK, K);
    const products = (start: number, end: number) => {
      const [rows, columns] = [
        [from, to],
        [start, end],
      ].map(([first, last]) =>
        [a, b, owners].map((all) => tf.slice(all, [first, 0], [last - first, all.shape[1]])),
      );
      const pairs = [0, 1].map((i) => tf.matMul(rows[i], columns[i], false, true));
      const both = tf.mul(bias ? tf.add(pairs[0], bias) : pairs[0], pairs[1]) as tf.Tensor2D;
      return tf.matMul(tf.matMul(rows[2], both, true), columns[2]) as tf.Tensor2D;
    };
    tf.tidy(() => add(products(from, to)));
    if (to === K) continue;
    tf.tidy(() => {
      const off = products(to, K);
      add(tf.add(off, tf.transpose(off)) as tf.Tensor2D);
    });
  }
}
