import { TASK_LEVELS, type TaskLevel } from './catalog';
import { isWithheld } from './diagnostics';
import { generator } from './random';
import { layOut, type Sequences } from './sequence';

/**
 * The batch of one update. Sequences are dealt to the task-levels in turn, going on in the next batch where
 * the last one ended, so that over any 24 batches each task-level has had the same number.
 *
 * @param seed of the run; the batch depends on it and on `step` alone.
 * @param step number of the update, from 1.
 * @param size sequences, B.
 * @param among task-levels to mix, all 24 by default.
 * @throws RangeError where there is nothing to mix.
 */
export function batchAt(
  seed: number,
  step: number,
  size: number,
  among: readonly TaskLevel[] = TASK_LEVELS,
): Sequences {
  if (among.length === 0) throw new RangeError('The mixture has no task-level: name at least one.');
  const random = generator(seed, 'batch', step);
  const first = (step - 1) * size;
  const rows = Array.from({ length: size }, (_, i) => {
    const at = among[(first + i) % among.length];
    let example = at.draw(random);
    while (isWithheld(at, example.prompt)) example = at.draw(random);
    return { at, example };
  });
  return layOut(rows);
}
