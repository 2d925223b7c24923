import { compile } from '../../compile';
import { tf } from '../../environment/tensorflow';
import { batchTensors } from '../../model/batch';
import { parameterSpecs } from '../../model/parameters';
import type { ModelConfig } from '../../model/scales';
import { answerLossSum, forward, type Watch } from '../../model/transformer';
import type { PackedSequences } from '../../tasks';
import { type GradientGrams, PAPER_PARAMETERS } from '../gradient-rank';
import type { Objective } from './objective';

/** Rows of a batch that go through the model at once, so that one shape is compiled. */
const ROWS = 16;
/** Rows of a matrix of token pairs that are made at once. */
const BLOCK = 1024;

/**
 * Inner products of the gradients of many sequences' log-probabilities, without the gradients. What a token adds to the
 * gradient of a weight matrix is the outer product of the layer's input and of the loss's derivative in its output, so
 * the inner product of two tokens' parts is that of the inputs times that of the derivatives (Goodfellow 2015, arXiv
 * 1510.01799; Novak, Sohl-Dickstein & Schoenholz 2022, arXiv 2206.08720). One pass over packed sequences gives both.
 */
export class AnswerGradients {
  private readonly layers: ReturnType<typeof layersOf>;
  private readonly compiled: ReturnType<typeof compile>;

  /** @param objective the model's, for how a point is laid out. */
  constructor(
    private readonly config: ModelConfig,
    private readonly objective: Pick<Objective, 'split' | 'upload'>,
  ) {
    this.layers = layersOf(config);
    this.compiled = compile((flat, ...batch) => this.pass(flat, batch as tf.Tensor2D[]), {
      name: `layers' derivatives (${config.scale})`,
    });
  }

  /**
   * Gram matrices of the gradients, N × N: products in float32, sums over layers in float64.
   * @param point P numbers.
   * @param batch N sequences, packed, R rows.
   * @param leading parameters of the second matrix, from the first on; the paper's 50,000 by default.
   * @throws RangeError for a point of another size.
   */
  gram(
    point: ArrayLike<number>,
    batch: PackedSequences,
    leading = PAPER_PARAMETERS,
  ): GradientGrams {
    const { owners, positions } = batch;
    const N = owners.reduce((most, owner) => Math.max(most, owner), -1) + 1;
    const tokens = [...owners.keys()].filter((at) => owners[at] >= 0);
    const grams = { all: new Float64Array(N * N), leading: new Float64Array(N * N) };
    const add = (gram: Float64Array) => (part: tf.Tensor2D) => {
      part.dataSync().forEach((value, at) => {
        gram[at] += value;
      });
    };
    tf.tidy(() => {
      const seen = this.seen(this.objective.upload(point), batch);
      const oneHot = (values: Int32Array, depth: number) => {
        const chosen = tf.tensor1d(Int32Array.from(tokens, (at) => values[at]));
        return tf.oneHot(chosen, depth, 1, 0, 'float32') as tf.Tensor2D;
      };
      const owner = oneHot(owners, N);
      let before = 0;
      for (const { name, shape } of parameterSpecs(this.config)) {
        const size = shape.reduce((a, b) => a * b);
        const layer = name.replace(/\.[gbw]$/, '');
        const [input, derivative] = [seen[`inputs ${layer}`], seen[`derivatives ${layer}`]];
        /** Numbers of this parameter that are among the leading ones. */
        const within = Math.min(size, Math.max(0, leading - before));
        tf.tidy(() => {
          if (shape.length === 1) {
            // Vectors are few numbers: their gradients are made as they are.
            const part = name.endsWith('.g') ? tf.mul(derivative, input) : derivative;
            const gradients = tf.matMul(owner, part as tf.Tensor2D, true);
            const first = tf.slice(gradients, [0, 0], [N, within]);
            add(grams.all)(tf.matMul(gradients, gradients, false, true));
            if (within > 0) add(grams.leading)(tf.matMul(first, first, false, true));
            return;
          }
          // The gradient of a matrix is Σ aᵢ ⊗ bᵢ over tokens, and of the token embedding, which is used at both ends,
          // over twice as many.
          let [owns, a, b] = [owner, input, derivative];
          if (name === 'wpe') a = oneHot(positions, this.config.context);
          if (name === 'wte') {
            owns = tf.concat([owner, owner]);
            a = tf.concat([oneHot(batch.inputs, this.config.vocabulary), derivative]);
            b = tf.concat([seen['derivatives wpe'], input]);
          }
          const addAll = (part: tf.Tensor2D) => {
            add(grams.all)(part);
            if (within === size) add(grams.leading)(part);
          };
          addPairs(addAll, owns, a, b);
          if (within === size) return;
          // The leading numbers of a matrix are whole rows of it and the beginning of one.
          const [rows, columns] = [Math.floor(within / shape[1]), within % shape[1]];
          const part = (x: tf.Tensor2D, from: number, count: number) =>
            tf.slice(x, [0, from], [x.shape[0], count]);
          const addLeading = add(grams.leading);
          if (rows > 0) addPairs(addLeading, owns, part(a, 0, rows), b);
          if (columns > 0) addPairs(addLeading, owns, part(a, rows, 1), part(b, 0, columns));
        });
        before += size;
      }
    });
    return grams;
  }

