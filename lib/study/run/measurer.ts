import { tf } from '../../environment/tensorflow';
import type { Acting, Acts } from '../../interventions/acting';
import { behavior } from '../../measures/behavior';
import { rankme } from '../../measures/rankme';
import type { ModelConfig } from '../../model/scales';
import type { Parameters } from '../../model/transformer';
import { RUNGS, type TaskLevel, type TaskSet } from '../../tasks';
import { DiagnosticPass, type Seen } from './diagnostic-pass';
import type { SampleCounts } from './run-info';
import type { BehaviorRow, GeometryRow } from './tables';

/** Rows for the tables at one step. */
export interface MeasuredRows {
  readonly behavior: BehaviorRow[];
  readonly geometry: GeometryRow[];
}

const POSITIONS = ['prompt', 'answer'] as const;

/** Measures behavior and RankMe of a model on all task-levels of a set. */
export class Measurer {
  private pass: DiagnosticPass | undefined;
  private measuredWith: Acts | undefined;

  /**
   * @param parameters the live weights: each measurement sees them as they are then.
   * @param acting an intervention: what it changes of the model is measured with it.
   */
  constructor(
    private readonly model: ModelConfig,
    private readonly parameters: Parameters,
    private readonly set: TaskSet,
    private readonly counts: SampleCounts,
    private readonly acting?: Acting,
  ) {}

  /**
   * Rows for the tables at one step, or undefined where `signal` stopped the work.
   * @param dense true for a step between the paper's checkpoints, where fewer samples serve behavior.
   * @throws RangeError where the weights are not finite.
   */
  async measure(
    step: number,
    dense: boolean,
    signal?: AbortSignal,
  ): Promise<MeasuredRows | undefined> {
    const { counts, pooled } = this;
    const samples = dense ? counts.dense : counts.behavior;
    const byLevel = !counts.lean && (!dense || counts.dense >= counts.rankme);
    return this.passAt(step).run(
      Math.max(samples, byLevel ? counts.rankme : pooled),
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

  /** Samples of a task-level behind the rank of its whole task, where that has the fewest levels. */
  private get pooled(): number {
    return this.pooledOf(Math.min(...this.set.tasks.map(({ levels }) => levels.length)));
  }

  private pooledOf(levels: number): number {
    return Math.ceil(this.counts.rankme / levels);
  }

  /** The pass through the model as the next update will train it. */
  private passAt(step: number): DiagnosticPass {
    const acts = this.acting?.at(step + 1);
    const now = acts?.onModel ? acts : undefined;
    if (!this.pass || this.measuredWith !== now) {
      this.pass?.dispose();
      const { behavior, dense, rankme, lean } = this.counts;
      const withStates = lean ? this.pooled : rankme;
      const counts = [behavior, dense, this.pooled, withStates];
      this.pass = new DiagnosticPass(
        this.model,
        this.parameters,
        this.set,
        counts,
        withStates,
        now,
      );
      this.measuredWith = now;
    }
    return this.pass;
  }

  private geometryRows(step: number, seen: Seen, byLevel: boolean): GeometryRow[] {
    return this.set.tasks.flatMap(({ name }) => {
      const levels = this.set.levels.filter(({ task }) => task === name);
      const { rankme: samples, lean } = this.counts;
      const pooledAt = (position: (typeof POSITIONS)[number]) =>
        rowsOf({ step, task: name, level: undefined, position }, () =>
          tf.concat(
            levels.map((at) => seen.states(at, this.pooledOf(levels.length), position)),
            1,
          ),
        );
      if (lean) return pooledAt('answer').slice(-1);
      const pooled = POSITIONS.flatMap(pooledAt);
      if (!byLevel) return pooled;
      const each = POSITIONS.flatMap((position) =>
        levels.flatMap((at) =>
          rowsOf({ step, task: name, level: at.level, position }, () =>
            seen.states(at, samples, position),
          ),
        ),
      );
      return [...each, ...pooled];
    });
  }
}

function behaviorRow(step: number, at: TaskLevel, seen: Seen, samples: number): BehaviorRow {
  const { accuracy, logProb, divergences } = behavior(seen.answers(at, samples));
  const [kl_token, kl_previous, kl_task, kl_level] = RUNGS.map((_, rung) => divergences[rung]);
  const { task, level } = at;
  const row = { step, task, level, samples, accuracy, log_prob: logProb };
  return { ...row, kl_token, kl_previous, kl_task, kl_level };
}

/** Rows of all layers of one stack of states `[L + 1, n, D]`, which is freed. */
export function rowsOf(
  where: Pick<GeometryRow, 'step' | 'task' | 'level' | 'position'>,
  states: () => tf.Tensor3D,
): GeometryRow[] {
  return tf.tidy(() =>
    rankme(states()).map((ranks, layer) => ({
      ...where,
      layer,
      rankme: ranks.rankme,
      rankme_centered: ranks.rankmeCentered,
      covariance_rank: ranks.covarianceRank,
      covariance_rank_centered: ranks.covarianceRankCentered,
      mean_share: ranks.meanShare,
    })),
  );
}
