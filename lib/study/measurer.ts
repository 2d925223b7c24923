import { requireFloat32 } from '../environment/float32';
import { tf } from '../environment/tensorflow';
import { behavior } from '../measures/behavior';
import { rankme } from '../measures/rankme';
import type { ModelConfig } from '../model/scales';
import type { Parameters } from '../model/transformer';
import { DiagnosticPass, type LevelSeen } from './diagnostic-pass';
import type { BehaviorRow, GeometryRow } from './tables';

/** How many diagnostic samples of each task-level are looked at. */
export interface SampleCounts {
  /** For accuracy and log-probability. */
  readonly behavior: number;
  /** For RankMe; the paper's 200. */
  readonly rankme: number;
}

/** Measures behavior and RankMe of a model on all 24 task-levels; always in float32. */
export class Measurer {
  private readonly pass: DiagnosticPass;

  /**
   * @param parameters the live weights: each measurement sees them as they are then.
   * @throws Problem where the environment forbids float32, RangeError where more samples are asked for than the diagnostic sets hold.
   */
  constructor(
    model: ModelConfig,
    parameters: Parameters,
    private readonly counts: SampleCounts,
  ) {
    requireFloat32();
    this.pass = new DiagnosticPass(model, parameters, Math.max(counts.behavior, counts.rankme));
  }

  /**
   * Rows for the tables at one step, or undefined where `signal` stopped the work.
   * @throws RangeError where the weights are not finite.
   */
  async measure(
    step: number,
    signal?: AbortSignal,
  ): Promise<{ behavior: BehaviorRow[]; geometry: GeometryRow[] } | undefined> {
    const found: { index: number; behavior: BehaviorRow; geometry: GeometryRow[] }[] = [];
    const whole = await this.pass.run((seen) => {
      const { index } = seen.at;
      found.push({
        index,
        behavior: this.behaviorOf(step, seen),
        geometry: this.geometryOf(step, seen),
      });
    }, signal);
    if (!whole) return undefined;
    found.sort((a, b) => a.index - b.index);
    return {
      behavior: found.map((level) => level.behavior),
      geometry: found.flatMap((level) => level.geometry),
    };
  }

  dispose(): void {
    this.pass.dispose();
  }

  private behaviorOf(step: number, { at, answers, targets, logits }: LevelSeen): BehaviorRow {
    const rows = answers.slice(0, this.counts.behavior);
    const longest = Math.max(...rows.map(({ length }) => length));
    // Shorter answers are filled up with positions that do not count.
    const filled = (values: readonly (readonly number[])[]) =>
      rows.map((_, row) => Array.from({ length: longest }, (_, i) => values[row][i] ?? 0));
    const shape: [number, number] = [rows.length, longest];
    const { accuracy, logProb } = behavior(
      tf.gather(logits, tf.tensor2d(filled(answers), shape, 'int32')) as tf.Tensor as tf.Tensor3D,
      tf.tensor2d(filled(targets), shape, 'int32'),
      tf.tensor2d(filled(rows.map((own) => own.map(() => 1))), shape),
    );
    const { task, level } = at;
    return { step, task, level, accuracy, log_prob: logProb };
  }

  private geometryOf(step: number, { at, answers, states }: LevelSeen): GeometryRow[] {
    const { task, level } = at;
    const rows = answers.slice(0, this.counts.rankme);
    const positions = { prompt: rows.map(([first]) => first), answer: rows.flat() };
    return (['prompt', 'answer'] as const).flatMap((position) => {
      const chosen = tf.gather(states, tf.tensor1d(positions[position], 'int32'), 1);
      return rankme(chosen).map(({ raw, centered }, layer) => ({
        ...{ step, task, level, layer, position },
        ...{ rankme: raw, rankme_centered: centered },
      }));
    });
  }
}