  /** Frees what was compiled. */
  dispose(): void {
    this.compiled.dispose();
  }

  /** `inputs <layer>` and `derivatives <layer>` at the tokens that have an owner, `[M, …]`. */
  private seen(point: tf.Tensor1D, batch: PackedSequences): Record<string, tf.Tensor2D> {
    const { context } = this.config;
    const all = batchTensors(batch, context);
    const found: Record<string, tf.Tensor2D[]> = {};
    for (let row = 0; row < all[0].shape[0]; row += ROWS) {
      const part = batch.owners.subarray(row * context, (row + ROWS) * context);
      const own = [...part.keys()].filter((at) => part[at] >= 0);
      if (own.length === 0) continue;
      tf.tidy(() => {
        const rows = all.map((tensor) => {
          const some = tf.slice(tensor, row, Math.min(ROWS, tensor.shape[0] - row));
          // The last rows are filled up with padding.
          return tf.pad(some, [
            [0, ROWS - some.shape[0]],
            [0, 0],
          ]);
        });
        const results = this.compiled(point, ...rows);
        const tokens = tf.tensor1d(own, 'int32');
        for (const [key, tensor] of Object.entries(results as Record<string, tf.Tensor2D>)) {
          (found[key] ??= []).push(tf.keep(tf.gather(tensor, tokens)));
        }
      });
    }
    const joined = Object.entries(found).map(([key, parts]) => [key, tf.concat(parts)]);
    tf.dispose(found);
    return Object.fromEntries(joined);
  }

  /** One pass forth and back, as operations: `inputs <layer>` and `derivatives <layer>`, `[R · T, …]` each. */
  private pass(flat: tf.Tensor, batch: readonly tf.Tensor2D[]): Record<string, tf.Tensor> {
    const [tokens, targets, weights, positions] = batch;
    const [R, T] = tokens.shape;
    const inputs: [string, tf.Tensor][] = [];
    const loss = (...shifts: tf.Tensor[]) => {
      const parameters = this.objective.split(flat);
      const watch: Watch = (layer, input, output) => {
        if (input) inputs.push([`inputs ${layer}`, tf.keep(input)]);
        const shift = shifts[this.layers.findIndex(({ name }) => name === layer)];
        // A derivative in what is added to an output is that in the output.
        return shift ? tf.add(output, shift) : output;
      };
      const { logits } = forward(this.config, parameters, tokens, positions, watch);
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

/** The places in the model where parameters act on tokens, and how many numbers a token has after each. */
function layersOf(config: ModelConfig): { readonly name: string; readonly width: number }[] {
  return parameterSpecs(config).flatMap(({ name, shape }) => {
    if (name === 'wte') return [{ name, width: config.vocabulary }];
    if (name === 'wpe') return [{ name, width: config.width }];
    return name.endsWith('.b') ? [{ name: name.slice(0, -2), width: shape[0] }] : [];
  });
}

/**
 * Adds ⟨aᵢ ⊗ bᵢ, aⱼ ⊗ bⱼ⟩ of all pairs of rows, summed over their owners.
 * @param add takes N × N parts. @param owners one-hot `[K, N]`. @param a `[K, A]`. @param b `[K, B]`.
 */
function addPairs(
  add: (part: tf.Tensor2D) => void,
  owners: tf.Tensor2D,
  a: tf.Tensor2D,
  b: tf.Tensor2D,
): void {
  const K = a.shape[0];
  const part = (first: number, last: number) =>
    [a, b, owners].map((all) => tf.slice(all, [first, 0], [last - first, all.shape[1]]));
  for (let from = 0; from < K; from += BLOCK) {
    const to = Math.min(from + BLOCK, K);
    const products = (start: number, end: number) => {
      const [rows, columns] = [part(from, to), part(start, end)];
      const pairs = [0, 1].map((i) => tf.matMul(rows[i], columns[i], false, true));
      const both = tf.mul(pairs[0], pairs[1]) as tf.Tensor2D;
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
