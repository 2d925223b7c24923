import { type Column, columns } from '../../files/csv';

/** One update in training.csv. */
export interface TrainingRow {
  step: number;
  /** Mean cross-entropy of the answers, nats per token. */
  loss: number;
  learning_rate: number;
  /** Global norm of the gradient before clipping. */
  grad_norm: number;
  /** Tokens of lines seen so far, without padding. */
  tokens: number;
  /** Seconds of work on this run so far, training and measuring, over all its sessions. */
  seconds: number;
}

/** One task-level at one step in behavior.csv. */
export interface BehaviorRow {
  step: number;
  task: string;
  level: number;
  samples: number;
  /** Exact match, 0…1. */
  accuracy: number;
  /** Mean log-probability of the answer, nats per token. */
  log_prob: number;
  /**
   * KL in nats per answer token from answers that ignore the input: p(token), the coarsest, p(token | previous token),
   * p(token | task, place in the answer) and p(token | task-level, place in the answer).
   */
  kl_token: number;
  kl_previous: number;
  kl_task: number;
  kl_level: number;
}

/** One layer's states of one task-level, or of a task with its levels pooled, at one step in geometry.csv. */
export interface GeometryRow {
  step: number;
  task: string;
  /** Undefined where the levels are pooled. */
  level: number | undefined;
  /** 0 = after the embeddings, 1…L = after each block. */
  layer: number;
  /** `prompt` = the last prompt token; `answer` = the positions that predict the answer and its end. */
  position: 'prompt' | 'answer';
  /** As printed: effective rank of the singular values, 1 … width. */
  rankme: number;
  rankme_centered: number;
  /** Effective rank of the squared singular values. */
  covariance_rank: number;
  /** The same after subtracting the mean: what the paper's figures show. */
  covariance_rank_centered: number;
  /** Share of the second moment that the common mean holds, 0…1. */
  mean_share: number;
}

/** One measure of the loss landscape at one step in landscape.csv. */
export interface LandscapeRow {
  step: number;
  /** Empty where the whole mixture is measured; `level` is undefined there and where a whole task is. */
  task: string;
  level: number | undefined;
  /** A column of one of the landscape's parts. */
  measure: string;
  /** Undefined where the measure failed; `note` says why. */
  value: number | undefined;
  standard_error: number | undefined;
  /** Ritz residual of an eigenvalue. */
  residual: number | undefined;
  /** Share of SGLD's moves that the exact sampler's test would accept, 0…1; .9 or more is sound. */
  acceptance: number | undefined;
  /** How much later draws of SGLD's chains lie above earlier ones, in standard errors. */
  drift: number | undefined;
  /** SGLD's ε, where it was calibrated or given. */
  step_size: number | undefined;
  note: string;
}

/** One linear probe at one step in probes.csv: does a layer's state at the answer positions tell the right next token? */
export interface ProbeRow {
  step: number;
  task: string;
  level: number;
  /** 0 = after the embeddings, 1…L = after each block. */
  layer: number;
  /** Share of held-out answer tokens read right, 0…1; undefined where the probe failed. */
  token_accuracy: number | undefined;
  /** Share of held-out samples whose whole answer is read right. */
  answer_accuracy: number | undefined;
  /** Token accuracy of always naming the most common token. */
  chance: number | undefined;
  /** Token accuracy of a probe of shuffled tokens. */
  control: number | undefined;
  /** Token accuracy of the same probe on the untrained net: what training has not put there. */
  untrained: number | undefined;
  /** Of the token accuracy, over samples. */
  standard_error: number | undefined;
  note: string;
}

/** The tables of a run, by name; each is a CSV file with a header. The last two are empty before `measureRun`. */
export interface Tables {
  training: TrainingRow[];
  behavior: BehaviorRow[];
  geometry: GeometryRow[];
  landscape: LandscapeRow[];
  probes: ProbeRow[];
}
export type TableName = keyof Tables;

/** Columns in the order in which they stand on disk. Ranks differ between seeds from the second digit on. */
export const COLUMNS: Readonly<Record<TableName, readonly Column[]>> = {
  training: columns('step loss learning_rate grad_norm tokens seconds'),
  behavior: [
    ...columns("step task' level samples accuracy"),
    ...columns('log_prob', 5),
    ...columns('kl_token kl_previous kl_task kl_level', 4),
  ],
  geometry: [
    ...columns("step task' level? layer position'"),
    ...columns('rankme rankme_centered covariance_rank covariance_rank_centered', 5),
    ...columns('mean_share', 4),
  ],
  landscape: [
    ...columns("step task' level? measure' value?"),
    ...columns('standard_error? residual? acceptance? drift? step_size?', 3),
    ...columns("note'"),
  ],
  probes: [
    ...columns("step task' level layer"),
    ...columns('token_accuracy? answer_accuracy? chance? control? untrained?', 4),
    ...columns('standard_error?', 3),
    ...columns("note'"),
  ],
};
export const TABLE_NAMES = Object.keys(COLUMNS) as TableName[];

/** True where an update has a row in training.csv: each of the first 100, later every tenth. */
export function hasTrainingRow(step: number): boolean {
  return step <= 100 || step % 10 === 0;
}
