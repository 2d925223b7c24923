import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { damagedFile } from './weight-file';

/** Text to tokens and back. */
export interface Tokenizer {
  encode(text: string): { readonly ids: number[] };
  decode(ids: number[]): string;
}

// Hugging Face's own implementation in JavaScript. The package has a CommonJS build, but its types say that
// it has none; hence neither a plain import nor its types.
const { Tokenizer: HubTokenizer } = require('@huggingface/tokenizers') as {
  Tokenizer: new (tokenizer: object, config: object) => Tokenizer;
};

/**
 * Reads a tokenizer.json, with the tokenizer_config.json beside it where there is one.
 * @param folder a checkpoint's folder, or the corpus.
 * @throws Problem where the file is missing or is not a tokenizer.
 */
export function readTokenizer(folder: string): Tokenizer {
  const path = join(folder, 'tokenizer.json');
  if (!existsSync(path)) throw damagedFile(folder, 'it has no tokenizer.json');
  const config = join(folder, 'tokenizer_config.json');
  try {
    return new HubTokenizer(
      JSON.parse(readFileSync(path, 'utf8')),
      existsSync(config) ? JSON.parse(readFileSync(config, 'utf8')) : {},
    );
  } catch (error) {
    throw damagedFile(path, `it is not a tokenizer: ${(error as Error).message}`);
  }
}
