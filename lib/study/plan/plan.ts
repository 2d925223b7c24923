import { join } from 'node:path';
import { measuredSteps } from '../../training/schedule';
import { STUDY } from '../run/run-folder';
import { type RunChoices, runSettings } from '../run/run-info';

/** What is said of a run to plan it: what it is trained with, and what is measured of it afterwards. */
export interface RunPlan extends RunChoices {
  readonly steps: number;
  /** `<scale>-s<seed>` by default. */
  readonly name?: string;
  /** Checkpoints whose weights are kept and measured: none by default. */
  readonly landscape?: number;
  /** Parts of the landscape that are measured there; those of the catalog by default. */
  readonly parts?: readonly string[];
}

/** One run of a plan, checked. */
export interface PlannedRun {
  readonly name: string;
  readonly scale: string;
  readonly folder: string;
  readonly steps: number;
  readonly landscape: number;
  readonly parts?: readonly string[];
  /** What it is trained with, `steps` among it. */
  readonly choices: RunChoices;
}

/** Steps that every run makes before the first goes on: a first look at all floors. */
const FIRST_LOOK = 2000;
/** But those of these sizes, whose first look takes hours. */
const SLOW = ['medium', 'large', 'xlarge'];

/** Steps of a run's first look; none for the large sizes and for lean runs, which wait for their turn. */
export function firstLook({ scale, steps, choices }: PlannedRun): number {
  return SLOW.includes(scale) || choices.samples?.lean ? 0 : Math.min(FIRST_LOOK, steps);
}

/** A run as planned, in its folder in `home`. @throws RangeError naming the value that is out of range. */
export function plannedRun(plan: RunPlan, home: string): PlannedRun {
  const { name: called, landscape = 0, parts, ...choices } = plan;
  const { training } = runSettings(choices);
  const name = called ?? `${training.scale}-s${training.seed}`;
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
    const remedy = 'it names a folder, so use letters, digits, "-", "." and "_"';
    throw new RangeError(`name is "${name}": ${remedy}.`);
  }
  if (!Number.isInteger(landscape) || landscape < 0) {
    throw new RangeError(`landscape is ${landscape}: it must be an integer of 0 or more.`);
  }
  const { scale, steps } = training;
  return { name, scale, folder: join(home, name), steps, landscape, parts, choices };
}

/** Measured steps whose weights a run keeps: about evenly over ln(1 + step), the first and the last among them. */
export function keptSteps({ steps, landscape }: PlannedRun): number[] {
  if (landscape === 0) return [];
  const measured = measuredSteps(steps);
  const kept = Array.from({ length: landscape }, (_, i) => {
    const wanted = (Math.log1p(steps) * i) / Math.max(1, landscape - 1);
    const apart = (step: number) => Math.abs(Math.log1p(step) - wanted);
    return measured.reduce((a, b) => (apart(b) < apart(a) ? b : a));
  });
  return [...new Set([...kept, steps])].sort((a, b) => a - b);
}

/**
 * The study's runs, on the paper's schedules, which most of them leave early: large models cost hours a thousand steps.
 * Their order is that of the work: what shows most for least time first.
 */
const RUNS: readonly RunPlan[] = [
  { scale: 'nano', seed: 0, steps: 100_000, landscape: 44 },
  { scale: 'micro', seed: 0, steps: 60_000, landscape: 18 },
  { scale: 'small', seed: 0, steps: 60_000 },
  { scale: 'nano', seed: 1, steps: 100_000, landscape: 18 },
  { scale: 'nano', seed: 2, steps: 100_000, landscape: 18 },
  { scale: 'medium', seed: 0, steps: 12_000, landscape: 22, parts: ['probes'] },
  { scale: 'large', seed: 0, steps: 4000 },
  { scale: 'xlarge', seed: 0, steps: 1000 },
  { scale: 'nano', seed: 3, steps: 20_000 },
  { scale: 'nano', seed: 4, steps: 20_000 },
  { scale: 'micro', seed: 1, steps: 20_000 },
  { scale: 'micro', seed: 2, steps: 20_000 },
  { scale: 'small', seed: 1, steps: 20_000 },
  { scale: 'small', seed: 2, steps: 20_000 },
  { scale: 'medium', seed: 1, steps: 3000 },
  { scale: 'large', seed: 1, steps: 1000 },
];
export const PLAN: readonly PlannedRun[] = RUNS.map((run) => plannedRun(run, STUDY));
