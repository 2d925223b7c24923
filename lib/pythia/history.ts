/** A checkpoint as it was found: the step that its branch claims, and the fingerprint of its weights. */
export interface Found {
  readonly step: number;
  readonly sha256: string;
  readonly sketch: ArrayLike<number>;
  /** Steps whose branches list the same file of weights, or one of the same shards, measured or not. */
  readonly servedAt?: readonly number[];
}

/** What a checkpoint turned out to be; `unjudged` where there are too few to tell. */
export type Verdict = 'genuine' | 'duplicate' | 'inconsistent' | 'unjudged';

export interface Judged {
  readonly step: number;
  readonly verdict: Verdict;
  /** The genuine step whose weights it repeats, where it is a duplicate of one. */
  readonly of?: number;
  /** Distance to the latest checkpoint, as a share of the distance of the farthest; 0…1. */
  readonly distance: number;
}

/** How much farther from the end a later checkpoint may be; a branch with final-era weights is off by tens of percent. */
const SLACK = 0.02;
/** Weights served at this many places count only after others that are served nowhere else, or at the last step. */
const SUSPECT = 3;
/** Up to this step copies are one place: its first updates change Pythia by less than float16 holds (issues 83, 198). */
const WARMING = 4;
/** Different weights below which nothing can be judged. */
const FEWEST = 3;

/**
 * Finds the checkpoints of a training that are what they claim to be. Of Pythia 2.8B's 154 branches on the hub 86 serve
 * weights of the end, 76 of them the same (EleutherAI/pythia, issue 205).
 *
 * In training the distance of the weights to the final ones falls from step to step. The longest series of checkpoints
 * that ends at the last one and over which it falls (within {@link SLACK}), with no weights twice, is taken as genuine; weights
 * count for less the more steps serve them. A checkpoint outside is a duplicate where another step serves its weights, or
 * a shard of them, otherwise inconsistent with its step. It is assumed that the last step's weights are the final ones,
 * which weights alone cannot show; {@link lossSigns} looks from another side.
 *
 * ```ts
 * const { checkpoints } = trajectories()[0];
 * checkpoints.filter(({ verdict }) => verdict !== 'genuine').length; // as judged when it was measured
 * ```
 * @returns one verdict each, by increasing step.
 */
export function judgeHistory(found: readonly Found[]): Judged[] {
  const checkpoints = [...found].sort((a, b) => a.step - b.step);
  if (checkpoints.length === 0) return [];
  const end = checkpoints[checkpoints.length - 1];
  const far = checkpoints.map(({ sketch }) => distance(sketch, end.sketch));
  const most = Math.max(...far) || 1;
  const places = placesOf(checkpoints);
  const judge = new Set(checkpoints.map(({ sha256 }) => sha256)).size >= FEWEST;
  const chosen = series(checkpoints, far, places);
  const genuine = new Map([...chosen].map((at) => [checkpoints[at].sha256, checkpoints[at].step]));
  return checkpoints.map(({ step, sha256 }, at) => {
    const distance = far[at] / most;
    if (chosen.has(at)) return { step, verdict: judge ? 'genuine' : 'unjudged', distance };
    const of = genuine.get(sha256);
    const repeats = of !== undefined || places[at] > 1;
    return { step, verdict: repeats ? 'duplicate' : 'inconsistent', of, distance };
  });
}

/** At how many places of the history each checkpoint's weights are served. */
function placesOf(checkpoints: readonly Found[]): number[] {
  const steps = new Map<string, Set<number>>();
  for (const { step, sha256, servedAt = [] } of checkpoints) {
    const own = steps.get(sha256) ?? new Set();
    for (const each of [step, ...servedAt]) own.add(each <= WARMING ? 0 : each);
    steps.set(sha256, own);
  }
  return checkpoints.map(({ sha256 }) => (steps.get(sha256) as Set<number>).size);
}

/** Places of the best series over which the distance falls; of two that are as good, the one through earlier steps. */
function series(checkpoints: readonly Found[], far: number[], places: number[]): Set<number> {
  const last = checkpoints.length - 1;
  const hash = (i: number) => checkpoints[i].sha256;
  const mayCount = (i: number) => i === last || hash(i) !== hash(last);
  const worth: number[] = [];
  const before: number[] = [];
  for (let i = 0; i <= last; i++) {
    [worth[i], before[i]] = [0, -1];
    if (!mayCount(i)) continue;
    for (let j = 0; j < i; j++) {
      const falls = far[i] <= far[j] * (1 + SLACK) && hash(i) !== hash(j) && mayCount(j);
      if (falls && worth[j] > worth[i]) [worth[i], before[i]] = [worth[j], j];
    }
    worth[i] += 1 / places[i];
  }
  const chosen = new Set<number>();
  for (let at = last; at >= 0; at = before[at]) chosen.add(at);
  // Weights that come twice within the slack stand for their earliest step.
  const seen = new Set<string>();
  let vouched = false;
  for (const place of [...chosen].sort((a, b) => a - b)) {
    const suspect = places[place] >= SUSPECT && place !== last;
    if (seen.has(hash(place)) || (suspect && !vouched)) chosen.delete(place);
    seen.add(hash(place));
    vouched ||= !suspect;
  }
  return chosen;
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

/** Share of log₂ V that an untrained model loses per token at least: it guesses evenly. */
const UNTRAINED = 0.9;
/** Bits per token by which a checkpoint may lie outside of its neighbors. */
const LOSS_SLACK = 0.15;

/** How a checkpoint's loss stands to its step; `untold` where it has none, or no neighbor. */
export type LossSign = 'fits' | 'off' | 'untold';

/**
 * A second sign of a damaged history, which looks at no weights: bits per token on a fixed text fall in training. So they
 * lie between those of the nearest genuine checkpoints before and after, give or take half of what lies between these and
 * 0.15 bits; those of steps 0 and 1 near log₂ V. Late in training, where the loss hardly changes, it tells little.
 * @param vocabulary tokens, V.
 * @returns a sign for each checkpoint, in order.
 */
export function lossSigns(
  checkpoints: readonly { step: number; verdict: string; bits_per_token?: number }[],
  vocabulary: number,
): LossSign[] {
  const sound = checkpoints.filter(({ verdict }) => verdict === 'genuine');
  return checkpoints.map(({ step, bits_per_token: bits }) => {
    if (bits === undefined) return 'untold';
    if (step <= 1) return bits >= UNTRAINED * Math.log2(vocabulary) ? 'fits' : 'off';
    const before = sound.filter((own) => own.step < step).at(-1)?.bits_per_token;
    const after = sound.find((own) => own.step > step)?.bits_per_token;
    if (before === undefined && after === undefined) return 'untold';
    const [high, low] = [before ?? Number.POSITIVE_INFINITY, after ?? 0];
    const between = before !== undefined && after !== undefined ? Math.abs(before - after) : 0;
    const slack = LOSS_SLACK + between / 2;
    return bits <= high + slack && bits >= low - slack ? 'fits' : 'off';
  });
}
