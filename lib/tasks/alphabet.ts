/**
 * The one alphabet of all tasks: 41 symbols, as in the paper (section 3): three special tokens, ten digits, 26
 * capitals, the blank and `=`. A sequence is `TASK input =output` and END; the model reads it one token at a time.
 */

/** Characters that texts are written in. */
export const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ =';

/** Fills rows up to the context; never a target. */
export const PAD = 0;
/** Closes every answer. */
export const END = 1;
/** The paper counts three special tokens and names none. The third is never used; it keeps the alphabet at 41. */
const FIRST_CHARACTER = 3;

/** Number of tokens, V. */
export const VOCABULARY = FIRST_CHARACTER + CHARACTERS.length;

/**
 * Most tokens that the model sees at once, T. The longest line, SORT of eight digits with blanks, has 37. The paper
 * does not give its context; 40 is among those that fit its parameter counts (`test/model/parameters.test.ts`).
 */
export const CONTEXT = 40;

const TOKENS = new Map([...CHARACTERS].map((character, i) => [character, FIRST_CHARACTER + i]));

/** Tokens of a text. @throws RangeError naming a character outside the alphabet. */
export function encode(text: string): number[] {
  return [...text].map((character) => {
    const token = TOKENS.get(character);
    if (token === undefined) {
      throw new RangeError(
        `"${character}" in "${text}" is not in the alphabet: write tasks in digits, capitals, blanks and =.`,
      );
    }
    return token;
  });
}

/** Text of tokens, for reading: PAD shows as `·`, END as `.`, the unused token as `>`. */
export function decode(tokens: Iterable<number>): string {
  return [...tokens].map((token) => '·.>'[token] ?? CHARACTERS[token - FIRST_CHARACTER]).join('');
}

/** How a question is written: the paper is silent, and the defaults come nearest to its RankMe at step 0 (notebook 01). */
export interface TextFormat {
  /** Blanks between the items of a list: `COPY 3 5 8 =3 5 8`. */
  readonly listBlanks: boolean;
  /** A blank after `=`. */
  readonly blankAfterEquals: boolean;
  /** An end token after the answer, which is part of it. */
  readonly endToken: boolean;
}

export const FORMAT: TextFormat = { listBlanks: true, blankAfterEquals: false, endToken: true };

/** One line as the model takes it: prompt up to `=` (and its blank), answer, END. */
export interface Sequence {
  readonly tokens: readonly number[];
  /** Index in `tokens` of the answer's first token, which the token before it predicts. */
  readonly answerFrom: number;
}

/** The places in a line whose next token belongs to the answer; the first is the last prompt token. */
export function answerPlaces({ tokens, answerFrom }: Sequence): number[] {
  return Array.from({ length: tokens.length - answerFrom }, (_, i) => answerFrom - 1 + i);
}
