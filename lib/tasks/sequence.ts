/**
 * How a question is written, where the paper is silent. The defaults are those whose untrained nets come nearest to
 * its RankMe at step 0 (notebook 01 makes that identification again).
 */
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
