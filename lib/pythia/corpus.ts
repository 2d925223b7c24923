import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DATA } from '../environment/paths';
import type { Tokenizer } from './tokenizer';

/** The corpus of the offline stand-in: six novels of Jane Austen. data/README.md tells where it is from. */
export const CORPUS = join(DATA, 'corpus');

/** Share of the tokens, at the end, that training never sees. */
const HELD_OUT = 0.05;

/** The corpus as tokens. */
export interface Corpus {
  readonly training: Int32Array;
  readonly heldOut: Int32Array;
}

/** Reads and tokenizes the corpus; about four seconds. */
export function readCorpus(tokenizer: Tokenizer): Corpus {
  const text = gunzipSync(readFileSync(join(CORPUS, 'austen.txt.gz'))).toString('utf8');
  // By paragraph: the tokenizer's time grows faster than its text.
  const ids = text.split(/(?<=\n)/).flatMap((paragraph) => tokenizer.encode(paragraph).ids);
  const tokens = Int32Array.from(ids);
  const border = Math.floor(tokens.length * (1 - HELD_OUT));
  return { training: tokens.subarray(0, border), heldOut: tokens.subarray(border) };
}
