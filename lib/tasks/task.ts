import type { Random } from './random';

/** The eight tasks of the paper. */
export const TASK_NAMES = ['COPY', 'REV', 'CMP', 'PAR', 'ADD', 'MOD', 'SORT', 'MUL'] as const;
export type TaskName = (typeof TASK_NAMES)[number];

/** One question and its whole answer, in the characters of the alphabet; `=` and END are added later. */
export interface Example {
  readonly prompt: string;
  readonly answer: string;
}

/** What a linear probe looks for in the hidden state at the last prompt token. */
export interface ProbedProperty {
  readonly name: string;
  /** Number of classes. */
  readonly classes: number;
  /** Class of an example, 0 … classes − 1. */
  label(example: Example): number;
}

/** One difficulty of a task. */
export interface Level {
  /** What is asked, in words. */
  readonly describe: string;
  /** Number of different prompts. */
  readonly inputs: number;
  /** Share of prompts that the one most common answer gets right: the accuracy of a model that cannot read. */
  readonly chance: number;
  readonly probe: ProbedProperty;
  /** Draws an example, every prompt equally likely. */
  draw(random: Random): Example;
}

/** A task: its rule, in words, and its three levels, easiest first. */
export interface Task {
  readonly name: TaskName;
  readonly rule: string;
  readonly levels: readonly [Level, Level, Level];
}

/** The character at `index` of the answer, as a class among `characters`. */
export function answerCharacter(name: string, characters: string, index: number): ProbedProperty {
  return {
    name,
    classes: characters.length,
    label: ({ answer }) => characters.indexOf(answer.at(index)!),
  };
}

/** Digits as probe classes. */
export const DIGITS = '0123456789';
/** Letters of the copying tasks. */
export const LETTERS = 'abcdefghij';

/** `length` characters, each drawn evenly from `characters`. */
export function drawText(random: Random, length: number, characters: string): string {
  let text = '';
  for (let i = 0; i < length; i++) text += characters[random.below(characters.length)];
  return text;
}

/** `value` in decimal with leading zeros up to `digits` digits. */
export function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
