import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { facts } from '../environment/facts';
import { Problem, writing } from '../environment/problem';
import { calibrateLlc } from '../measures/calibration';
import { modelPoint } from '../measures/operators/answer-loss';
import {
  type CalibrationConfig,
  type CalibrationRecord,
  readCalibration,
  writeCalibration,
} from './calibration-table';
import { Landscape } from './landscape';
import { landscapeSettings } from './landscape-settings';
import { readRunInfo } from './run-folder';
import { readWeights } from './saved-weights';

/** Sweep of the study's calibration at nano: a decade about each choice, and half of one between. */
export const STUDY_SWEEP = {
  stepSizes: [1e-6, 3e-6, 1e-5, 3e-5],
  localizations: [1e3, 3e3, 1e4, 3e4, 1e5],
  ...{ chains: 2, draws: 60, burnIn: 40 },
} as const;

/** What to sweep; {@link STUDY_SWEEP} where nothing is said. */
export interface SweepChoice {
  readonly stepSizes?: readonly number[];
  readonly localizations?: readonly number[];
  readonly chains?: number;
  readonly draws?: number;
  readonly burnIn?: number;
}

/**
 * Sweeps step size and localization of the LLC at checkpoints of a run, with the scale's other settings.
 * Writes the table after every pair, and its settings as JSON beside it. Pairs that the table holds already are
 * not swept again, so a sweep that was stopped goes on, and one can be widened.
 *
 * @param path of the CSV file.
 * @throws Problem where a checkpoint's weights are missing or damaged, the table was made with other settings, or
 * `signal` stops the sweep.
 */
export async function calibrateRun(
  folder: string,
  {
    steps,
    path,
    signal,
    onRow,
    ...choice
  }: SweepChoice & {
    readonly steps: readonly number[];
    readonly path: string;
    readonly signal?: AbortSignal;
    readonly onRow?: (row: CalibrationRecord) => void;
  },
): Promise<CalibrationRecord[]> {
  const { model, training } = readRunInfo(folder);
  const { batches, size, nBeta } = landscapeSettings(model.scale).llc;
  const { stepSizes, localizations, chains, draws, burnIn } = { ...STUDY_SWEEP, ...choice };
  const settings = {
    ...{ scale: model.scale, seed: training.seed, batches, size, chains, draws, burnIn, nBeta },
  };
  const rows = begun(path, { ...settings, made: { at: new Date().toISOString(), ...facts() } });
  const landscape = new Landscape(model);
  try {
    for (const step of steps) {
      const point = modelPoint(model, readWeights(folder, step, model));
      const loss = landscape.llcLoss();
      for (const stepSize of stepSizes) {
        for (const localization of localizations) {
          const known = rows.some(
            (row) =>
              row.step === step && row.stepSize === stepSize && row.localization === localization,
          );
          if (known) continue;
          await new Promise((resolve) => setImmediate(resolve));
          if (signal?.aborted)
            throw new Problem(
              `Stopped after ${rows.length} pairs, which are in ${path}. Run the same again to go on.`,
            );
          const pair = { stepSizes: [stepSize], localizations: [localization] };
          const [row] = calibrateLlc(loss, point, { ...pair, chains, draws, burnIn, nBeta });
          rows.push({ step, ...row });
          rows.sort(
            (a, b) => a.step - b.step || a.stepSize - b.stepSize || a.localization - b.localization,
          );
          writeCalibration(path, rows);
          onRow?.({ step, ...row });
        }
      }
    }
  } finally {
    landscape.dispose();
  }
  return rows;
}

/** What a table holds already; for a new one its settings are written. */
function begun(path: string, config: CalibrationConfig): CalibrationRecord[] {
  const json = path.replace(/(\.csv)?$/, '.json');
  if (existsSync(json) && existsSync(path)) {
    const { made: _, ...before }: CalibrationConfig = JSON.parse(readFileSync(json, 'utf8'));
    const { made: __, ...now } = config;
    if (!isDeepStrictEqual(before, now)) {
      throw new Problem(
        `${path} was swept with other settings (${json} has them): use those, or another file.`,
      );
    }
    return readCalibration(path);
  }
  writing(json, () => {
    mkdirSync(dirname(json), { recursive: true });
    writeFileSync(`${json}.partial`, `${JSON.stringify(config, null, 2)}\n`);
    renameSync(`${json}.partial`, json);
  });
  return [];
}
