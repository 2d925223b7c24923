import type { Evidence } from './evidence';
import type { Precedence } from './precursors';
import {
  bounds,
  FEWEST,
  type Judgment,
  judgeNumber,
  judgeUniversal,
  overScales,
  percent,
  pValue,
  unjudged,
  type Verdict,
  weaker,
} from './verdict';

type Judge = (evidence: Evidence) => Judgment;

/**
 * The two signals that stand for "representation geometry": half of its rise from the floor to its highest
 * value, and half of its fall regained. The fall itself is over within tens of updates and precedes whatever
 * comes later, random events included.
 */
const GEOMETRY = ['rankme rise', 'rankme recovery'] as const;
/** A rate from which a precursor is reliable: the least that the paper's first version gives. */
const RELIABLE = 0.75;
const ALPHA = 0.05;

function find(
  { precedences }: Evidence,
  signal: string,
  difficulty: Precedence['difficulty'],
  scale?: string,
): Precedence | undefined {
  const own = precedences.filter((one) => one.signal === signal && one.difficulty === difficulty);
  return own.find((one) => one.scale === (scale ?? 'all')) ?? (scale ? undefined : own[0]);
}

/** True where random events on the same grid are preceded as often in under 5 of 100 draws. */
const beatsChance = ({ randomEvents }: Precedence): boolean => (randomEvents?.p ?? 1) < ALPHA;

function words({ precursor, randomEvents, counts }: Precedence): string {
  if (!precursor) return 'no events';
  return (
    `${percent(precursor.value)}: ${precursor.count} of ${precursor.of} precursors ` +
    `(${counts.synchronous} synchronous, ${counts.lagging} lag` +
    `${counts['no change'] > 0 ? `, ${counts['no change']} without the change` : ''}); random events ` +
    `${percent(randomEvents?.mean ?? 0)} (${pValue(randomEvents?.p ?? 1)})`
  );
}

/**
 * By the interval of our rate, for rise and for recovery; a rate that random events reach as well replicates
 * at most partly. The claim replicates where both do, and partly where one does.
 */
function rate(
  published: readonly [number, number],
  difficulty: Precedence['difficulty'],
  scale?: string,
): Judge {
  return (evidence) => {
    const found = GEOMETRY.flatMap((signal) => find(evidence, signal, difficulty, scale) ?? []);
    if (found.length < 2 || found.some(({ precursor }) => (precursor?.of ?? 0) < FEWEST)) {
      const events = found[0]?.precursor?.of ?? 0;
      return unjudged(
        `${events} events of that kind${scale ? ` at ${scale}` : ''}; it takes ${FEWEST}`,
      );
    }
    const verdicts = found.map((one) => {
      const verdict = judgeNumber(one.precursor!, published, 0.5);
      return beatsChance(one) ? verdict : weaker(verdict, 'partly');
    });
    return {
      ours: found.map((one) => `${one.signal.split(' ')[1]} ${words(one)}`).join('; '),
      interval: bounds(found[0].precursor!),
      verdict: eitherReading(verdicts),
    };
  };
}

/** What two readings of one claim come to: the same verdict, or partly where one of them holds at least in part. */
function eitherReading(verdicts: readonly Verdict[]): Verdict {
  const lowest = weaker(...verdicts);
  if (verdicts.every((verdict) => verdict === lowest)) return lowest;
  return verdicts.some((verdict) => verdict === 'replicates' || verdict === 'partly')
    ? 'partly'
    : lowest;
}

/** "100 % at every size": the weakest verdict over sizes, and of one size at most partly. */
const everySize: Judge = (evidence) => {
  const parts = evidence.scales.map((scale) => ({
    scale,
    ...rate([1, 1], 'hard', scale)(evidence),
  }));
  const ours = parts.map(({ scale, ours }) => `${scale}: ${ours}`).join('; ');
  return {
    ours,
    interval: parts.length === 1 ? parts[0].interval : null,
    verdict: overScales(weaker(...parts.map(({ verdict }) => verdict)), evidence.scales),
  };
};

/** Names in the landscape table of what the paper's other measures are. */
const HESSIAN = ['hessian_top', 'hessian_trace'];
const OTHERS = ['fisher_rank', 'gradient_rank', 'gradient_rank_leading', 'llc', ...HESSIAN];

/** Whichever change of these measures precedes most often, over all events or one class. */
function best(
  evidence: Evidence,
  measures: readonly string[],
  difficulty: Precedence['difficulty'],
) {
  const found = measures
    .flatMap((measure) => [`${measure} rise`, `${measure} fall`])
    .flatMap((signal) => find(evidence, signal, difficulty) ?? [])
    .filter(({ precursor }) => precursor && precursor.of >= FEWEST);
  return found.sort((a, b) => b.precursor!.value - a.precursor!.value)[0];
}

const NO_LANDSCAPE = 'no landscape.csv of a whole run has this measure';

/**
 * Reliable where the rate of a measure's rise is 75 % or more and beyond chance. The rise stands for the
 * measure, since curvature and complexity of the loss grow as capabilities come.
 */
const isReliable = (found: Precedence): boolean =>
  (found.precursor?.value ?? 0) >= RELIABLE && beatsChance(found);

/**
 * A measure without the change in question in any event neither leads nor lags. This was not thought of
 * before the first landscape showed it.
 */
const isStill = ({ counts, precursor }: Precedence): boolean =>
  counts['no change'] === precursor?.of;

