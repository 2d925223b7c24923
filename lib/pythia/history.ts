/** A checkpoint as it was found: the step that its branch claims, and the fingerprint of its weights. */
export interface Found {
  readonly step: number;
  readonly sha256: string;
  readonly sketch: ArrayLike<number>;
}

/** What a checkpoint turned out to be. */
export interface Judged {
  readonly step: number;
  readonly verdict: 'genuine' | 'duplicate' | 'inconsistent';
  /** The genuine step whose weights it repeats, where it is a duplicate of one. */
  readonly of?: number;
  /** Distance to the latest checkpoint, as a share of the distance of the farthest; 0…1. */
  readonly distance: number;
}

/**
 * How much farther from the end a later checkpoint may be. Training does not approach its end on a straight
 * line; a branch with final-era weights is off by tens of percent, not by this.
 */
export const SLACK = 0.02;

/**
 * Finds the checkpoints of a training that are what they claim to be. The history of Pythia 2.8B on the hub is
 * damaged: about 86 of its 154 branches serve weights of the end (EleutherAI/pythia, issue 205).
 *
 * Training leads from the start to the end, so the distance of the weights to the final ones falls from step to
 * step. The longest series of checkpoints over which it does (within {@link SLACK}), with no weights twice, is
 * taken as genuine. A checkpoint outside of it is a duplicate where its weights are exactly those of another
 * checkpoint, otherwise inconsistent with its step. The rule needs no clean neighborhood, so it holds where
 * most branches are damaged, as long as the genuine ones are the longest series; the last step's weights are
 * taken for final, which is assumed and cannot be seen from the weights alone.
 *
 * @returns one verdict each, by increasing step.
 */
export function judgeHistory(found: readonly Found[]): Judged[] {
  const checkpoints = [...found].sort((a, b) => a.step - b.step);
  if (checkpoints.length === 0) return [];
  const end = checkpoints[checkpoints.length - 1].sketch;
  const far = checkpoints.map(({ sketch }) => distance(sketch, end));
  const most = Math.max(...far) || 1;
  const chosen = longestSeries(
    checkpoints.map(({ sha256 }) => sha256),
    far,
  );
  const genuine = new Map<string, number>();
  for (const at of chosen) genuine.set(checkpoints[at].sha256, checkpoints[at].step);
  const copies = new Map<string, number>();
  for (const { sha256 } of checkpoints) copies.set(sha256, (copies.get(sha256) ?? 0) + 1);
  return checkpoints.map(({ step, sha256 }, at) => {
    const share = far[at] / most;
    if (chosen.has(at)) return { step, verdict: 'genuine', distance: share };
    const of = genuine.get(sha256);
    if (of !== undefined) return { step, verdict: 'duplicate', of, distance: share };
    const verdict = copies.get(sha256)! > 1 ? 'duplicate' : 'inconsistent';
    return { step, verdict, distance: share };
  });
}

/**
 * Places of the longest series over which the distance falls. Of two series of one length the one through
 * earlier steps wins, so that the first of two equal starts (Pythia's steps 0 and 1) is kept.
 */
function longestSeries(hashes: readonly string[], far: readonly number[]): Set<number> {
  const length: number[] = [];
  const before: number[] = [];
  for (let i = 0; i < far.length; i++) {
    length[i] = 1;
    before[i] = -1;
    for (let j = 0; j < i; j++) {
      const falls = far[i] <= far[j] * (1 + SLACK) && hashes[i] !== hashes[j];
      if (falls && length[j] + 1 > length[i]) {
        length[i] = length[j] + 1;
        before[i] = j;
      }
    }
  }
  let at = length.indexOf(Math.max(...length));
  // A series of one checkpoint proves nothing: then the last one, whose weights are the end's, is it.
  if (length[at] === 1) at = far.length - 1;
  const chosen = new Set<number>();
  for (; at >= 0; at = before[at]) chosen.add(at);
  // Weights that come twice within the slack stand for their earliest step.
  const seen = new Set<string>();
  for (const place of [...chosen].sort((a, b) => a - b)) {
    if (seen.has(hashes[place])) chosen.delete(place);
    seen.add(hashes[place]);
  }
  return chosen;
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
