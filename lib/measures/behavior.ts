import type { NextToken } from '../tasks';

/** What a model makes of one answer token of a sample. */
export interface TokenAnswer {
  /** Log-probability of the right token, nats. */
  readonly logProb: number;
  /** True where the right token is the model's first choice. */
  readonly right: boolean;
  /** KL to the model from each blind answer, nats; one number a rung. */
  readonly divergences: readonly number[];
}

/** How well a model answers a set of samples. */
export interface Behavior {
  /** Exact match: share of whole answers that are right, 0…1, under teacher forcing: for these the same as greedy. */
  readonly accuracy: number;
  /** Mean over samples of the mean log-probability of the answer's tokens, END included: nats per token, at most 0. */
  readonly logProb: number;
  /** Mean over all answer tokens of the KL from each blind answer, nats per token. */
  readonly divergences: readonly number[];
}

/**
 * Behavior over samples (the paper, section 3).
 * @param samples each a list of its answer's tokens.
 * @throws RangeError for no samples, a sample without an answer, or scores that are not finite.
 */
export function behavior(samples: readonly (readonly TokenAnswer[])[]): Behavior {
  if (samples.length === 0)
    throw new RangeError('Behavior needs at least one sample, and got none.');
  if (samples.some(({ length }) => length === 0)) {
    throw new RangeError('A sample has no answer position: every sample needs an answer.');
  }
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const logProb = mean(samples.map((tokens) => mean(tokens.map((token) => token.logProb))));
  if (!Number.isFinite(logProb)) {
    throw new RangeError(
      `The log-probability of the answers is ${logProb}: the model's weights are not finite.`,
    );
  }
  const accuracy = mean(samples.map((tokens) => Number(tokens.every(({ right }) => right))));
  const all = samples.flat().map((token) => token.divergences);
  const divergences = all[0].map((_, rung) => mean(all.map((own) => own[rung])));
  return { accuracy, logProb, divergences };
}

/**
 * What a row of log-probabilities says of one answer token.
 * @param logProbs of all V tokens, from `offset` on. @param target the right one. @param blind what to compare it with.
 */
export function tokenAnswer(
  logProbs: Float32Array,
  offset: number,
  vocabulary: number,
  target: number,
  blind: readonly NextToken[],
): TokenAnswer {
  const logProb = logProbs[offset + target];
  let right = true;
  for (let v = 0; v < vocabulary; v++) if (logProbs[offset + v] > logProb) right = false;
  const divergences = blind.map(({ tokens, shares, entropy }) => {
    let cross = 0;
    for (let i = 0; i < tokens.length; i++) cross -= shares[i] * logProbs[offset + tokens[i]];
    return cross - entropy;
  });
  return { logProb, right, divergences };
}
