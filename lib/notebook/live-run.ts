import { join } from 'node:path';
import { rankmeSketch } from '../figures/rankme-sketch';
import { IDENTIFIED } from '../findings/series';
import { NOTEBOOK_RUNS, nameOfRun, type Run, RunFolder } from '../study/run/run-folder';
import { runSettings } from '../study/run/run-info';
import type { GeometryRow } from '../study/run/tables';
import type { Measured } from '../study/run/train';
import { type TrainOptions, train } from '../study/run/train';
import { escapeMarkdown } from './html';
import { interruptible } from './interrupt';
import { ProgressBar } from './progress';
import { inNotebook, newPlace, note } from './show';

/** What notebooks train live. One run with these settings is shared by all of them. */
export interface LiveRunOptions
  extends Omit<TrainOptions, 'folder' | 'signal' | 'onProgress' | 'onMeasured'> {
  readonly steps: number;
  /** Name of the run's folder below out/runs/notebooks; `<scale>-s<seed>` by default. */
  readonly name?: string;
}

/** Fewer samples than the study's, so that a thousand updates take about a minute: just enough for pooled ranks. */
const SAMPLES = { behavior: 200, dense: 67 };

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
  const { seed = 0, scale = 'nano', shape, name, samples, ...choices } = options;
  const intervention = choices.intervention ? runSettings(options).intervention : null;
  const training = { scale: shape ? 'custom' : scale, seed };
  const label = name ?? [nameOfRun(training), intervention?.name].filter(Boolean).join(', ');
  const folder = new RunFolder(join(NOTEBOOK_RUNS, name ?? nameOfRun(training, intervention)));
  const { update } = new ProgressBar();
  const before = folder.isRun && !options.fresh ? folder.read('geometry') : [];
  const onMeasured = liveCurves(label, options.steps, before);
  let [worked, stopped] = [false, false];
  const run = await interruptible(async (signal) => {
    const work = train({
      ...choices,
      ...{ scale, shape, seed, signal, onMeasured },
      samples: { ...SAMPLES, ...samples },
      folder: folder.path,
      onProgress: (progress) => {
        worked = true;
        update({ ...progress, label });
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
  const losses = [run.training[0], run.training.at(-1)!].map(({ loss }) => loss);
  note(
    `${worked ? 'Trained here' : 'Reused: a run with these settings was already there (set `fresh` to train again)'}: ` +
      `${parameters.toLocaleString('en-US')} parameters, ${step} updates, measured at ` +
      `${new Set(run.geometry.map((row) => row.step)).size} steps; ` +
      `loss ${losses.map((loss) => loss.toFixed(3)).join(' → ')} nats per token.`,
  );
  return run;
}

/** Milliseconds between two pictures; each sends all points again. */
const EVERY = 1500;
/** So many tasks are drawn, the first of these where the run has them. */
const [MOST, FIRST] = [4, ['COPY', 'MOD', 'SORT', 'MUL']];

/**
 * RankMe curves that grow below the cell while a run trains.
 * @param steps of the whole training. @param rows measured before, where a run goes on.
 */
function liveCurves(label: string, steps: number, rows: readonly GeometryRow[]) {
  const place = inNotebook() ? newPlace() : undefined;
  let shown = -EVERY;
  return ({ geometry, step }: Measured): void => {
    const { position, reading } = IDENTIFIED;
    const last = Math.max(...geometry.map(({ layer }) => layer));
    // A run that goes on measures again what came after its checkpoint.
    rows = [...rows.filter((row) => row.step < step), ...geometry].filter(
      (row) => row.level === undefined && row.layer === last && row.position === position,
    );
    const now = performance.now();
    if (!place || (now - shown < EVERY && step < steps)) return;
    shown = now;
    const tasks = [...new Set(geometry.map(({ task }) => task))];
    const order = [...FIRST.filter((task) => tasks.includes(task)), ...tasks];
    const curves = [...new Set(order)].slice(0, MOST).map((task) => {
      const own = rows.filter((row) => row.task === task);
      return { task, steps: own.map((row) => row.step), values: own.map((row) => row[reading]) };
    });
    place.raw('image/svg+xml', rankmeSketch(curves, label, steps));
  };
}
