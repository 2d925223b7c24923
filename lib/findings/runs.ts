import { runSettings } from '../study/run/run-info';
import { PAPER_TASKS } from '../tasks';
import { groupBy, type MeasuredRun } from './series';
import { counted } from './words';

/** Updates from which a run counts for floors and layers: the paper's first measured step of its larger sizes. */
export const SETTLED = 1000;

type Described = Pick<MeasuredRun, 'info'>;

/**
 * How findings name a run: `nano, seed 0`.
 *
 * ```ts
 * studyRuns().map(runName); // ['nano, seed 0', …]
 * ```
 */
export const runName = ({ info: { training } }: Described) =>
  `${training.scale}, seed ${training.seed}`;

/**
 * How findings name several runs: `nano, seeds 0, 1, 2; micro, small, seed 0`.
 *
 * ```ts
 * note(runsName(studyRuns()));
 * ```
 */
export function runsName(runs: readonly Described[]): string {
  const scales = [...byScale(runs)].map(([scale, own]) => {
    return { scale, seeds: own.map(({ info }) => info.training.seed) };
  });
  const alike = groupBy(
    scales,
    ({ seeds }) => `seed${seeds.length > 1 ? 's' : ''} ${seeds.join(', ')}`,
  );
  return [...alike]
    .map(([seeds, of]) => [...of.map(({ scale }) => scale), seeds].join(', '))
    .join('; ');
}

/**
 * Settings of a run that are not those of a plain one, in words: `initialStd 0.04`, `context 64`; empty for a plain run.
 * Seed and length are none.
 */
export function variantOf({ info }: Described): string[] {
  const { scale } = info.training;
  const size = scale === 'custom' ? { shape: info.model } : { scale };
  const plain = runSettings({ ...size, tasks: PAPER_TASKS });
  const [ours, usual] = [info, plain].map(({ model, training, tasks }): Record<string, unknown> => {
    return { ...training, context: model.context, ...tasks.format, tasks: tasks.names };
  });
  const words = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.entries(ours).flatMap(([name, value]) => {
    const same = /^(seed|steps)$/.test(name) || words(value) === words(usual[name]);
    return same ? [] : [`${name} ${words(value)}`];
  });
}

/**
 * Chooses the runs that compare: plain ones, with enough updates, one of each scale and seed (the first), smallest
 * model first. A run that stopped early keeps the schedule of the whole, so that it counts as far as it goes.
 * @returns `runs`, and `leftOut`, each with the reason.
 */
export function selectRuns<T extends Described>(given: readonly T[]) {
  const runs: T[] = [];
  const leftOut: { run: T; why: string }[] = [];
  for (const run of given) {
    const { intervention, step } = run.info;
    const tasks = variantOf(run).filter((setting) => !setting.startsWith('tasks '));
    const why = intervention
      ? `trained under an intervention (${intervention.name})`
      : tasks.length > 0
        ? `trained with other settings (${tasks.join(', ')})`
        : step < SETTLED
          ? `has ${counted(step, 'update')} of the ${SETTLED.toLocaleString('en-US')} that this takes`
          : runs.some((other) => runName(other) === runName(run))
            ? 'is a second run of this scale and seed'
            : undefined;
    if (why === undefined) runs.push(run);
    else leftOut.push({ run, why });
  }
  runs.sort((a, b) => a.info.parameters - b.info.parameters);
  return { runs, leftOut };
}

export const byScale = <T extends Described>(runs: readonly T[]): Map<string, T[]> =>
  groupBy(runs, ({ info }) => info.training.scale);

/**
 * The scales of some runs, in their order.
 *
 * ```ts
 * scalesOf(studyRuns()); // ['nano', 'micro', 'small']
 * ```
 */
export const scalesOf = (runs: readonly Described[]) => [...byScale(runs).keys()];
