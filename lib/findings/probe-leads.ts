import type { ProbeRow } from '../study/run/tables';
import { ACQUIRED, acquisitionStep, acquisitions, nameOf, relation } from './definitions';
import { runName, selectRuns } from './runs';
import { behaviorSeries, during, type MeasuredRun, type Series } from './series';
import { type Share, share } from './statistics';

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
   * Steps from which probe, by token and by whole answer, and model are halfway from their baseline to 1, at the same
   * probed steps and held for three; undefined: not in the run. The probe's baseline is the untrained net, so that
   * what it reads at step 0 is no precursor; the model's is the best blind answer.
   */
  readonly steps: Readonly<Record<'token' | 'answer' | 'behavior', number | undefined>>;
}

/** Probes of all runs that have them. */
export interface ProbeLeads {
  readonly cases: readonly ProbeCase[];
  /** Cases whose probe reads more tokens than the model gets whole answers right: v4's comparison. */
  readonly perToken: Share | undefined;
  /** The same with the untrained net's probe, which has learned nothing. */
  readonly untrained: Share | undefined;
  /** Cases in which the probe reads more whole answers than the model gets right. */
  readonly perAnswer: Share | undefined;
  /** Of the cases in which both come: the probe's whole answers come first, by a factor of 1.25. */
  readonly answerFirst: Share | undefined;
}

/**
 * Whether linear probes read the answer before the model gives it: token by token, as v4 has it, and in whole answers, as
 * the model is judged (C9).
 *
 * ```ts
 * const { perToken, perAnswer } = probeLeads(studyRuns());
 * note(`${perToken?.count} of ${perToken?.of} by token, ${perAnswer?.count} by whole answer`);
 * ```
 */
export function probeLeads(given: readonly MeasuredRun[]): ProbeLeads {
  const cases = selectRuns(given).runs.flatMap(casesOf);
  const rate = (own: readonly ProbeCase[], passes: (one: ProbeCase) => boolean) =>
    share(own.filter(passes).length, own.length);
  const both = cases.filter(({ steps }) => steps.behavior !== undefined);
  return {
    cases,
    perToken: rate(cases, ({ token, behavior }) => token > behavior),
    untrained: rate(cases, ({ untrained, behavior }) => untrained > behavior),
    perAnswer: rate(cases, ({ answer, behavior }) => answer > behavior),
    answerFirst: rate(both, ({ steps }) => relation(steps.answer, steps.behavior!) === 'precursor'),
  };
}

function casesOf(run: MeasuredRun): ProbeCase[] {
  const { layers } = run.info.model;
  const rows = (run.probes ?? []).filter(
    (row) => row.layer === layers && row.token_accuracy !== undefined,
  );
  const ours = acquisitions(run, 'ours');
  return acquisitions(run, 'v4').flatMap(({ task, level, step }, i): ProbeCase[] => {
    const own = rows.filter((row) => nameOf(row) === nameOf({ task, level }));
    const last = own.findLast((row) => step !== undefined && row.step < step);
    const accuracy = behaviorSeries(run, task, level);
    if (!last || !accuracy) return [];
    const there = new Set(own.map((row) => row.step));
    const acted = during(accuracy, (at) => there.has(at));
    const { chance } = ours[i];
    const read = (column: 'token_accuracy' | 'answer_accuracy'): Series => ({
      steps: own.map((row) => row.step),
      values: own.map((row) => row[column] ?? 0),
    });
    const [tokens, answers] = [read('token_accuracy'), read('answer_accuracy')];
    // Rows of step 0 are of the untrained net.
    const atStart = (series: Series) => (series.steps[0] === 0 ? series.values[0] : 0);
    const base = Math.max(last.untrained ?? 0, atStart(tokens));
    return [
      {
        ...{ run: runName(run), scale: run.info.training.scale, task, level, step: last.step },
        ...{ token: last.token_accuracy!, untrained: base, answer: last.answer_accuracy ?? 0 },
        behavior: acted.values[acted.steps.indexOf(last.step)] ?? latest(accuracy, last),
        steps: {
          token: acquisitionStep(tokens, ACQUIRED, base),
          answer: acquisitionStep(answers, ACQUIRED, Math.max(chance, atStart(answers))),
          behavior: acquisitionStep(acted, ACQUIRED, chance),
        },
      },
    ];
  });
}

function latest({ steps, values }: Series, { step }: ProbeRow): number {
  return values[
    Math.max(
      0,
      steps.findLastIndex((at) => at <= step),
    )
  ];
}
