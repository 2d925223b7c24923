/**
 * What the findings mean by emergence, collapse, floor, recovery, onset, precursor, and easy or hard: all in
 * this file, with source or reason. The paper's text at hand names these ideas and gives few numbers, so the
 * numbers are ours. They were set before any full run of the study was looked at; the emergence steps of the
 * short trial in the project's notes were known. `sensitivity` shows what each choice does.
 */

/**
 * When a capability counts as there. The paper calls it a low threshold crossed and held and gives no
 * number; half of the way from chance to perfect, held for three measured steps, is ours.
 */
export interface EmergenceRule {
  /** Share of the way from chance to perfect that behavior must reach, in (0, 1). */
  readonly share: number;
  /** Measured steps in a row, the crossing one included, that must hold it. */
  readonly held: number;
  /**
   * `accuracy`: of whole answers, from chance to 1. `log_prob`: of the whole answer, from ln(chance) to 0;
   * nats of a wrong answer keep falling before any answer is right, so this one sees gradual progress.
   * Accuracy where this is left out.
   */
  readonly by?: 'accuracy' | 'log_prob';
}

/** Our rule of emergence: halfway from chance to 1, for three measured steps. */
export const EMERGENCE: EmergenceRule = { share: 0.5, held: 3, by: 'accuracy' };

/**
 * Share of its start that a rank must lose to count as collapsed. The paper says "collapse" without a number;
 * a quarter is far beyond the change between neighboring checkpoints before training has begun to act.
 */
export const COLLAPSE = { share: 0.25 } as const;

/**
 * When a measure's change counts as come, and how large it must be to be a change at all.
 * A measure can change in three ways: it falls from its start to its lowest value, the floor; it rises, by the
 * largest increase between two steps of its series, which for RankMe leads from the floor to the highest value
 * after it; or, which is an earlier mark of the same way, it recovers what it fell. Rise was the only mark of
 * RankMe's way up until a first look at an unfinished nano run showed that the two disagree, since RankMe goes on
 * rising far beyond its start; so claims are judged by both. A rise began at the lowest value of all until the
 * LLC of nano-s1 was seen, which rises first and falls below its beginning later.
 */
export interface OnsetRule {
  /**
   * Share of the change, in (0, 1), at whose first crossing it counts as come. Half, as for emergence: an
   * earlier mark for the measure than for behavior would make precursors by definition.
   */
  readonly share: number;
  /** Measured steps in a row that must hold it; as for emergence. */
  readonly held: number;
  /** Least size of a change, as a share of the larger of its two ends, in (0, 1); as for collapse. */
  readonly least: number;
}

/** Our rule of onset: half of the change is done, for three measured steps. */
export const ONSET: OnsetRule = { share: 0.5, held: 3, least: COLLAPSE.share };

/**
 * Steps whose ratio is below this are synchronous. Between the study's measured steps after step 50 lies a
 * factor of 1.04, so that a ratio of 1.25 is about six of them: more than three held steps can blur.
 */
export const SYNCHRONY = { ratio: 1.25 } as const;

/** How an onset stands to the emergence that it is compared with; `no change` where the measure has none. */
export type Relation = 'precursor' | 'synchronous' | 'lagging' | 'no change';

/**
 * Precursor where the onset is earlier than the event by more than `ratio`, lagging where it is later.
 * One is added to both steps, since training starts at step 0.
 */
export function relation(
  onset: number | undefined,
  event: number,
  ratio: number = SYNCHRONY.ratio,
): Relation {
  if (onset === undefined) return 'no change';
  const lead = (event + 1) / (onset + 1);
  if (lead >= ratio) return 'precursor';
  return lead <= 1 / ratio ? 'lagging' : 'synchronous';
}

export type Difficulty = 'easy' | 'hard';
/**
 * - `pace`: easy are the task-levels in the earlier half of the emergence order of their run; those that
 *   never emerge are hard. The paper's fourth version calls easy what is learned fast, so the class is
 *   relative to a model's capacity. Our default.
 * - `level`: easy is level 1, hard levels 2 and 3.
 * - `kind`: easy are COPY, REV, CMP and SORT, which order or repeat their prompt; hard are PAR, ADD, MOD
 *   and MUL, which compute.
 */
export type DifficultyRule = 'pace' | 'level' | 'kind';
/** Our classes of difficulty: by pace. */
export const DIFFICULTY: DifficultyRule = 'pace';
const REPEATING = new Set(['COPY', 'REV', 'CMP', 'SORT']);

/** Name of a task-level in the findings' maps and figures, for example `MOD 2`. */
export function nameOf({ task, level }: { task: string; level: number }): string {
  return `${task} ${level}`;
}

/**
 * The class of each task-level of one run, by name.
 * @param emergence step of each task-level of the run, undefined where it never emerges.
 */
export function difficulties(
  emergence: readonly { task: string; level: number; step: number | undefined }[],
  rule: DifficultyRule = DIFFICULTY,
): Map<string, Difficulty> {
  const steps = emergence.map(({ step }) => step ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  // The later half starts here; ties at the middle go with the later half, so that the easy are fast for sure.
  const middle = steps[steps.length >> 1];
  return new Map(
    emergence.map((own) => {
      const hard = {
        pace: (own.step ?? Number.POSITIVE_INFINITY) >= middle,
        level: own.level > 1,
        kind: !REPEATING.has(own.task),
      }[rule];
      return [nameOf(own), hard ? 'hard' : 'easy'];
    }),
  );
}

/**
 * Updates from which an ended run counts as whole, those of the study's shortest run that is to show emergence
 * (medium): shorter ones, such as live cells of notebooks, end before the hard task-levels can emerge, and are left
 * out of findings about it.
 */
export const WHOLE_RUN = 3000;

/**
 * Updates from which an ended run counts for floors and the order of layers, which are over within tens of
 * updates: larger models are trained for less long, and a live cell's few hundred may still miss a floor.
 */
export const SETTLED_RUN = 1000;
