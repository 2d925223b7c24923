import { tf } from '../../environment/tensorflow';
import { initialParameters, parameterCount } from '../../model/parameters';
import { DiagnosticPass } from './diagnostic-pass';
import { studyLesson } from './lesson';
import { rankRows } from './measurer';
import type { Run } from './run-folder';
import { type RunChoices, runSettings } from './run-info';

/** The tasks of the paper's Figure 2. */
const TASKS = ['ADD', 'MOD', 'SORT', 'MUL'];

/**
 * A run that has not begun: the geometry of a fresh net at step 0, of the last layer, levels pooled and one by one, on
 * 200 samples a task in all. Notebook 01 holds it against the paper's numbers.
 *
 * ```ts
 * const { geometry } = await untrained({ scale: 'nano' });
 * geometry.find(({ task, level, position }) => task === 'MOD' && !level && position === 'answer');
 * ```
 * @param choices as of a run: scale, seed, start, text format (`tasks: taskSet(names, format)`).
 * @throws RangeError for settings out of range.
 */
export async function untrained(choices: RunChoices): Promise<Run> {
  const { set, ...settings } = runSettings({ tasks: TASKS, ...choices });
  const { model, training, samples } = settings;
  const lesson = studyLesson(settings, set);
  const values = initialParameters(lesson.specs, lesson.gaussian());
  const parameters = Object.fromEntries(
    lesson.specs.map(({ name, shape }) => [name, tf.tensor(values[name], [...shape])]),
  );
  const each = Math.ceil(samples.rankme / Math.max(...set.levels.map(({ level }) => level)));
  const pass = new DiagnosticPass(model, parameters, set, [each], each);
  try {
    const geometry = await pass.run(each, (seen) =>
      set.tasks.flatMap(({ name: task }) =>
        (['prompt', 'answer'] as const).flatMap((position) => {
          const own = set.levels.filter((at) => at.task === task);
          const ranks = (level: number | undefined, of: typeof own) =>
            rankRows(seen, of, each, { step: 0, task, level, position }, model.layers);
          return [...ranks(undefined, own), ...own.flatMap((at) => ranks(at.level, [at]))];
        }),
      ),
    );
    const info = {
      ...{ model, training, tasks: settings.tasks, samples, intervention: null, tables: {} },
      ...{ parameters: parameterCount(model), step: 0, ended: false, seconds: 0, sessions: [] },
    };
    const empty = { training: [], behavior: [], landscape: [], probes: [] };
    return { folder: '', info, ...empty, geometry: geometry! };
  } finally {
    pass.dispose();
    tf.dispose(parameters);
  }
}
