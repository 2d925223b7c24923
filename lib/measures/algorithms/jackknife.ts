/**
 * Standard error of a statistic by the grouped jackknife (Quenouille; Efron & Tibshirani 1993, chapter 11):
 * from the values it takes when each of G groups of samples is left out in turn.
 */
export function jackknifeError(leftOut: ArrayLike<number>): number {
  const G = leftOut.length;
  let mean = 0;
  for (let g = 0; g < G; g++) mean += leftOut[g] / G;
  let squares = 0;
  for (let g = 0; g < G; g++) squares += (leftOut[g] - mean) ** 2;
  return G > 1 ? Math.sqrt(((G - 1) / G) * squares) : Number.NaN;
}
