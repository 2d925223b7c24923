import { join } from 'node:path';
import { OUT } from '../environment/paths';
import { nameOfRun, type Run } from '../study/run/run-folder';
import { runSettings } from '../study/run/run-info';
import { type TrainOptions, train } from '../study/run/train';
import { interruptible } from './interrupt';
import { LiveCurves } from './live-curves';
import { ProgressBar } from './progress';
import { note } from './show';

/** What notebooks train live. One run with these settings is shared by all of them. */
export interface LiveRunOptions extends Omit<TrainOptions, 'folder' | 'signal' | 'onProgress'> {
  readonly steps: number;
}

/** Folder of the notebooks' own runs: those of the command line live beside it, so that neither takes the other's. */
const NOTEBOOKS = join(OUT, 'runs', 'notebooks');
/** Behavior of a live run rests on fewer samples, so that a thousand updates take about a minute. */
const SAMPLES = { behavior: 200, dense: 200 };
/** Tasks whose curves grow while it trains. */
const SHOWN = ['COPY', 'MOD', 'SORT', 'MUL'];

/**
 * Trains and measures a model below the cell, with progress and growing curves, or takes the run with these
 * settings that another notebook has left. The stop button saves it; running the cell again goes on.
 * @throws what `train` throws.
 *
 * ```ts
 * const live = await liveRun({ scale: 'nano', seed: 0, steps: 1000 });
 * show(rankmeCurves(live));
 * ```
 */
export async function liveRun(options: LiveRunOptions): Promise<Run> {
  const { steps, seed = 0, scale = 'nano', shape, onMeasured, samples, ...choices } = options;
  const intervention = choices.intervention ? runSettings(options).intervention : null;
  const label = nameOfRun({ scale: shape ? 'custom' : scale, seed }, intervention);
  const { update } = new ProgressBar();
  const curves = new LiveCurves(label, steps, SHOWN);
  let trained = false;
  update({ label, done: 0, of: steps, secondsLeft: Number.NaN, detail: 'compiling' });
  const run = await interruptible((signal) =>
    train({
      ...choices,
      ...{ scale, shape, seed, steps, signal },
      samples: { ...SAMPLES, ...samples },
      folder: join(NOTEBOOKS, label),
      onProgress: (progress) => {
        trained = true;
        update(progress);
      },
      onMeasured: (measured) => {
        curves.update(measured);
        onMeasured?.(measured);
      },
    }),
  );
  const { loss } = run.training[run.training.length - 1];
  if (!trained) update({ label, done: run.info.step, of: steps, secondsLeft: 0 });
  note(
    `${trained ? 'Trained here' : 'Reused: a run with these settings was already there (set `fresh` to train again)'}: ` +
      `${run.info.parameters.toLocaleString('en-US')} parameters, ${run.info.step} updates, ` +
      `measured at ${new Set(run.geometry.map(({ step }) => step)).size} steps; ` +
      `loss ${run.training[0].loss.toFixed(3)} → ${loss.toFixed(3)} nats per token.`,
  );
  return run;
}
