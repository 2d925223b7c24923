import { tf } from '../environment/tensorflow';
import { type FisherRank, fisherRankOfGram } from '../measures/fisher';
import { gradientCovarianceRank } from '../measures/gradient-covariance';
import { hessianTrace, topEigenvalue } from '../measures/hessian';
import { type Llc, type LlcChain, type LlcLoss, llcOfChains, llcSampler } from '../measures/llc';
import { AnswerGradients } from '../measures/operators/answer-gradients';
import { answerObjective, modelPoint } from '../measures/operators/answer-loss';
import { DeviceWalks } from '../measures/operators/device-walk';
import { hessianOperator } from '../measures/operators/hessian';
import type { Objective } from '../measures/operators/objective';
import { batchTensors } from '../model/batch';
import type { ModelConfig } from '../model/scales';
import { batchAt, CONTEXT, pack, packBatches, TASK_LEVELS, type TaskLevel } from '../tasks';
import { caught, finite } from './failure';
import { type LandscapeRows, type LandscapeUnit, landscapeUnits } from './landscape-plan';
import { type LandscapeSettings, landscapeSettings } from './landscape-settings';
import { Prober, type Weights } from './prober';
import type { LandscapeMeasure, LandscapeRow } from './tables';

/**
 * Seed of the sequences that the landscape is measured on. No run can have it, so these are fresh draws of
 * what the model is trained on, the same at every step of every run.
 */
export const LANDSCAPE_SEED = 2 ** 32;
/** A batch number for each part, so that parts share no draws. */
const DRAW = { fisher: 1, gradient: 2, hessian: 3, llc: 4 } as const;

/**
 * Fresh draws as an objective takes them, packed.
 * @param number of the draw; each number's are drawn apart.
 */
export function landscapeBatches(
  number: number,
  batches: number,
  size: number,
  among: readonly TaskLevel[] = TASK_LEVELS,
): tf.Tensor2D[][] {
  const sequences = batchAt(LANDSCAPE_SEED, number, batches * size, among);
  return packBatches(sequences, size).map((batch) => batchTensors(batch, CONTEXT));
}

/**
 * Measures a model's loss landscape and what linear probes read from its layers; always in float32. The loss
 * is the training's own, mean cross-entropy of answer tokens, on fresh draws of the training's mixture (of one
 * task-level where a row names one); for the Fisher matrix it is the sum over a sample's answer.
 */
export class Landscape {
  readonly settings: LandscapeSettings;
  private readonly mean: Objective;
  private readonly gradients: AnswerGradients;
  private readonly walks: DeviceWalks;
  private readonly prober: Prober;
  private readonly batches = new Map<string, tf.Tensor2D[][]>();

  /** @param settings those of the model's scale by default. */
  constructor(
    private readonly model: ModelConfig,
    settings: LandscapeSettings = landscapeSettings(model.scale),
  ) {
    this.settings = settings;
    this.mean = answerObjective(model);
    this.gradients = new AnswerGradients(model, this.mean);
    this.walks = new DeviceWalks(this.mean);
    this.prober = new Prober(model, settings.probes.samples);
  }

