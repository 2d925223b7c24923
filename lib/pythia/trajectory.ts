import type { CacheOptions } from './checkpoints';
import { Pace, Problem, type Progress } from './core';
import { hubEndpoint } from './hub';
import type { Model } from './models';
import type { ProbeSet } from './probes';
import { Session } from './session';
import { liveTrajectory, loadTrajectory, type Trajectory } from './tables';

export interface TrajectoryOptions extends CacheOptions {
  /** Where tables go; `out/pythia/<model>` by default. */
  readonly folder?: string;
  /** The model's own by default. */
  readonly probes?: readonly ProbeSet[];
  readonly signal?: AbortSignal;
  /** Told the checkpoints done of those to do, and what is going on. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Measures a model's checkpoints and leaves tables in a folder; steps that are there already are not measured
 * again, so that the same call goes on where it was stopped. Of a model on the hub all branches are listed first,
 * which tells what weights are served at several steps before any is fetched. Checkpoints that the hub does not have
 * are noted as missing, those with weights that cannot be used as damaged; the next call looks at both again. All are
 * judged by `judgeHistory`: tables hold every measurement, and `genuine` takes those that count.
 *
 * ```ts
 * const model = pythiaModel('160m');
 * const measured = await measureTrajectory(model, chosenSteps(model, 'log'));
 * show(pythiaRank([measured]));
 * ```
 * @throws Problem where the hub cannot be reached or no step can be measured, the disk is full, the folder holds
 * another model or other probes or is in use, or `signal` stops it; what is measured by then is kept.
 */
export async function measureTrajectory(
  model: Model,
  steps: readonly number[],
  options: TrajectoryOptions = {},
): Promise<Trajectory> {
  const { folder = liveTrajectory(model), probes = model.probes(), signal, onProgress } = options;
  const source = model.source(options);
  const session = new Session(model, folder, probes);
  try {
    const todo = steps.filter((step) => !session.has(step));
    const pace = new Pace();
    for (const [done, step] of todo.entries()) {
      const tell = (detail: string, part = 0) =>
        onProgress?.({
          ...{ label: `${model.name}, step ${step}`, done, of: todo.length, detail },
          secondsLeft: (pace.usual('step') ?? Number.NaN) * (todo.length - done - part),
        });
      const onWait = (seconds: number, reason: string) =>
        tell(`waiting ${Math.ceil(seconds)} s for the hub: ${reason}`);
      const begin = performance.now();
      tell('looking it up');
      await session.list(source, { signal, onWait });
      if (await session.take(step, source, { signal, onWait }, tell)) pace.took('step', begin);
    }
    if (session.empty) {
      const where = model.kind === 'Pythia' ? ` of ${hubEndpoint()}` : '';
      throw new Problem(
        `None of the ${steps.length} steps of ${model.repo}${where} could be measured${session.why}`,
      );
    }
  } finally {
    session.close();
  }
  return loadTrajectory(folder);
}