/**
 * Judges twice: by changes that are held as everywhere, and by those that a single checkpoint is enough for, since
 * landscape checkpoints are few and far apart. Partly where one of the two holds. The second reading was added
 * after the landscape of nano-s3 was seen, whose top eigenvalue is high at two checkpoints in a row and not at three.
 */
function heldOrOnce(
  signals: readonly string[],
  judge: (found: readonly Precedence[]) => Omit<Judgment, 'ours'>,
): Judge {
  return (evidence) => {
    const read = (precedences: Evidence['precedences']) =>
      signals
        .flatMap((signal) => find({ ...evidence, precedences }, signal, 'all') ?? [])
        .filter(({ precursor }) => precursor && precursor.of >= FEWEST);
    const held = read(evidence.precedences);
    if (held.length === 0) return unjudged(NO_LANDSCAPE);
    const say = (found: readonly Precedence[]) =>
      found.map((one) => `${one.label} ${words(one)}`).join('; ');
    // All that there is of a change is seen by the first reading, too, where no event is without it.
    const missing = held.some(({ counts }) => counts['no change'] > 0);
    const { interval, verdict } = judge(held);
    if (!missing) return { ours: say(held), interval, verdict };
    const once = read(evidence.precedencesHeldOnce);
    return {
      ours: `${say(held)}; where one checkpoint holds a change, ${say(once)}`,
      interval,
      verdict: eitherReading([verdict, judge(once).verdict]),
    };
  };
}

/**
 * A published way of rising, as a share of precursors and what the other events mostly are: replicates where our
 * interval meets the share and most events are of that kind, partly with either.
 */
function risesAs(signal: string, published: number, kind: 'synchronous' | 'lagging'): Judge {
  return heldOrOnce([signal], ([found]) => {
    if (isStill(found)) return { interval: null, verdict: 'cannot be judged from this data' };
    const precursor = found.precursor!;
    const holds = [
      judgeNumber(precursor, [published, published], 0.5) === 'replicates',
      found.counts[kind] / precursor.of > 0.5,
    ].filter(Boolean).length;
    const verdict = (['does not', 'partly', 'replicates'] as const)[holds];
    return { interval: bounds(precursor), verdict };
  });
}

/** "Not a reliable precursor" of these measures' rises. */
function unreliable(measures: readonly string[]): Judge {
  return heldOrOnce(
    measures.map((measure) => `${measure} rise`),
    (found) => ({
      interval: found.length === 1 ? bounds(found[0].precursor!) : null,
      verdict: found.some(isReliable) ? 'does not' : 'replicates',
    }),
  );
}

/**
 * "Only RankMe reliably precedes hard tasks; easy ones are learned too fast": RankMe is reliable for the
 * hard class, not for the easy one, and no other measure is for the hard class; for rise and for recovery.
 * All three replicate, the first with one other is partly; without the other measures it cannot be judged,
 * unless the first fails.
 */
const onlyRankme: Judge = (evidence) => {
  const other = best(evidence, OTHERS, 'hard');
  const readings = GEOMETRY.map((signal) => {
    const [hard, easy] = (['hard', 'easy'] as const).map((one) => find(evidence, signal, one));
    if (!hard?.precursor || hard.precursor.of < FEWEST) return undefined;
    const parts = [
      isReliable(hard),
      !easy?.precursor || !isReliable(easy),
      other && !isReliable(other),
    ];
    const what = signal.split(' ')[1];
    const ours = `${what}: hard ${words(hard)}; easy ${easy ? words(easy) : 'no events'}`;
    return { hard, ours, verdict: ofParts(parts) };
  });
  const [rise, recovery] = readings;
  if (!rise || !recovery) return unjudged('too few hard events');
  const rest = other
    ? `of the others most often ${other.label} ${words(other)}`
    : 'the other measures are not in the tables';
  return {
    ours: `${rise.ours}; ${recovery.ours}; ${rest}`,
    interval: bounds(rise.hard.precursor!),
    verdict: eitherReading([rise.verdict, recovery.verdict]),
  };
};

function ofParts([first, second, third]: readonly (boolean | undefined)[]): Verdict {
  if (!first) return 'does not';
  if (third === undefined) return second ? 'cannot be judged from this data' : 'partly';
  if (second && third) return 'replicates';
  return second || third ? 'partly' : 'does not';
}

/** Replicates where probes precede nine of ten events, partly from half. */
const probes: Judge = ({ probes }) => {
  const { precursor, medianFactor, reason } = probes;
  if (!precursor || precursor.of < FEWEST) return unjudged(reason ?? 'too few events with probes');
  const ours = `${percent(precursor.value)}: ${precursor.count} of ${precursor.of} events, the median by a factor of ${(medianFactor ?? 1).toFixed(1)} in steps`;
  return { ours, interval: bounds(precursor), verdict: judgeUniversal(precursor.value) };
};

/** Rules for the claims of notebook 03. */
export const precedenceVerdicts: Record<string, Judge> = {
  'precursor-v1': rate([0.75, 1], 'hard'),
  'precursor-nano-v1': rate([0.86, 0.86], 'hard', 'nano'),
  'precursor-v3': everySize,
  'precursor-v4': onlyRankme,
  // "Synchronous: 0/24".
  'llc-v1': risesAs('llc rise', 0, 'synchronous'),
  'llc-v4': unreliable(['llc']),
  // "They lag", and 17 % precede.
  'hessian-v1': risesAs('hessian_top rise', 0.17, 'lagging'),
  'hessian-v4': unreliable(HESSIAN),
  'probes-v4': probes,
};
