import { EMERGENCE, ONSET } from './definitions';
import { emergences } from './emergence';
import { type LeadOptions, precedences } from './precursors';
import { coarseOrder, concordance, forecast } from './prediction';
import type { MeasuredRun } from './signals';

/** What the main results are under one choice of definitions. */
export interface Sensitivity {
  /** The definition that is varied, and how; the first row is what the project uses. */
  readonly choice: string;
  /** Emergence events over all runs. */
  readonly events: number;
  /** Precursor rate of RankMe's rise on hard task-levels, over all scales; undefined without events. */
  readonly hardRate: number | undefined;
  /** How often random events would do as well. */
  readonly hardP: number | undefined;
  /** The same for its recovery. */
  readonly hardRecovery: number | undefined;
  readonly hardRecoveryP: number | undefined;
  readonly easyRate: number | undefined;
  /** Spearman's correlation of predicted and true order. */
  readonly coarse: number | undefined;
  readonly easyConcordance: number | undefined;
  readonly hardConcordance: number | undefined;
}

const CHOICES: readonly { choice: string; options: LeadOptions }[] = [
  { choice: 'as defined', options: {} },
  ...[0.1, 0.25, 0.75, 0.9].map((share) => ({
    choice: `emergence at ${share} of the way`,
    options: { emergence: { ...EMERGENCE, share } },
  })),
  ...[1, 6].map((held) => ({
    choice: `emergence held for ${held}`,
    options: { emergence: { ...EMERGENCE, held } },
  })),
  {
    choice: 'emergence by log-probability',
    options: { emergence: { ...EMERGENCE, by: 'log_prob' as const } },
  },
  ...[0.1, 0.25, 0.75].map((share) => ({
    choice: `onset at ${share} of the change`,
    options: { onset: { ...ONSET, share } },
  })),
  ...[1, 6].map((held) => ({
    choice: `onset held for ${held}`,
    options: { onset: { ...ONSET, held } },
  })),
  ...[1.1, 2].map((ratio) => ({
    choice: `synchronous within a factor of ${ratio}`,
    options: { ratio },
  })),
  ...(['level', 'kind'] as const).map((classes) => ({
    choice: `easy and hard by ${classes}`,
    options: { classes },
  })),
];

/**
 * The main results under each definition and its alternatives, one changed at a time. The defaults are
 * in definitions.ts.
 */
export function sensitivity(runs: readonly MeasuredRun[]): Sensitivity[] {
  return CHOICES.map(({ choice, options }) => {
    // Only RankMe is looked at here, so the other tables need not be split.
    const plain = runs.map(({ info, behavior, geometry, training }) => ({
      info,
      behavior,
      geometry,
      training,
    }));
    const signals = ['rankme rise', 'rankme recovery'];
    const all = precedences(plain, { ...options, signals });
    const scale = all.some((one) => one.scale === 'all') ? 'all' : all[0]?.scale;
    const of = (difficulty: string, signal = signals[0]) =>
      all.find(
        (one) => one.scale === scale && one.difficulty === difficulty && one.signal === signal,
      );
    const forecasts = runs.map((run) => forecast(run, options));
    return {
      choice,
      events: runs
        .flatMap((run) => emergences(run, options.emergence))
        .filter(({ step }) => step !== undefined).length,
      hardRate: of('hard')?.precursor?.value,
      hardP: of('hard')?.randomEvents?.p,
      hardRecovery: of('hard', signals[1])?.precursor?.value,
      hardRecoveryP: of('hard', signals[1])?.randomEvents?.p,
      easyRate: of('easy')?.precursor?.value,
      coarse: coarseOrder(forecasts).estimate?.value,
      easyConcordance: concordance(forecasts, 'easy').estimate?.value,
      hardConcordance: concordance(forecasts, 'hard').estimate?.value,
    };
  });
}
