import { join } from 'node:path';
import { DATA } from '../environment/paths';
import { Problem } from '../environment/problem';
import { tf } from '../environment/tensorflow';
import { parameterSpecs } from '../model/parameters';
import { type ModelConfig, modelConfig } from '../model/scales';
import { CONTEXT, VOCABULARY } from '../tasks';
import { readTensorFile } from '../training/safetensors';
import { Measurer } from './measurer';
import type { Weights } from './prober';
import type { Run } from './run-folder';

/** A small checkpoint kept in git, so that what the tables say of it can be measured again anywhere. */
export const KEPT_CHECKPOINT = join(DATA, 'checkpoint', 'nano-s0-step-000316.safetensors');

/**
 * The kept checkpoint, for looking at single measures.
 * @throws Problem where the file is missing or damaged.
 */
export function keptCheckpoint(): {
  readonly model: ModelConfig;
  readonly step: number;
  /** By the parameters' own names. */
  readonly weights: Weights;
} {
  const { tensors, metadata } = readTensorFile(KEPT_CHECKPOINT);
  const model = modelConfig('nano', VOCABULARY, CONTEXT);
  const weights = Object.fromEntries(
    parameterSpecs(model).map(({ name }) => [name, tensors[`model.${name}`]]),
  );
  return { model, step: Number(metadata.step), weights };
}

/**
 * Measures the kept checkpoint again and holds it against the tables of its run.
 * @param tolerance largest difference allowed: relative for RankMe and log-probability, of the share of right
 *   answers for accuracy. Another processor adds numbers up in another order.
 * @returns what differs, a line each.
 * @throws Problem where the run has no rows of that step, or the checkpoint is of another architecture.
 */
export async function remeasure(run: Run, tolerance = 0.01): Promise<string[]> {
  const { model, samples } = run.info;
  const stored = readTensorFile(KEPT_CHECKPOINT);
  const step = Number(stored.metadata.step);
  const here = <R extends { step: number }>(rows: readonly R[]) =>
    rows.filter((row) => row.step === step);
  const [geometry, behavior] = [here(run.geometry), here(run.behavior)];
  if (geometry.length === 0 || behavior.length === 0) {
    throw new Problem(`${run.folder} has no rows of step ${step}, which ${KEPT_CHECKPOINT} is of.`);
  }
  const parameters = Object.fromEntries(
    parameterSpecs(model).map(({ name, shape }) => {
      const tensor = stored.tensors[`model.${name}`];
      if (String(tensor?.shape) !== String(shape)) {
        throw new Problem(
          `${KEPT_CHECKPOINT} is not of the model of ${run.folder}: ${name} should be [${shape}].`,
        );
      }
      return [name, tf.tensor(tensor.values, [...shape])];
    }),
  );
  const measurer = new Measurer(model, parameters, samples);
  const now = await measurer.measure(step);
  measurer.dispose();
  tf.dispose(Object.values(parameters));

  const faults: string[] = [];
  const compare = (
    name: string,
    where: string,
    then: number,
    again: number | undefined,
    scale: number,
  ) => {
    // Written so that NaN differs.
    if (again !== undefined && Math.abs(again - then) <= tolerance * scale) return;
    faults.push(`${name} of ${where}: ${again} now, ${then} in the table`);
  };
  const placeOf = (row: { task: string; level: number; layer: number; position: string }) =>
    `${row.task} ${row.level}, layer ${row.layer}, ${row.position}`;
  for (const then of geometry) {
    const again = now?.geometry.find((row) => placeOf(row) === placeOf(then));
    for (const name of ['rankme', 'rankme_centered'] as const) {
      compare(name, placeOf(then), then[name], again?.[name], then[name]);
    }
  }
  for (const then of behavior) {
    const { task, level } = then;
    const again = now?.behavior.find((row) => row.task === task && row.level === level);
    compare('accuracy', `${task} ${level}`, then.accuracy, again?.accuracy, 1);
    compare('log_prob', `${task} ${level}`, then.log_prob, again?.log_prob, -then.log_prob);
  }
  return faults;
}
