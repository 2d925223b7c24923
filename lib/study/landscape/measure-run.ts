import { basename } from 'node:path';
import { breathe, Pace } from '../../environment/pace';
import { lockFolder } from '../../files/lock';
import { Problem } from '../../files/problem';
import { refuseChanged } from '../../interventions/acting';
import { TASKS, type TaskSet, taskSet } from '../../tasks';
import { loadRun, type Run, RunFolder } from '../run/run-folder';
import type { RunInfo } from '../run/run-info';
import type { Listeners } from '../run/train';
import { PARTS, partsNamed } from './catalog';
import { emptyRows, landscapeTable } from './landscape-table';
import type { Found, Part } from './part';
import { nameOfPlace, placesOf } from './place';
import { Subject } from './subject';

/** What of a run to measure, and whom to tell. */
export interface MeasureOptions extends Pick<Listeners, 'signal' | 'onProgress'> {
  /** Names of parts, or parts of one's own; all of the catalog by default. */
  readonly parts?: readonly (string | Part)[];
  /** Where to measure, by name: `MOD` is a whole task, `MOD2` one of its levels. Each part's own places by default. */
  readonly levels?: readonly string[];
  /** Steps to measure; their weights must be kept. All that are kept by default. */
  readonly steps?: readonly number[];
  /** Settings other than the catalog's, by part: `{ llc: { chains: 2 } }`. */
  readonly settings?: Readonly<Record<string, object>>;
  /** The set that the run was trained on, where its tasks are not the catalog's. */
  readonly tasks?: TaskSet;
  /** True to drop what was measured before. */
  readonly fresh?: boolean;
}

/**
 * Measures the landscape and probes of a run at steps whose weights are kept, and adds to its tables what is not there
 * yet. A measure that fails has rows without a value, whose note gives the reason; weights that cannot be read are left
 * out and named.
 *
 * ```ts
 * await train({ scale: 'nano', steps: 1000, keep: [0, 100, 300, 1000] });
 * const { run } = await measureRun('nano-s0', { parts: ['hessian'], levels: ['MOD', 'ADD'] });
 * table(run.landscape);
 * ```
 *
 * @param given a run, or its name or folder.
 * @returns the run with its tables, and the steps left out with the reasons.
 * @throws Problem where there is no run or no such weights, the run is in use, was trained on other tasks or measured with
 * other settings, or `signal` stops the work; RangeError for an unknown part, task, level or setting.
 */
export async function measureRun(
  given: string | Run,
  options: MeasureOptions = {},
): Promise<{ readonly run: Run; readonly unread: readonly { step: number; reason: string }[] }> {
  const { signal, onProgress, fresh } = options;
  const { folder: path, info } = typeof given === 'string' ? loadRun(given) : given;
  const folder = new RunFolder(path);
  const set = tasksOf(info, options.tasks, path);
  const parts = partsNamed(options.parts ?? PARTS);
  const steps = chosenSteps(folder, options);
  refuseChanged(info, set, steps);
  const settings = settingsOf(parts, options.settings ?? {});
  const work = parts.flatMap((part) =>
    placesOf(set, part.on, options.levels).map((place) => ({ part, place })),
  );
  const unlock = lockFolder(path, 'the run');
  const unread: { step: number; reason: string }[] = [];
  try {
    const table = landscapeTable(folder, parts, settings, fresh);
    const todo = steps
      .flatMap((step) => work.map((unit) => ({ step, ...unit })))
      .filter(({ step, part, place }) => !table.has(part, step, place));
    let [done, step] = [0, -1];
    const subject = new Subject(info, set, async () => {
      await breathe();
      if (!signal?.aborted) return;
      throw new Problem(
        `Stopped at step ${step} (${done} of ${todo.length} measures done); all work up to there is in ${path}. ` +
          'Run the same again to go on.',
      );
    });
    const pace = new Pace();
    const tell = (detail?: string) => {
      const left = todo.slice(done).map(({ part }) => pace.usual(part.name) ?? Number.NaN);
      const secondsLeft = left.reduce((a, b) => a + b, 0);
      onProgress?.({ label: basename(path), done, of: todo.length, secondsLeft, detail });
    };
    try {
      for (const unit of todo) {
        await subject.pause();
        const { part, place } = unit;
        if (unit.step !== step) {
          step = unit.step;
          try {
            subject.take(folder.readWeights(step));
          } catch (error) {
            unread.push({ step, reason: reasonOf(error) });
          }
        }
        if (unread.at(-1)?.step !== step) {
          const start = performance.now();
          tell(`step ${step}: ${part.name} of ${nameOfPlace(place)}`);
          let [found, note]: [readonly Found[], string] = [[], ''];
          try {
            found = await part.measure(subject, place, settings[part.name]);
          } catch (error) {
            if (signal?.aborted) throw error;
            [found, note] = [emptyRows(part, info.model.layers), reasonOf(error)];
          }
          table.add(part, step, place, found, note);
          pace.took(part.name, start);
        }
        done++;
      }
      tell();
    } finally {
      subject.dispose();
    }
  } finally {
    unlock();
  }
  return { run: folder.load(), unread };
}

/** The message of an error of what is measured. @throws an error of the program. */
function reasonOf(error: unknown): string {
  if (error instanceof RangeError || error instanceof Problem) return error.message;
  throw error;
}

/** The tasks of a run. @throws Problem where they are not those of this code and none were given. */
export function tasksOf({ tasks }: RunInfo, given: TaskSet | undefined, path: string): TaskSet {
  const known = tasks.names.every((name) => TASKS.some((task) => task.name === name));
  const set = given ?? (known ? taskSet(tasks.names, tasks.format) : undefined);
  if (set?.info.fingerprint === tasks.fingerprint) return set;
  const why = given ? 'not the tasks given' : 'not (or no longer) these tasks of the catalog';
  throw new Problem(
    `The run in ${path} was trained on ${tasks.names.join(', ')}, which are ${why}: ` +
      'give the set that it was trained on (tasks).',
  );
}

function chosenSteps(folder: RunFolder, { steps }: MeasureOptions): number[] {
  const saved = folder.savedSteps();
  if (saved.length === 0) {
    throw new Problem(
      `${folder.path} holds no weights to measure: train with keep (--keep 0,100,1000).`,
    );
  }
  if (!steps) return saved;
  // A step that is not kept is refused before any is measured; a damaged one is left out.
  for (const step of steps) if (!saved.includes(step)) folder.readWeights(step);
  return [...new Set(steps)].sort((a, b) => a - b);
}

function settingsOf(parts: readonly Part[], given: Readonly<Record<string, object>>) {
  const strange = Object.keys(given).find((name) => !parts.some((part) => part.name === name));
  if (strange !== undefined) {
    const known = parts.map(({ name }) => name).join(', ');
    throw new RangeError(
      `There are settings for "${strange}", which is not measured: use one or more of ${known}.`,
    );
  }
  const all: Record<string, object> = {};
  for (const { name, settings } of parts) {
    const unknown = Object.keys(given[name] ?? {}).find((key) => !(key in settings));
    if (unknown !== undefined) {
      const known = Object.keys(settings).join(', ');
      throw new RangeError(`${name} has no setting "${unknown}": it has ${known}.`);
    }
    all[name] = { ...settings, ...given[name] };
  }
  return all;
}
