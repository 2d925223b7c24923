import {
  ACQUISITION_RULES,
  acquisitionStep,
  acquisitions,
  SYNCHRONY,
  timesAhead,
} from './definitions';
import { runName, selectRuns } from './runs';
import { behaviorSeries, during, type MeasuredRun, nameOf, type Series } from './series';
import { shareOf } from './statistics';

/**
 * Whether linear probes read the answer before the model gives it: token by token, as v4 has it, and in whole answers, as
 * the model is judged (C9).
 * @returns shares of all cases: `perToken`, whose probe reads more tokens than the model gets whole answers right, v4's
 * comparison; `untrained`, the same with the untrained net's probe; `perAnswer`, whose probe reads more whole answers;
 * and of the cases in which both come, `answerFirst`: the probe's whole answers come first, by a factor of 1.25.
 *
 * ```ts
 * const { perToken, perAnswer } = probeLeads(studyRuns());
 * note(`${perToken?.count} of ${perToken?.of} by token, ${perAnswer?.count} by whole answer`);
 * ```
 */
export function probeLeads(given: readonly MeasuredRun[]) {
  const cases = selectRuns(given).runs.flatMap(casesOf);
  const both = cases.filter(({ steps }) => steps.behavior !== undefined);
  return {
    cases,
    perToken: shareOf(cases, ({ token, behavior }) => token > behavior),
    untrained: shareOf(cases, ({ untrained, behavior }) => untrained > behavior),
    perAnswer: shareOf(cases, ({ answer, behavior }) => answer > behavior),
    answerFirst: shareOf(both, ({ steps: { answer, behavior } }) => {
      return answer !== undefined && timesAhead(answer, behavior!) >= SYNCHRONY;
    }),
  };
}
export type ProbeLeads = ReturnType<typeof probeLeads>;

/** What the last layer's probe of one task-level reads, against what the model answers. */
export interface ProbeCase {
  readonly run: string;
  readonly scale: string;
  readonly task: string;
  readonly level: number;
  /** Last probed step before acquisition by v4's rule: where v4's table looks. */
  readonly step: number;
  /** Share of answer tokens that the probe reads there, and that it read of the untrained net. */
  readonly token: number;
  readonly untrained: number;
  /** Share of whole answers that the probe reads there, in the unit of behavior. */
  readonly answer: number;
  /** Exact match of the model there. */
  readonly behavior: number;
  /**
   * Steps from which the probe's whole answers, and the model's, are halfway from their baseline to 1 by our rule, at
   * probed steps; undefined: not in the run. The baseline is the best blind answer; the probe's also what it read at step
   * 0, which is no precursor.
   */
  readonly steps: Readonly<Record<'answer' | 'behavior', number | undefined>>;
}

function casesOf(run: MeasuredRun): ProbeCase[] {
  const { model, training } = run.info;
  const named = { run: runName(run), scale: training.scale };
  const rows = (run.probes ?? []).filter(
    ({ layer, token_accuracy }) => layer === model.layers && token_accuracy !== undefined,
  );
  return acquisitions(run, 'v4').flatMap(({ task, level, step, chance }) => {
    const own = rows.filter((row) => nameOf(row) === nameOf({ task, level }));
    const last = own.findLast((row) => step !== undefined && row.step < step);
    const accuracy = behaviorSeries(run, task, level);
    if (!last || !accuracy) return [];
    const acted = during(accuracy, (at) => own.some((row) => row.step === at));
    const values = own.map((row) => row.answer_accuracy ?? 0);
    const answers = { steps: own.map((row) => row.step), values };
    // Rows of step 0 are of the untrained net.
    const [start] = own[0].step === 0 ? own : [];
    const halfway = (series: Series, from: number) =>
      acquisitionStep(series, ACQUISITION_RULES.ours, from);
    const steps = {
      answer: halfway(answers, Math.max(chance, start?.answer_accuracy ?? 0)),
      behavior: halfway(acted, chance),
    };
    const reads = {
      token: last.token_accuracy!,
      untrained: Math.max(last.untrained ?? 0, start?.token_accuracy ?? 0),
      answer: last.answer_accuracy ?? 0,
    };
    const behavior = during(accuracy, (one) => one <= last.step).values.at(-1) ?? 0;
    return [{ ...named, task, level, step: last.step, ...reads, behavior, steps }];
  });
}
