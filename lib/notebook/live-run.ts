import { train } from '../study/run';
import type { Run, RunInfo } from '../study/run-folder';
import { interruptible } from './interrupt';
import { LiveCurves } from './live-curves';
import { ProgressBar } from './progress';
import { note } from './show';

/** What notebooks train live. One run with these settings is shared by all of them. */
export interface LiveRunOptions {
  readonly scale: RunInfo['model']['scale'];
  readonly seed: number;
  /** Updates. */
  readonly steps: number;
  /** True: train again although a run with these settings exists. */
  readonly fresh?: boolean;
}

/** Measured steps of a live run at least. */
export const LIVE_CHECKPOINTS = 70;
/** Tasks whose curves grow while it trains. */
const SHOWN = ['COPY', 'MOD', 'SORT', 'MUL'];

/**
 * Trains and measures a model below the cell, with progress and growing curves, or takes the run with these
 * settings that another notebook has left. The stop button saves it; running the cell again goes on.
 * @throws what `train` throws.
 */
export async function liveRun({ scale, seed, steps, fresh = false }: LiveRunOptions): Promise<Run> {
  const label = `${scale}, seed ${seed}`;
  const { update } = new ProgressBar();
  const curves = new LiveCurves(label, steps, SHOWN);
  let trained = false;
  update({ label, done: 0, of: steps, secondsLeft: Number.NaN, detail: 'compiling' });
  const run = await interruptible((signal) =>
    train({
      ...{ scale, seed, steps, fresh, signal, checkpoints: LIVE_CHECKPOINTS },
      onProgress: ({ step, loss, secondsLeft }) => {
        trained = true;
        update({ label, done: step, of: steps, secondsLeft, detail: `loss ${loss.toFixed(3)}` });
      },
      onMeasured: curves.update,
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
