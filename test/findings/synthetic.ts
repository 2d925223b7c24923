import type { LandscapeValue, MeasuredRun, ProbeValue } from '../../lib/findings/signals';
import { diagnosticsFingerprint, generator, TASK_LEVELS, type TaskLevel } from '../../lib/tasks';
import { measuredSteps } from '../../lib/training/schedule';

/** What happens to one task-level of a made-up run. */
export interface Plan {
  /** Step at which accuracy is halfway; undefined for never. */
  readonly emerges?: number;
  /** For layers 1…L: step at which half of the layer's fall is done. */
  readonly falls: readonly number[];
  /** RankMe at the floor, from a start of 20. */
  readonly floor: number;
  /** Step at which half of the rise from the floor to 40 is done; undefined for a floor that stays. */
  readonly rises?: number;
}

export interface RunPlan {
  readonly scale?: string;
  readonly seed?: number;
  readonly steps?: number;
  readonly checkpoints?: number;
  readonly levels?: readonly TaskLevel[];
  readonly plan: (at: TaskLevel, index: number) => Plan;
  readonly landscape?: readonly LandscapeValue[];
  readonly probes?: readonly ProbeValue[];
}

/** From 0 to 1 around `middle`, smooth in ln(step); a width of 0.15 goes from 2 % to 98 % within a factor of 3.2. */
export function smoothStep(step: number, middle: number, width = 0.15): number {
  return 1 / (1 + Math.exp(-(Math.log(1 + step) - Math.log(1 + middle)) / width));
}

/** A run of made-up tables on a grid like the study's, of 120 measured steps by default. */
export function syntheticRun({
  scale = 'nano',
  seed = 0,
  steps = 20_000,
  checkpoints = 120,
  levels = TASK_LEVELS,
  plan,
  landscape,
  probes,
}: RunPlan): MeasuredRun {
  const parameters = { nano: 4e5, micro: 3.2e6, small: 1.07e7 }[scale] ?? 1e9;
  const run = {
    info: {
      ...{ training: { scale, seed, steps }, parameters, ended: true, step: steps },
      tasks: diagnosticsFingerprint(),
    },
    training: [],
    behavior: [] as object[],
    geometry: [] as object[],
    landscape,
    probes,
  };
  for (const step of measuredSteps(steps, checkpoints)) {
    levels.forEach((at, index) => {
      const { emerges, falls, floor, rises } = plan(at, index);
      const { task, level, chance } = at;
      const skill = emerges === undefined ? 0 : smoothStep(step, emerges);
      run.behavior.push({
        ...{ step, task, level },
        accuracy: chance + skill * (1 - chance),
        log_prob: (1 - skill) * Math.log(chance),
      });
      [0, ...falls].forEach((falling, layer) => {
        const down = layer === 0 ? 0 : smoothStep(step, falling);
        const up = rises === undefined || layer === 0 ? 0 : smoothStep(step, rises);
        const rank = 20 - down * (20 - floor) + up * (40 - floor);
        for (const position of ['prompt', 'answer'] as const) {
          run.geometry.push({
            ...{ step, task, level, layer, position },
            ...{ rankme: layer === 0 ? 1 : rank, rankme_centered: layer === 0 ? 1 : rank },
          });
        }
      });
    });
  }
  return run as unknown as MeasuredRun;
}

/** Numbers from 0 to 1 that depend on the seed alone. */
export function noise(seed: number): () => number {
  const random = generator(seed, 'synthetic');
  return () => random.uniform();
}
