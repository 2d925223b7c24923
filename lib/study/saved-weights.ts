import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { modelPoint } from '../measures/operators/answer-loss';
import type { ModelConfig } from '../model/scales';
import { readTensorFile } from '../training/safetensors';
import type { Weights } from './prober';

/** File of a run's weights at a step. */
export function weightsPath(folder: string, step: number): string {
  return join(folder, 'weights', `step-${String(step).padStart(6, '0')}.safetensors`);
}

/** Steps of a run whose weights are kept, ascending. */
export function savedSteps(folder: string): number[] {
  const weights = join(folder, 'weights');
  if (!existsSync(weights)) return [];
  return readdirSync(weights)
    .map((name) => /^step-(\d+)\.safetensors$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * Weights of a checkpoint by the parameters' own names.
 * @throws Problem for a damaged file, RangeError for weights of another architecture or not finite.
 */
export function readWeights(folder: string, step: number, model: ModelConfig): Weights {
  const { tensors } = readTensorFile(weightsPath(folder, step));
  const weights = Object.fromEntries(
    Object.entries(tensors).map(([key, tensor]) => [key.replace(/^model\./, ''), tensor]),
  );
  modelPoint(model, weights);
  return weights;
}
