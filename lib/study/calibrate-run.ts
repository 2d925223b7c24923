import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { facts } from '../environment/facts';
import { Problem, writing } from '../environment/problem';
import { calibrateLlc } from '../measures/calibration';
import { modelPoint } from '../measures/operators/answer-loss';
import {
  type CalibrationConfig,
  type CalibrationRecord,
  writeCalibration,
} from './calibration-table';
import { Landscape } from './landscape';
import { landscapeSettings } from './landscape-settings';
import { readWeights } from './measure-run';
import { readRunInfo } from './run-folder';

/** Sweep of the study's calibration: a decade about each choice, and half of one between. */
export const STUDY_SWEEP = {
  stepSizes: [1e-6, 3e-6, 1e-5, 3e-5],
  localizations: [1e3, 3e3, 1e4, 3e4, 1e5],
  ...{ chains: 2, draws: 60, burnIn: 40 },
} as const;

/**
 * Sweeps step size and localization of the LLC at checkpoints of a run, with the scale's other settings.
 * Writes the table after every pair, and its settings as JSON beside it.
 *
 * @param path of the CSV file.
 * @throws Problem where a checkpoint's weights are missing or damaged, or `signal` stops the sweep.
 */
export async function calibrateRun(
  folder: string,
  {
    steps,
    path,
    stepSizes = STUDY_SWEEP.stepSizes,
    localizations = STUDY_SWEEP.localizations,
    signal,
    onRow,
  }: {
    readonly steps: readonly number[];
    readonly path: string;
    readonly stepSizes?: readonly number[];
    readonly localizations?: readonly number[];
    readonly signal?: AbortSignal;
    readonly onRow?: (row: CalibrationRecord) => void;
  },
): Promise<CalibrationRecord[]> {
  const { model, training } = readRunInfo(folder);
  const { llc } = landscapeSettings(model.scale);
  const { batches, size, nBeta } = llc;
  const { chains, draws, burnIn } = STUDY_SWEEP;
  const config: CalibrationConfig = {
    ...{ scale: model.scale, seed: training.seed, batches, size, chains, draws, burnIn, nBeta },
    made: { at: new Date().toISOString(), ...facts() },
  };
  const json = path.replace(/(\.csv)?$/, '.json');
  writing(json, () => {
    mkdirSync(dirname(json), { recursive: true });
    writeFileSync(`${json}.partial`, `${JSON.stringify(config, null, 2)}\n`);
    renameSync(`${json}.partial`, json);
  });
  const landscape = new Landscape(model);
  const rows: CalibrationRecord[] = [];
  try {
    for (const step of steps) {
      const point = modelPoint(model, readWeights(folder, step, model));
      const loss = landscape.llcLoss();
      for (const stepSize of stepSizes) {
        for (const localization of localizations) {
          await new Promise((resolve) => setImmediate(resolve));
          if (signal?.aborted)
            throw new Problem(`Stopped after ${rows.length} pairs, which are in ${path}.`);
          const pair = { stepSizes: [stepSize], localizations: [localization] };
          const [row] = calibrateLlc(loss, point, { ...pair, chains, draws, burnIn, nBeta });
          rows.push({ step, ...row });
          writeCalibration(path, rows);
          onRow?.(rows.at(-1)!);
        }
      }
    }
  } finally {
    landscape.dispose();
  }
  return rows;
}
