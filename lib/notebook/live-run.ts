import { join } from 'node:path';
import { NOTEBOOK_RUNS, nameOfRun, type Run, RunFolder } from '../study/run/run-folder';
import { runSettings } from '../study/run/run-info';
import { type TrainOptions, train } from '../study/run/train';
import { escapeMarkdown } from './html';
import { interruptible } from './interrupt';
import { LiveCurves } from './live-curves';
import { ProgressBar } from './progress';
import { note } from './show';

/** What notebooks train live. One run with these settings is shared by all of them. */
export interface LiveRunOptions extends Omit<TrainOptions, 'folder' | 'signal' | 'onProgress'> {
  readonly steps: number;
  /** Name of the run's folder below out/runs/notebooks; `<scale>-s<seed>` by default. */
  readonly name?: string;
}

/** Behavior of a live run rests on fewer samples, so that a thousand updates take about a minute. */
const SAMPLES = { behavior: 200, dense: 200 };

/**
 * Trains and measures a model below the cell, with progress and growing curves, or takes the run with these settings that
 * another notebook has left. The stop button saves it and gives the run as far as it is, for the cells below; running
 * the cell again goes on.
 * @throws what `train` throws.
 *
 * ```ts
 * const live = await liveRun({ scale: 'nano', seed: 0, steps: 1000 });
 * show(rankmeCurves(live));
 * ```
 */
export async function liveRun(options: LiveRunOptions): Promise<Run> {
  const { seed = 0, scale = 'nano', shape, name, onMeasured, samples, ...choices } = options;
  const intervention = choices.intervention ? runSettings(options).intervention : null;
  const training = { scale: shape ? 'custom' : scale, seed };
  const label = name ?? [nameOfRun(training), intervention?.name].filter(Boolean).join(', ');
  const folder = new RunFolder(join(NOTEBOOK_RUNS, name ?? nameOfRun(training, intervention)));
  const { update } = new ProgressBar();
  const before = folder.isRun && !options.fresh ? folder.read('geometry') : [];
  const curves = new LiveCurves(label, options.steps, before);
  let [worked, stopped] = [false, false];
  const run = await interruptible(async (signal) => {
    const work = train({
      ...choices,
      scale,
      shape,
      seed,
      signal,
      samples: { ...SAMPLES, ...samples },
      folder: folder.path,
      onProgress: (progress) => {
        worked = true;
        update({ ...progress, label });
      },
      onMeasured: (measured) => {
        curves.update(measured);
        onMeasured?.(measured);
      },
    });
    return work.catch((error) => {
      if (!signal.aborted) throw error;
      stopped = true;
      note(escapeMarkdown(error.message));
      return folder.load();
    });
  });
  const { step, parameters } = run.info;
  if (!worked) update({ label, done: step, of: options.steps, secondsLeft: 0 });
  if (stopped) return run;
  const losses = [run.training[0], run.training[run.training.length - 1]].map(({ loss }) => loss);
  note(
    `${worked ? 'Trained here' : 'Reused: a run with these settings was already there (set `fresh` to train again)'}: ` +
      `${parameters.toLocaleString('en-US')} parameters, ${step} updates, measured at ` +
      `${new Set(run.geometry.map((row) => row.step)).size} steps; ` +
      `loss ${losses.map((loss) => loss.toFixed(3)).join(' → ')} nats per token.`,
  );
  return run;
}
