import type { Tokenizer } from './config';
import { Problem } from './core';
import { GENERAL, PASSAGE_TOKENS, type ProbeSet, tokensOf } from './probes';
import type { ProbeBehaviorRow } from './tables';

/** A run of tokens that the model reads once. */
export interface Sequence {
  readonly tokens: readonly number[];
  /** Places whose scores are looked at, and the next token that is scored there. */
  readonly scored: readonly { readonly at: number; readonly next: number }[];
}

/** One token of an option or a passage: its sequence, and its place in that one's `scored`. */
interface Place {
  readonly sequence: number;
  readonly scored: number;
}

/** One item, as tokens. */
export interface EncodedItem {
  /** Sequence and tokens of the prompt, whose hidden states are measured: the first `length` of them. */
  readonly prompt: { readonly sequence: number; readonly length: number };
  /** Where an option's log-probability comes from. Of a passage, a single one: all tokens but the first. */
  readonly options: readonly (readonly Place[])[];
  readonly answer: number;
}

/** All sets as tokens; options that differ in their last token only share one sequence. */
export interface EncodedProbes {
  readonly sequences: readonly Sequence[];
  readonly sets: readonly { readonly set: ProbeSet; readonly items: readonly EncodedItem[] }[];
  /** How often each token stands in the general text, as a share: the best answer that looks at nothing. */
  readonly unigram: ReadonlyMap<number, number>;
}

/**
 * Turns probe sets into tokens. Prompt and option are tokenized apart, so that the prompt's tokens are the same for every
 * option; no token stands before them. @param context longest sequence. @throws Problem naming an item that is longer.
 */
export function encodeProbes(
  sets: readonly ProbeSet[],
  tokenizer: Tokenizer,
  context: number,
): EncodedProbes {
  const sequences: { tokens: number[]; scored: { at: number; next: number }[] }[] = [];
  const score = (sequence: number, at: number, next: number): Place => {
    return { sequence, scored: sequences[sequence].scored.push({ at, next }) - 1 };
  };
  const encodePassage = (text: string): EncodedItem => {
    const tokens = tokenizer.encode(text).ids.slice(0, Math.min(PASSAGE_TOKENS, context));
    const sequence = sequences.push({ tokens, scored: [] }) - 1;
    const all = tokens.slice(1).map((next, at) => score(sequence, at, next));
    return { prompt: { sequence, length: tokens.length }, options: [all], answer: 0 };
  };
  const encoded = sets.map((set) => ({
    set,
    items: set.items.map((item, i): EncodedItem => {
      if (item.options.length === 0) return encodePassage(item.prompt);
      const prompt = tokenizer.encode(item.prompt).ids;
      const known = new Map<string, number>();
      const options = item.options.map((option): Place[] => {
        const next = tokenizer.encode(option).ids;
        const tokens = [...prompt, ...next.slice(0, -1)];
        if (prompt.length === 0 || next.length === 0 || tokens.length > context) {
          throw new Problem(
            `Item ${i} of probe set ${set.name} has ${tokens.length} tokens; this model takes 1 to ${context}.`,
          );
        }
        const sequence = known.get(String(tokens)) ?? sequences.push({ tokens, scored: [] }) - 1;
        known.set(String(tokens), sequence);
        return next.map((token, j) => score(sequence, prompt.length - 1 + j, token));
      });
      const { sequence } = options[0][0];
      return { prompt: { sequence, length: prompt.length }, options, answer: item.answer };
    }),
  }));
  return { sequences, sets: encoded, unigram: shares(sets, tokenizer) };
}

function shares(sets: readonly ProbeSet[], tokenizer: Tokenizer): Map<number, number> {
  const counts = new Map<number, number>();
  const tokens = sets.flatMap(({ source }) => (source ? tokensOf(source, tokenizer) : []));
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return new Map([...counts].map(([token, count]) => [token, count / tokens.length]));
}

/** What a model gives one scored token. */
export interface Score {
  /** Log-probability, nats. */
  readonly logProb: number;
  /** True where no other token is likelier. */
  readonly top: boolean;
}

/** Behavior on one set, as `ProbeBehaviorRow` has it. @param scores by sequence, in the order of its `scored`. */
export function probeBehavior(
  items: readonly EncodedItem[],
  scores: readonly (readonly Score[])[],
): Pick<ProbeBehaviorRow, 'accuracy' | 'exact' | 'log_prob'> {
  let [right, exact, sum] = [0, 0, 0];
  for (const { options, answer } of items) {
    const found = options.map((places) =>
      places.map(({ sequence, scored }) => scores[sequence][scored]),
    );
    const total = found.map((own) => own.reduce((all, { logProb }) => all + logProb, 0));
    sum += total[answer];
    // Sums, so an option of fewer tokens has the advantage. Ties are wrong: a model that cannot tell options knows nothing.
    if (total.every((value, i) => i === answer || value < total[answer])) right++;
    if (found[answer].every(({ top }) => top)) exact++;
  }
  const n = items.length;
  return { accuracy: right / n, exact: exact / n, log_prob: sum / n };
}

/** Bits per token of the general text; undefined where it is not among the sets. */
export function bitsPerToken(
  { sets }: EncodedProbes,
  scores: readonly (readonly Score[])[],
): number | undefined {
  const items = sets.find(({ set }) => set.name === GENERAL)?.items ?? [];
  const places = items.flatMap(({ options }) => options.flat());
  if (places.length === 0) return undefined;
  const nats = places.map(({ sequence, scored }) => -scores[sequence][scored].logProb);
  return nats.reduce((a, b) => a + b) / places.length / Math.LN2;
}
