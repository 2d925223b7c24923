import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Tokenizer } from './config';
import { DATA, Problem } from './core';

/** One question: a prompt and what may follow it. A passage of general text is a prompt without options. */
export interface ProbeItem {
  readonly prompt: string;
  /** Continuations, as the tokenizer should see them right after the prompt; two or more, all different. */
  readonly options: readonly string[];
  /** Place of the right one; −1 without options. */
  readonly answer: number;
}

/** One probe set. */
export interface ProbeSet {
  readonly name: string;
  readonly about: string;
  readonly items: readonly ProbeItem[];
  /** Mean accuracy of guessing evenly, in (0, 1); 0 where nothing is to be guessed. */
  readonly chance: number;
  /** Of general text: all of the text that the passages are from, whose tokens are counted. */
  readonly source?: string;
}

const PROBES = join(DATA, 'probes');
/** Two sets from the end of the stand-ins' novels, which they do not train on: like what they have read. */
export const NOVEL_PROBES = join(PROBES, 'novels');
/** The corpus of the stand-ins: six novels of Jane Austen. data/README.md tells where it is from. */
export const CORPUS = join(DATA, 'corpus');
/** The set of general text. The paper's is of the Pile. */
export const GENERAL = 'general';
/** Share of the corpus, at its end, that training never sees. */
const HELD_OUT = 0.05;
/** Passages of general text, as in the paper; how long its passages are it does not say. */
const PASSAGES = 200;
/** Characters of a passage: more than {@link PASSAGE_TOKENS} of them in any tokenizer at hand. */
const PASSAGE = 700;
/** Tokens of a passage that are measured. */
export const PASSAGE_TOKENS = 128;
/** Characters of a text whose tokens are counted, and that are looked at at all. */
const COUNTED = 1_000_000;

/** The paper's seven sets in its order; deduction and the novels' own sets stand beside them. */
export const PAPER_SETS = 'syntactic semantic arithmetic in-context factual logical general'.split(
  ' ',
);

/**
 * The paper's sets, in its sizes: those of data/probes and {@link generalText}.
 *
 * ```ts
 * probeSets().map(({ name, items }) => [name, items.length]);
 * ```
 * @param text a file of general text with a passage on each line; the end of the novels by default.
 * @throws Problem naming file and item where one is not as data/README.md describes.
 */
export function probeSets(text?: string): ProbeSet[] {
  const sets = [...readSets(PROBES), generalText(text)];
  const order = [...PAPER_SETS, 'deduction'];
  return sets.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/** The probe sets of a folder, by name. */
export function readSets(folder: string): ProbeSet[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => readSet(join(folder, file)));
}

/**
 * General text: 200 passages, evenly spread over the end of the novels, which Pythia may have read.
 * @param file takes the novels' place: one passage a line, the first 200 of them.
 */
function generalText(file?: string): ProbeSet {
  const source = file === undefined ? novels() : readText(file);
  const items = passages(source, file !== undefined).map((prompt) => {
    return { prompt, options: [], answer: -1 };
  });
  const from = file === undefined ? 'the end of six novels, not the Pile' : basename(file);
  const about = `${items.length} passages of ${from}, ${PASSAGE_TOKENS} tokens at most`;
  return { name: GENERAL, about, items, chance: 0, source: source.slice(0, COUNTED) };
}

function passages(text: string, byLine: boolean): string[] {
  if (byLine) {
    const lines = text.split('\n').filter((line) => line.trim());
    return lines.slice(0, PASSAGES).map((line) => line.slice(0, PASSAGE));
  }
  // The tokens of the last 5 % begin a little before the last 4.8 % of the characters.
  const end = text.slice(Math.ceil(text.length * (1 - 0.96 * HELD_OUT)));
  return Array.from({ length: PASSAGES }, (_, i) => {
    const from = end.indexOf(' ', Math.floor((i * (end.length - 2 * PASSAGE)) / PASSAGES)) + 1;
    return end.slice(from, from + PASSAGE);
  });
}

function readText(file: string): string {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new Problem(`${file} is no file: give one with text, a passage a line (--text).`);
  }
  const text = readFileSync(file, 'utf8');
  if (text.trim().includes('\n')) return text;
  throw new Problem(`${file} holds under two lines: give a passage of text on each line.`);
}

function novels(): string {
  return gunzipSync(readFileSync(join(CORPUS, 'austen.txt.gz'))).toString('utf8');
}

/** The novels as tokens: what the stand-ins read, and the end that they never do. */
export interface Corpus {
  readonly training: Int32Array;
  readonly heldOut: Int32Array;
}

/** Reads and tokenizes the novels; about four seconds. */
export function readCorpus(tokenizer: Tokenizer): Corpus {
  const tokens = Int32Array.from(tokensOf(novels(), tokenizer));
  const border = Math.floor(tokens.length * (1 - HELD_OUT));
  return { training: tokens.subarray(0, border), heldOut: tokens.subarray(border) };
}

/** Tokens of a long text, by paragraph: the tokenizer's time grows faster than its text. */
export function tokensOf(text: string, tokenizer: Tokenizer): number[] {
  return text.split(/(?<=\n)/).flatMap((paragraph) => tokenizer.encode(paragraph).ids);
}

function readSet(path: string): ProbeSet {
  const { name, about, items } = JSON.parse(readFileSync(path, 'utf8')) as ProbeSet;
  if (typeof name !== 'string' || !Array.isArray(items) || items.length === 0) {
    throw new Problem(`${path} is not a probe set: it needs a name and items.`);
  }
  items.forEach(({ prompt, options, answer }: ProbeItem, i) => {
    const words = (text: unknown) => typeof text === 'string' && text !== '';
    const list = Array.isArray(options) && options.length >= 2 && options.every(words);
    const right = Number.isInteger(answer) && list && words(options[answer]);
    if (words(prompt) && right && new Set(options).size === options.length) return;
    throw new Problem(
      `${path}, item ${i}: it needs a prompt, two or more different options and the place of the answer.`,
    );
  });
  const chance = items.reduce((sum, { options }) => sum + 1 / options.length, 0) / items.length;
  return Object.freeze({ name, about, items, chance });
}
