import { tf } from '../../environment/tensorflow';
import type { Acting, Acts } from '../../interventions/acting';
import { behavior } from '../../measures/behavior';
import { rankme } from '../../measures/rankme';
import type { ModelConfig } from '../../model/scales';
import type { Parameters } from '../../model/transformer';
import type { TaskLevel, TaskSet } from '../../tasks';
import { DiagnosticPass, type Seen } from './diagnostic-pass';
import { byLevelAt, type SampleCounts } from './run-info';
import type { BehaviorRow, GeometryRow, Tables } from './tables';

/** Rows for the tables at one step. */
export type MeasuredRows = Readonly<Pick<Tables, 'behavior' | 'geometry'>>;

/** Measures behavior and RankMe of a model on all task-levels of a set. */
export class Measurer {
  private pass: DiagnosticPass | undefined;
  private measuredWith: Acts | undefined;
  private readonly passWith: (acts?: Acts) => DiagnosticPass;
  /** Samples of a level behind the rank of its task with levels pooled, where that has the fewest levels. */
  private readonly pooled: number;

  /** @param parameters the live weights. @param acting an intervention, whose model is the one that is measured. */
  constructor(
    model: ModelConfig,
    parameters: Parameters,
    private readonly set: TaskSet,
    private readonly counts: SampleCounts,
    private readonly acting?: Acting,
  ) {
    const fewest = Math.min(...set.tasks.map(({ levels }) => levels.length));
    this.pooled = Math.ceil(counts.rankme / fewest);
    const { behavior, dense, rankme, lean } = counts;
    const withStates = lean ? this.pooled : rankme;
    const all = [behavior, dense, this.pooled, withStates];
    this.passWith = (acts) => new DiagnosticPass(model, parameters, set, all, withStates, acts);
  }

  /**
   * Rows for the tables at one step, or undefined where `signal` stopped the work.
   * @param dense true for a step between the paper's checkpoints, where fewer samples serve behavior.
   * @throws RangeError where the weights are not finite.
   */
  async measure(step: number, dense: boolean, signal?: AbortSignal) {
    const { counts } = this;
    const samples = dense ? counts.dense : counts.behavior;
    const byLevel = byLevelAt(counts, dense);
    return this.passAt(step).run(
      Math.max(samples, byLevel ? counts.rankme : this.pooled),
      (seen) => ({
        behavior: this.set.levels.map((at) => behaviorRow(step, at, seen, samples)),
        geometry: this.geometryRows(step, seen, byLevel),
      }),
      signal,
    );
  }

  dispose(): void {
    this.pass?.dispose();
  }

  /** The pass through the model as the next update will train it. */
  private passAt(step: number): DiagnosticPass {
    const acts = this.acting?.at(step + 1);
    const now = acts?.onModel ? acts : undefined;
    if (!this.pass || this.measuredWith !== now) {
      this.pass?.dispose();
      this.pass = this.passWith(now);
      this.measuredWith = now;
    }
    return this.pass;
  }

  private geometryRows(step: number, seen: Seen, byLevel: boolean): GeometryRow[] {
    const { rankme: samples, lean } = this.counts;
    const positions = lean ? (['answer'] as const) : (['prompt', 'answer'] as const);
    return this.set.tasks.flatMap(({ name: task }) => {
      const levels = this.set.levels.filter((at) => at.task === task);
      const share = Math.ceil(samples / levels.length);
      const pooled = positions.flatMap((position) =>
        rankRows(seen, levels, share, { step, task, level: undefined, position }),
      );
      if (lean) return pooled.slice(-1);
      if (!byLevel) return pooled;
      const each = positions.flatMap((position) =>
        levels.flatMap((at) =>
          rankRows(seen, [at], samples, { step, task, level: at.level, position }),
        ),
      );
      return [...each, ...pooled];
    });
  }
}

function behaviorRow(step: number, at: TaskLevel, seen: Seen, samples: number): BehaviorRow {
  const { accuracy, logProb, divergences } = behavior(seen.answers(at, samples));
  const [kl_token, kl_previous, kl_task, kl_level] = divergences;
  const { task, level } = at;
  const row = { step, task, level, samples, accuracy, log_prob: logProb };
  return { ...row, kl_token, kl_previous, kl_task, kl_level };
}

/** Rows of the layers, `from` one on, of the first `count` samples of some task-levels together. */
export function rankRows(
  seen: Seen,
  of: readonly TaskLevel[],
  count: number,
  where: Pick<GeometryRow, 'step' | 'task' | 'level' | 'position'>,
  from = 0,
): GeometryRow[] {
  return tf.tidy(() => {
    const states = of.map((at) => seen.states(at, count, where.position).slice([from, 0, 0]));
    return rankme(tf.concat(states, 1)).map((ranks, i) => ({
      ...where,
      layer: from + i,
      rankme: ranks.rankme,
      rankme_centered: ranks.rankmeCentered,
      covariance_rank: ranks.covarianceRank,
      covariance_rank_centered: ranks.covarianceRankCentered,
      mean_share: ranks.meanShare,
    }));
  });
}
