import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATA } from '../environment/paths';

/** One claim of one or more versions of the paper, as published. */
export interface Claim {
  readonly id: string;
  /** Version or versions of the paper, for example `v1, v2`. */
  readonly version: string;
  readonly claim: string;
  /** The published value, in words. */
  readonly published: string;
  /** P = the paper's own words, S = a third party's summary of its text. */
  readonly certainty: 'P' | 'S';
  /** Number of the notebook that is about it. */
  readonly notebook: string;
}

/** The claims in data/paper.json, those of one notebook or all. */
export function publishedClaims(notebook?: string): Claim[] {
  const { claims } = JSON.parse(readFileSync(join(DATA, 'paper.json'), 'utf8')) as {
    claims: Claim[];
  };
  return claims.filter((claim) => notebook === undefined || claim.notebook === notebook);
}
