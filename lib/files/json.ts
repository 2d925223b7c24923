import { readFileSync } from 'node:fs';
import { unreadable } from './whole';

/** Reads a JSON object. @throws Problem that ends with `remedy` where it is not there, not JSON or no object. */
export function readJson(path: string, remedy: string): Record<string, unknown> {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Error('it is not a JSON object');
    }
    return value;
  } catch (error) {
    throw unreadable(path, error, remedy);
  }
}
