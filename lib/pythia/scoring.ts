import { Problem } from '../environment/problem';
import type { ProbeSet } from './probes';
import type { Tokenizer } from './tokenizer';

/** A run of tokens that the model reads once. */
export interface Sequence {
  readonly tokens: readonly number[];
  /** Places whose scores are looked at, and the next token that is scored there. */
  readonly scored: readonly { readonly at: number; readonly next: number }[];
}

/** Where an option's log-probability comes from: scores of sequences, by their places in the list of all. */
export interface OptionScores {
  readonly scores: readonly { readonly sequence: number; readonly scored: number }[];
}

/** One item, as tokens. */
export interface EncodedItem {
  /** Sequence and place of the last token of the prompt, whose hidden state is measured. */
  readonly prompt: { readonly sequence: number; readonly at: number };
  readonly options: readonly OptionScores[];
  readonly answer: number;
}

/** All sets as tokens; options that differ in their last token only share one sequence. */
export interface EncodedProbes {
  readonly sequences: readonly Sequence[];
  readonly sets: readonly { readonly set: ProbeSet; readonly items: readonly EncodedItem[] }[];
}

/**
 * Turns probe sets into tokens. Prompt and option are tokenized apart, so that the prompt's tokens are the
 * same for every option; a model sees no token before them.
 * @param context longest sequence that the model takes.
 * @throws Problem naming the set and item that is longer.
 */
export function encodeProbes(
  sets: readonly ProbeSet[],
  tokenizer: Tokenizer,
  context: number,
): EncodedProbes {
  const sequences: { tokens: number[]; scored: { at: number; next: number }[] }[] = [];
  const encoded = sets.map((set) => ({
    set,
    items: set.items.map((item, i): EncodedItem => {
      const prompt = tokenizer.encode(item.prompt).ids;
      const own = new Map<string, number>();
      const options = item.options.map((option): OptionScores => {
        const next = tokenizer.encode(option).ids;
        const tokens = [...prompt, ...next.slice(0, -1)];
        if (prompt.length === 0 || next.length === 0 || tokens.length > context) {
          throw new Problem(
            `Item ${i} of probe set ${set.name} has ${tokens.length} tokens; this model takes 1 to ${context}.`,
          );
        }
        const key = String(tokens);
        let at = own.get(key);
        if (at === undefined) {
          at = sequences.push({ tokens, scored: [] }) - 1;
          own.set(key, at);
        }
        const { scored } = sequences[at];
        const sequence = at;
        return {
          scores: next.map((token, j) => ({
            sequence,
            scored: scored.push({ at: prompt.length - 1 + j, next: token }) - 1,
          })),
        };
      });
      const { sequence } = options[0].scores[0];
      return { prompt: { sequence, at: prompt.length - 1 }, options, answer: item.answer };
    }),
  }));
  return { sequences, sets: encoded };
}

/** What a model does with one probe set. */
export interface ProbeBehavior {
  /** Share of the items whose right option is the likeliest of all, 0…1. */
  readonly accuracy: number;
  /** Mean log-probability of the right option, nats. */
  readonly logProb: number;
}

/**
 * Behavior on one set.
 * @param scores log-probabilities by sequence, in the order of its `scored`.
 */
export function probeBehavior(
  items: readonly EncodedItem[],
  scores: readonly ArrayLike<number>[],
): ProbeBehavior {
  let right = 0;
  let sum = 0;
  for (const { options, answer } of items) {
    const total = options.map((option) =>
      option.scores.reduce((all, { sequence, scored }) => all + scores[sequence][scored], 0),
    );
    sum += total[answer];
    // Ties count as wrong: a model that gives all options the same knows nothing.
    if (total.every((value, i) => i === answer || value < total[answer])) right++;
  }
  return { accuracy: right / items.length, logProb: sum / items.length };
}
