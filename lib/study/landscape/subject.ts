import { compile } from '../../compile';
import { tf } from '../../environment/tensorflow';
import type { StoredTensor } from '../../files/safetensors';
import type { SampledLoss } from '../../measures/algorithms/sgld';
import { AnswerGradients } from '../../measures/operators/answer-gradients';
import { DeviceWalks } from '../../measures/operators/device-walk';
import { answerObjective, modelPoint } from '../../measures/operators/objective';
import { batchTensors } from '../../model/batch';
import { initialParameters, parameterSpecs } from '../../model/parameters';
import { forward } from '../../model/transformer';
import { pack, type Sequence, type TaskLevel, type TaskSet } from '../../tasks';
import { chunksOf, LineStates } from '../run/diagnostic-pass';
import { studyLesson } from '../run/lesson';
import type { RunSettings } from '../run/run-info';
import type { GeometryRow } from '../run/tables';
import type { Place } from './place';

/** A model's weights by name. */
export type Weights = Record<string, StoredTensor>;

/** A stored tensor on the device; to be disposed. */
export function tensorOf({ shape, values }: StoredTensor): tf.Tensor {
  return tf.tensor(values, [...shape]);
}

/** Seed of the lines that are measured on, fresh draws that are the same at every step: no run can have it. */
const LANDSCAPE_SEED = 2 ** 32;

/**
 * What parts of the landscape measure: a model, its weights of the moment, and samples of its tasks. What is compiled and
 * drawn for one step serves the next. Lines are drawn by number; each part has its own.
 */
export class Subject {
  /** The weights as one flat point, P numbers. */
  point: Float32Array = new Float32Array(0);
  private weights: Weights = {};
  private readonly kept = new Map<string, unknown>();
  private readonly made: { dispose(): void }[] = [];

  /**
   * @param run its model and training, whose seed gives the untrained net.
   * @param pause lets interrupts through; throws where the work is to stop.
   */
  constructor(
    private readonly run: RunSettings,
    readonly set: TaskSet,
    readonly pause: () => Promise<void> = async () => {},
  ) {}

  get model() {
    return this.run.model;
  }

  /** Sets the weights to measure. @throws RangeError for those of another model, or not finite. */
  take(weights: Weights): void {
    this.point = modelPoint(this.model, weights);
    this.weights = weights;
  }

  /** The training's loss, mean cross-entropy of answer tokens in nats. */
  get loss() {
    return this.tool('loss', () => answerObjective(this.model));
  }

  /** Inner products of per-sample gradients. */
  get gradients() {
    return this.tool('gradients', () => new AnswerGradients(this.model, this.loss));
  }

  /** Fresh lines of a place, packed into one batch that knows which token is whose. */
  packed(draw: number, lines: number, place: Place) {
    return pack(this.lines(draw, lines, place), this.model.context);
  }

  /** Fresh lines of a place as the loss takes them, in batches of one shape. They are kept; do not dispose them. */
  batches(draw: number, count: number, size: number, place: Place): tf.Tensor[][] {
    return this.once(`batches ${draw} ${count} ${size} ${place.task} ${place.level}`, () => {
      const lines = this.lines(draw, count * size, place);
      const { context } = this.model;
      const starts = Array.from({ length: count }, (_, i) => i * size);
      const batches = starts.map((start) => lines.slice(start, start + size));
      // Few numbers of rows, so that few shapes are compiled.
      const step = Math.max(4, Math.ceil(size / 8));
      const lengths = batches.map((batch) => pack(batch, context, step).inputs.length);
      const rows = Math.max(...lengths) / context;
      const tensors = batches.map((batch) => batchTensors(pack(batch, context, rows), context));
      this.made.push({ dispose: () => tf.dispose(tensors) });
      return tensors;
    });
  }

  /** The loss on fresh lines of a place as SGLD samples it, by mini-batches. */
  sampled(draw: number, count: number, size: number, place: Place): SampledLoss {
    const batches = this.batches(draw, count, size, place);
    const walks = this.tool('walks', () => new DeviceWalks(this.loss));
    return {
      batches: count,
      loss: (point, batch) => this.loss.loss(point, batches[batch]),
      walk: (center, options) => walks.start(batches, center, options),
    };
  }

  /** The first of a level's fixed samples; all by default. */
  samples(at: TaskLevel, count?: number): Sequence[] {
    const questions = this.set.samples(at).slice(0, count);
    return questions.map((question) => this.set.sequence(at, question));
  }

  /** The first different ones of them. */
  different(at: TaskLevel, count: number): Sequence[] {
    const lines = this.samples(at);
    return [...new Map(lines.map((line) => [String(line.tokens), line])).values()].slice(0, count);
  }

  /** Hidden states `[L + 1, n, D]` where lines predict the answer and its end, line after line. To be disposed. */
  answerStates(
    lines: readonly Sequence[],
    weights: 'now' | 'untrained' = 'now',
    position: GeometryRow['position'] = 'answer',
  ): tf.Tensor3D {
    const names = parameterSpecs(this.model).map(({ name }) => name);
    const pass = this.tool('states', () =>
      compile(
        (...inputs) => {
          const [tokens, positions, ...values] = inputs as tf.Tensor2D[];
          const parameters = Object.fromEntries(names.map((name, i) => [name, values[i]]));
          const { states } = forward(this.model, parameters, tokens, positions);
          return tf.stack(states).reshape([states.length, -1, this.model.width]);
        },
        { name: `hidden states (${this.model.scale})` },
      ),
    );
    return tf.tidy(() => {
      const from = weights === 'now' ? this.weights : this.untrained();
      const values = names.map((name) => tensorOf(from[name]));
      const states = new LineStates<Sequence>();
      for (const chunk of chunksOf(lines, this.model.context)) {
        const ofChunk = pass(...chunk.inputs, ...values) as tf.Tensor;
        states.add(chunk, ofChunk);
        tf.dispose(ofChunk);
      }
      try {
        return states.of(lines, position);
      } finally {
        states.dispose();
      }
    });
  }

  /** What is made once and kept under a name: say, what is measured of the untrained net. */
  once<T>(name: string, make: () => T): T {
    if (!this.kept.has(name)) this.kept.set(name, make());
    return this.kept.get(name) as T;
  }

  dispose(): void {
    for (const each of this.made.splice(0)) each.dispose();
    this.kept.clear();
  }

  private lines(draw: number, count: number, { levels }: Place): Sequence[] {
    return this.set.batchAt(LANDSCAPE_SEED, draw, count, levels);
  }

  /** The run's own start. */
  private untrained(): Weights {
    return this.once('untrained', () => {
      const { specs, gaussian } = studyLesson(this.run, this.set);
      const values = initialParameters(specs, gaussian());
      const all = specs.map(({ name, shape }) => [name, { shape, values: values[name] }]);
      return Object.fromEntries(all);
    });
  }

  private tool<T extends { dispose(): void }>(name: string, make: () => T): T {
    return this.once(`tool ${name}`, () => {
      const tool = make();
      this.made.push(tool);
      return tool;
    });
  }
}
