import { createHash } from 'node:crypto';
import { END, encode, FORMAT, type Sequence, type TextFormat } from './alphabet';
import { BlindAnswers } from './blind-answers';
import { TASKS } from './catalog';
import { generator } from './random';
import type { Question, Task, TaskLevel } from './task';

/** What run.json keeps of a set: enough to tell whether two runs were asked the same. */
export interface TaskSetInfo {
  readonly names: readonly string[];
  readonly format: TextFormat;
  /** SHA-256 over the first samples of every task-level. */
  readonly fingerprint: string;
}

/** Samples a task-level (the paper, section 3). */
const DIAGNOSTIC_SAMPLES = 1000;
/** So many of each task-level make the fingerprint. */
const FINGERPRINTED = 50;

/**
 * The tasks that a run trains on and is measured on. Its samples of a task-level depend on that task and the format
 * alone, so that runs on other sets of tasks can be compared.
 *
 * ```ts
 * const set = taskSet(['ADD', 'MOD']);
 * set.text(set.level('ADD', 2), 0); // { prompt: 'ADD 41 87 =', answer: '128' }
 * set.batchAt(0, 1, 64); // 64 lines, tasks and levels drawn evenly
 * ```
 */
export class TaskSet {
  readonly levels: readonly TaskLevel[];
  readonly info: TaskSetInfo;
  /** Most tokens of a line that the model sees, among those of the fingerprint. */
  readonly longest: number;
  private readonly known = new Map<number, readonly Question[]>();
  private blindAnswers: BlindAnswers | undefined;

  /** @throws RangeError for no task, two of one name, or a name, question or answer outside the alphabet. */
  constructor(
    readonly tasks: readonly Task[],
    readonly format: TextFormat = FORMAT,
  ) {
    const names = tasks.map(({ name }) => name);
    if (names.length === 0) throw new RangeError('The set has no task: name at least one.');
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice) throw new RangeError(`Two tasks are called ${twice}: rename one.`);
    this.levels = tasks
      .flatMap(({ name, levels }) =>
        levels.map((level, i) => ({ ...level, task: name, level: i + 1 })),
      )
      .map((level, index) => ({ ...level, index }));
    const lines = this.levels.map((at) =>
      this.samples(at)
        .slice(0, FINGERPRINTED)
        .map((question) => this.sequence(at, question).tokens),
    );
    this.longest = Math.max(...lines.flat().map((tokens) => tokens.length - 1));
    const sum = createHash('sha256').update(JSON.stringify([format, names, lines]));
    this.info = { names, format, fingerprint: sum.digest('hex') };
  }

  /** The task-level of a name and number. @throws RangeError naming the known ones. */
  level(task: string, level: number): TaskLevel {
    const levels = this.levels.filter((one) => one.task === task);
    if (levels.length === 0) {
      throw new RangeError(`Unknown task "${task}": use one of ${this.info.names.join(', ')}.`);
    }
    const found = levels.find((one) => one.level === level);
    if (found) return found;
    const all = levels.map((one) => one.level).join(', ');
    throw new RangeError(`Unknown level ${level} of ${task}: use one of ${all}.`);
  }

  /** The fixed samples of a task-level, the same for every run: drawn as in training, so some repeat. */
  samples(at: TaskLevel): readonly Question[] {
    let samples = this.known.get(at.index);
    if (!samples) {
      const random = generator(0, `diagnostics/${at.task}/${at.level}`);
      samples = Array.from({ length: DIAGNOSTIC_SAMPLES }, () => at.draw(random));
      this.known.set(at.index, samples);
    }
    return samples;
  }

  /** The two halves of one of the fixed samples, `ADD 23 45 =` and `68`. */
  text(at: TaskLevel, sample: number): { readonly prompt: string; readonly answer: string } {
    return this.written(at, this.samples(at)[sample]);
  }

  /** A question as the model takes it. */
  sequence(at: TaskLevel, question: Question): Sequence {
    const { prompt, answer } = this.written(at, question);
    const before = encode(prompt);
    const end = this.format.endToken ? [END] : [];
    return { tokens: [...before, ...encode(answer), ...end], answerFrom: before.length };
  }

  /**
   * The lines of one update: for each, a task-level is drawn evenly and then a question (the paper, section 3).
   * @param seed of the run; the batch depends on it and on `step` alone. @param step number of the update, from 1.
   * @param size lines, B. @param among task-levels to draw from; all by default.
   */
  batchAt(
    seed: number,
    step: number,
    size: number,
    among: readonly TaskLevel[] = this.levels,
  ): (Sequence & { readonly at: TaskLevel })[] {
    if (among.length === 0) throw new RangeError('There is no task-level to draw from: name one.');
    const random = generator(seed, 'batch', step);
    return Array.from({ length: size }, () => {
      const at = among[random.below(among.length)];
      return { ...this.sequence(at, at.draw(random)), at };
    });
  }

  /** The answers that ignore the input; counted at the first call. */
  get blind(): BlindAnswers {
    this.blindAnswers ??= new BlindAnswers(this.levels, (at, question) =>
      this.sequence(at, question),
    );
    return this.blindAnswers;
  }

  private written(at: TaskLevel, { input, answer }: Question) {
    const { listBlanks, blankAfterEquals } = this.format;
    const { name, list } = this.tasks.find((task) => task.name === at.task)!;
    const blank = list && !listBlanks ? '' : ' ';
    const prompt = `${name} ${input.join(blank)} =${blankAfterEquals ? ' ' : ''}`;
    return { prompt, answer: answer.join(blank) };
  }
}

const sets = new Map<string, TaskSet>();

/**
 * A set of the catalog's tasks.
 * @param names of tasks, in any order; all of the catalog by default. @param format as the paper's, as far as known.
 * @throws RangeError naming what is not a task.
 */
export function taskSet(names: readonly string[] = [], format: TextFormat = FORMAT): TaskSet {
  const strange = names.find((name) => !TASKS.some((task) => task.name === name));
  if (strange !== undefined) {
    const all = TASKS.map(({ name }) => name).join(', ');
    throw new RangeError(`Unknown task "${strange}": use one or more of ${all}.`);
  }
  const chosen = TASKS.filter(({ name }) => names.length === 0 || names.includes(name));
  const key = JSON.stringify([chosen.map(({ name }) => name), format]);
  let set = sets.get(key);
  if (!set) sets.set(key, (set = new TaskSet(chosen, format)));
  return set;
}
