import { batchAt, generator } from '../tasks';
import type { TrainingConfig } from '../training/config';
import type { TrainingSource } from '../training/trainer';

/** Batches and random start of a run of the study: the even mixture of all 24 task-levels. */
export function studySource({ seed, batch }: TrainingConfig): TrainingSource {
  return {
    batchAt: (step) => batchAt(seed, step, batch),
    gaussian: () => {
      const random = generator(seed, 'initial weights');
      return () => random.gaussian();
    },
  };
}
