import { createHash } from 'node:crypto';
import { TASK_LEVELS, type TaskLevel } from './catalog';
import { generator } from './random';
import { layOut, type Sequences } from './sequence';
import type { Example } from './task';

/** Samples per task-level, as in the paper. */
export const DIAGNOSTIC_SAMPLES = 1000;

/** Task-levels with at least this many prompts keep their diagnostic prompts out of training. */
const WITHHELD_FROM = 20_000;

/** The fixed samples on which a task-level is measured, the same for every run. */
export interface DiagnosticSet extends Sequences {
  readonly examples: readonly Example[];
  /** Class of the probed property of each sample. */
  readonly labels: Int32Array;
  /** Number of different prompts among the samples. */
  readonly distinct: number;
  /**
   * True where training never shows these prompts. Task-levels with fewer than 20,000 prompts are too
   * small to spare a thousand: there the samples are drawn from what training shows too, so accuracy
   * includes memory.
   */
  readonly withheld: boolean;
}

const sets = new Map<number, DiagnosticSet>();

/** The diagnostic samples of a task-level. Drawn without repetition where it has more than a thousand prompts. */
export function diagnostics(at: TaskLevel): DiagnosticSet {
  const known = sets.get(at.index);
  if (known) return known;
  const random = generator(0, `diagnostics/${at.task}/${at.level}`);
  const examples: Example[] = [];
  const prompts = new Set<string>();
  while (examples.length < DIAGNOSTIC_SAMPLES) {
    const example = at.draw(random);
    if (at.inputs > DIAGNOSTIC_SAMPLES && prompts.has(example.prompt)) continue;
    prompts.add(example.prompt);
    examples.push(example);
  }
  const set: DiagnosticSet = {
    ...layOut(examples.map((example) => ({ at, example }))),
    examples,
    labels: Int32Array.from(examples, (example) => at.probe.label(example)),
    distinct: prompts.size,
    withheld: at.inputs >= WITHHELD_FROM,
  };
  sets.set(at.index, set);
  withheldPrompts.set(at.index, set.withheld ? prompts : new Set());
  return set;
}

const withheldPrompts = new Map<number, Set<string>>();

/** True where training must not show this prompt. */
export function isWithheld(at: TaskLevel, prompt: string): boolean {
  diagnostics(at);
  return withheldPrompts.get(at.index)!.has(prompt);
}

/** SHA-256 over all diagnostic samples: changes with any task, level, alphabet or draw. */
export function diagnosticsFingerprint(): string {
  const sum = createHash('sha256');
  for (const at of TASK_LEVELS) {
    const { inputs, targets } = diagnostics(at);
    sum.update(inputs).update(targets);
  }
  return sum.digest('hex');
}
