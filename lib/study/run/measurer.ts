import { tf } from '../../environment/tensorflow';
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
  private readonly pass: DiagnosticPass;

  /** @param parameters the live weights: each measurement sees them as they are then. */
  constructor(
    model: ModelConfig,
    parameters: Parameters,
    private readonly set: TaskSet,
    private readonly counts: SampleCounts,
  ) {
    const { behavior: most, dense, rankme: states } = counts;
    const first = Math.max(dense, states);
    this.pass = new DiagnosticPass(model, parameters, set, Math.max(most, first), first);
  }

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
    const samples = dense ? this.counts.dense : this.counts.behavior;
    const all = samples > Math.max(this.counts.dense, this.counts.rankme);
    return this.pass.run(
      all,
      (seen) => ({
        behavior: this.set.levels.map((at) => behaviorRow(step, at, seen, samples)),
        geometry: this.geometryRows(step, seen),
      }),
      signal,
    );
  }

  dispose(): void {
    this.pass.dispose();
  }

  private geometryRows(step: number, seen: Seen): GeometryRow[] {
    return this.set.tasks.flatMap(({ name }) => {
      const levels = this.set.levels.filter(({ task }) => task === name);
      const { rankme: samples } = this.counts;
      const each = POSITIONS.flatMap((position) =>
        levels.flatMap((at) =>
          rowsOf({ step, task: name, level: at.level, position }, () =>
            seen.states(at, samples, position),
          ),
        ),
      );
      const pooled = POSITIONS.flatMap((position) =>
        rowsOf({ step, task: name, level: undefined, position }, () =>
          tf.concat(
            levels.map((at) => seen.states(at, Math.ceil(samples / levels.length), position)),
            1,
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
