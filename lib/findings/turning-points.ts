import type { Tables } from '../study/tables';
import { taskLevel } from '../tasks';
import { floors } from './floors';

/**
 * Steps of a run at which something happens to a task-level: its representation reaches its floor, recovers,
 * or the capability emerges. In the order of the task-levels; a step at which several do stands there as often.
 */
export function turningPoints(tables: Pick<Tables, 'geometry' | 'behavior'>): number[] {
  return floors(tables, (task, level) => taskLevel(task, level).chance).flatMap((floor) =>
    [floor.floorStep, floor.recoveryStep, floor.emergenceStep].filter(
      (step): step is number => step !== undefined,
    ),
  );
}
