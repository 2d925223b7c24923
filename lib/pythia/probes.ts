import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATA } from '../environment/paths';
import { Problem } from '../environment/problem';

/** One question: a prompt and what may follow it. */
export interface ProbeItem {
  readonly prompt: string;
  /** Continuations, as the tokenizer should see them right after the prompt; two or more, all different. */
  readonly options: readonly string[];
  /** Place of the right one. */
  readonly answer: number;
}

/** One probe set of `data/probes`. */
export interface ProbeSet {
  readonly name: string;
  readonly about: string;
  readonly items: readonly ProbeItem[];
  /** Mean accuracy of guessing evenly, in (0, 1). */
  readonly chance: number;
}

/** Two sets from the end of the stand-ins' novels, which they do not train on: of all that they are asked, only this is like what they have read. */
export const NOVEL_PROBES = join(DATA, 'probes', 'novels');

/** The sets in the order in which they are shown: from form to thought. */
const ORDER = [
  'syntax',
  'semantics',
  'general',
  'in-context',
  'facts',
  'arithmetic',
  'reasoning',
  'deduction',
];

/**
 * The probe sets of a folder, `data/probes` by default; sets that the study does not know come last.
 * @throws Problem naming file and item where one is not as data/README.md describes.
 */
export function probeSets(folder = join(DATA, 'probes')): ProbeSet[] {
  const place = ({ name }: ProbeSet) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => readProbes(join(folder, file)))
    .sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1));
}

function readProbes(path: string): ProbeSet {
  const { name, about, items } = JSON.parse(readFileSync(path, 'utf8')) as ProbeSet;
  if (typeof name !== 'string' || !Array.isArray(items) || items.length === 0) {
    throw new Problem(`${path} is not a probe set: it needs a name and items.`);
  }
  items.forEach(({ prompt, options, answer }: ProbeItem, i) => {
    const sound =
      typeof prompt === 'string' &&
      prompt !== '' &&
      Array.isArray(options) &&
      options.every((option) => typeof option === 'string' && option !== '') &&
      new Set(options).size === options.length &&
      options.length >= 2 &&
      Number.isInteger(answer) &&
      answer >= 0 &&
      answer < options.length;
    if (!sound) {
      throw new Problem(
        `${path}, item ${i}: it needs a prompt, two or more different options and the place of the answer.`,
      );
    }
  });
  const chance = items.reduce((sum, { options }) => sum + 1 / options.length, 0) / items.length;
  return Object.freeze({ name, about, items, chance });
}
