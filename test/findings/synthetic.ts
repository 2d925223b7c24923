import type { MeasuredRun } from '../../lib/findings/series';
import { modelConfig } from '../../lib/model/scales';
import type { BehaviorRow, GeometryRow } from '../../lib/study/run/tables';
import { CONTEXT, generator, RUNGS, type Rung, taskSet, VOCABULARY } from '../../lib/tasks';
import { trainingConfig } from '../../lib/training/config';
import { measuredSteps } from '../../lib/training/schedule';

/** Points `[step, value]` that a made-up series goes through, straight in ln(1 + step) between them. */
export type Knots = readonly (readonly [step: number, value: number])[];

/** What happens to one task of a made-up run. */
export interface Plan {
  /** Rank after each block, the first is layer 1; the same in every reading and position. */
  readonly rank: (layer: number, layers: number) => Knots;
  /** By level: step at which accuracy jumps from chance to .95; undefined for never. */
  readonly acquired?: readonly (number | undefined)[];
  /** By rung: step of the least distance. */
  readonly rungs?: Readonly<Record<Rung, number>>;
}

export interface RunPlan {
  readonly scale?: string;
  readonly seed?: number;
  readonly steps?: number;
  readonly tasks?: readonly string[];
  readonly plan: (task: string, index: number) => Plan;
  /** The reading as printed has ranks this many times as high. */
  readonly printed?: number;
}

/** A run of made-up tables at the study's own measured steps. */
export function syntheticRun(options: RunPlan): MeasuredRun {
  const { scale = 'nano', seed = 0, steps = 20_000, tasks = [], plan, printed = 1 } = options;
  const set = taskSet(tasks);
  const model = modelConfig(scale, VOCABULARY, CONTEXT);
  const behavior: BehaviorRow[] = [];
  const geometry: GeometryRow[] = [];
  const plans = set.tasks.map(({ name }, i) => ({ task: name, ...plan(name, i) }));
  const levels = new Map(set.levels.map((at) => [`${at.task} ${at.level}`, set.blind.chance(at)]));
  for (const step of measuredSteps(steps)) {
    for (const { task, rank, acquired = [], rungs } of plans) {
      for (const level of [1, 2, 3]) {
        const chance = levels.get(`${task} ${level}`)!;
        const there = step >= (acquired[level - 1] ?? Number.POSITIVE_INFINITY);
        const distance = (rung: Rung) =>
          through(
            [
              [0, 3],
              [rungs?.[rung] ?? 100, 0.1],
              [steps, 2],
            ],
            step,
          );
        const [kl_token, kl_previous, kl_task, kl_level] = RUNGS.map(distance);
        const accuracy = there ? 0.95 : chance;
        const log_prob = through(
          [
            [0, -3],
            [acquired[level - 1] ?? steps, -0.5],
            [2 * steps, -0.1],
          ],
          step,
        );
        const row = { step, task, level, samples: 1000, accuracy, log_prob };
        behavior.push({ ...row, kl_token, kl_previous, kl_task, kl_level });
      }
      for (let layer = 1; layer <= model.layers; layer++) {
        const value = through(rank(layer, model.layers), step);
        for (const position of ['prompt', 'answer'] as const) {
          const ranks = { covariance_rank: value, covariance_rank_centered: value };
          const asPrinted = { rankme: printed * value, rankme_centered: printed * value };
          const at = { step, task, level: undefined, layer, position };
          geometry.push({ ...at, ...ranks, ...asPrinted, mean_share: 0.5 });
        }
      }
    }
  }
  const training = trainingConfig({ scale, seed, steps });
  const parameters = { nano: 4e5, micro: 1.8e6, small: 7.4e6, medium: 2.5e7, large: 8.5e7 }[scale];
  const info = {
    model,
    training,
    tasks: set.info,
    intervention: null,
    parameters,
    step: steps,
    ended: true,
  };
  return { info, behavior, geometry } as unknown as MeasuredRun;
}

/** The value at a step of a series through some points. */
export function through(knots: Knots, step: number): number {
  const place = (at: number) => Math.log(1 + at);
  const next = knots.findIndex(([at]) => at >= step);
  if (next === 0) return knots[0][1];
  if (next < 0) return knots[knots.length - 1][1];
  const [[from, low], [to, high]] = [knots[next - 1], knots[next]];
  return low + ((place(step) - place(from)) / (place(to) - place(from))) * (high - low);
}

/** A rank that falls from 20 to a floor and comes back. */
export const falls = (floor: number, step: number, back = 50 * step): Knots => [
  [0, 20],
  [step, floor],
  [back, 20],
];

/** Numbers from 0 to 1 that depend on the seed alone. */
export function noise(seed: number): () => number {
  const random = generator(seed, 'synthetic');
  return () => random.uniform();
}
