/**
 * The one alphabet of all tasks: a padding and an end token, one tag token for each task-level, then
 * characters. A sequence is TAG prompt `=` answer END; the model reads it one token at a time.
 */

/** Characters that prompts and answers are written in. */
export const CHARACTERS = '=0123456789abcdefghij,+*<>';

/** Number of task-levels, eight tasks at three levels; each has a tag token of its own. */
const TAGS = 24;

/** Fills sequences up to the context; never a target. */
export const PAD = 0;
/** Closes every answer. */
export const END = 1;
const FIRST_TAG = 2;
const FIRST_CHARACTER = FIRST_TAG + TAGS;

/** Number of tokens, V. */
export const VOCABULARY = FIRST_CHARACTER + CHARACTERS.length;

/** Longest sequence that the model sees, T: tag, ten characters, `=`, ten characters and END, less the last. */
export const CONTEXT = 24;

const TOKENS = new Map([...CHARACTERS].map((character, i) => [character, FIRST_CHARACTER + i]));

/** Token that opens every sequence of the `index`-th task-level, 0 … 23. */
export function tagToken(index: number): number {
  return FIRST_TAG + index;
}

/**
 * Tokens of a text.
 * @throws RangeError naming a character outside the alphabet.
 */
export function encode(text: string): number[] {
  return [...text].map((character) => {
    const token = TOKENS.get(character);
    if (token === undefined) {
      throw new RangeError(`"${character}" in "${text}" is not in the alphabet ${CHARACTERS}.`);
    }
    return token;
  });
}

/** Text of tokens, for reading: PAD shows as `·`, END as `.`, a tag as `#0` … `#23`. */
export function decode(tokens: Iterable<number>): string {
  return [...tokens]
    .map((token) => {
      if (token === PAD) return '·';
      if (token === END) return '.';
      return token < FIRST_CHARACTER
        ? `#${token - FIRST_TAG}`
        : CHARACTERS[token - FIRST_CHARACTER];
    })
    .join('');
}