  /**
   * Rows of all that is planned at one step, or undefined where `signal` stopped the work. A measure that
   * fails has rows without a value, whose note gives the reason.
   *
   * @param weights a checkpoint's, or the live ones.
   * @param units what to measure; see {@link landscapeUnits}.
   * @param onUnit told before each unit, with how many are done.
   * @throws RangeError where the weights are those of another architecture, or not finite.
   */
  async measure(
    step: number,
    weights: Weights,
    units: readonly LandscapeUnit[] = landscapeUnits(),
    signal?: AbortSignal,
    onUnit?: (done: number, unit: LandscapeUnit) => void,
  ): Promise<LandscapeRows | undefined> {
    const point = modelPoint(this.model, weights);
    const rows: LandscapeRows = { landscape: [], probes: [] };
    for (const [done, unit] of units.entries()) {
      onUnit?.(done, unit);
      // Lets an interrupt through.
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted) return undefined;
      if (unit.part === 'probes') rows.probes.push(...this.prober.measure(step, weights, unit.at!));
      else if (!(await this.add(rows.landscape, step, point, unit, signal))) return undefined;
    }
    return rows;
  }

  /** Frees what was compiled, and the batches. */
  dispose(): void {
    for (const each of [this.mean, this.gradients, this.walks, this.prober]) each.dispose();
    tf.dispose([...this.batches.values()].flat(2));
    this.batches.clear();
  }

  private async add(
    rows: LandscapeRow[],
    step: number,
    point: Float32Array,
    { part, at }: LandscapeUnit,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const where = { step, task: at?.task ?? '', level: at?.level };
    const attempt = (names: readonly LandscapeMeasure[], measure: () => readonly Taken[]) => {
      const taken = caught(measure);
      names.forEach((name, i) => {
        const {
          value,
          spread,
          note = '',
        }: Partial<Taken> = typeof taken === 'string' ? { note: taken } : taken[i];
        rows.push({ ...where, measure: name, value, spread: finite(spread), note });
      });
    };
    if (part === 'fisher') {
      attempt(['fisher_rank', 'fisher_trace'], () => {
        const rank = this.fisherRank(point, at);
        return [rank, { value: rank.trace }];
      });
    } else if (part === 'gradient') {
      attempt(['gradient_rank', 'gradient_rank_leading', 'gradient_trace'], () => {
        const { batches, size } = this.settings.gradient;
        const ranks = gradientCovarianceRank(
          this.mean,
          point,
          this.draw(DRAW.gradient, batches, size),
        );
        return [ranks.all, ranks.leading, { value: ranks.all.trace }];
      });
    } else if (part === 'hessian') {
      const { batch: size, steps, probes } = this.settings.hessian;
      const hessian = () => {
        const [batch] = this.draw(DRAW.hessian, 1, size);
        return hessianOperator((moved) => this.mean.gradient(moved, batch), point);
      };
      attempt(['hessian_top', 'hessian_smallest'], () => {
        const top = topEigenvalue(hessian(), { steps });
        return [top, { value: top.smallest, note: 'an upper bound' }];
      });
      await new Promise((resolve) => setImmediate(resolve));
      attempt(['hessian_trace'], () => [hessianTrace(hessian(), { probes })]);
    } else {
      const chains: LlcChain[] = [];
      const sampler = caught(() => llcSampler(this.llcLoss(at), point, this.settings.llc));
      while (typeof sampler !== 'string' && chains.length < sampler.settings.chains) {
        await new Promise((resolve) => setImmediate(resolve));
        if (signal?.aborted) return false;
        chains.push(sampler.next());
      }
      attempt(['llc'], () => {
        if (typeof sampler === 'string') throw new RangeError(sampler);
        const llc = llcOfChains(sampler.initialLoss, chains, sampler.settings);
        return [{ value: llc.value, spread: llc.spread, note: llcNote(llc) }];
      });
    }
    return true;
  }

  /** The loss that SGLD samples: that of the mixture, or of one task-level. */
  llcLoss(at?: TaskLevel): LlcLoss {
    const { batches, size } = this.settings.llc;
    const drawn = this.draw(DRAW.llc, batches, size, at);
    return {
      size: this.mean.size,
      batches,
      gradient: (point, batch) => this.mean.gradient(point, drawn[batch]),
      loss: (point, batch) => this.mean.loss(point, drawn[batch]),
      walk: (start, options) => this.walks.start(drawn, start, options),
    };
  }

  private fisherRank(point: Float32Array, at: TaskLevel | undefined): FisherRank {
    const { mixture, task } = this.settings.fisher;
    const samples = at ? task : mixture;
    const packed = pack(batchAt(LANDSCAPE_SEED, DRAW.fisher, samples, at ? [at] : TASK_LEVELS));
    return fisherRankOfGram(this.gradients.gram(point, packed), samples);
  }

  private draw(number: number, batches: number, size: number, at?: TaskLevel): tf.Tensor2D[][] {
    const key = `${number} ${batches} ${size} ${at?.index}`;
    const known = this.batches.get(key);
    if (known) return known;
    const made = landscapeBatches(number, batches, size, at ? [at] : TASK_LEVELS);
    this.batches.set(key, made);
    return made;
  }
}

interface Taken {
  readonly value: number;
  readonly spread?: number;
  readonly note?: string;
}

/** What to know about a coefficient: chains that diverged, fell below the start or were still drifting. */
function llcNote({ chains, diverged, negative, samples }: Llc): string {
  const good = chains.filter((chain) => chain.diverged === undefined);
  const mean = (of: 'acceptance' | 'drift') =>
    good.reduce((sum, chain) => sum + chain[of] / samples, 0).toFixed(2);
  return [
    `acceptance ${mean('acceptance')}`,
    `drift ${mean('drift')}`,
    ...(diverged > 0 ? [`${diverged} of ${chains.length} chains diverged`] : []),
    ...(negative > 0 ? [`${negative} of ${chains.length} chains below the start`] : []),
  ].join('; ');
}
