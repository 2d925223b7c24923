import type { Run } from '../study/run-folder';
import { type GeometryChoice, rankSeries } from './floors';
import type { ChangeKind, Series } from './onset';

/** A row of landscape.csv: a measure that looks at gradients and loss instead of hidden states. */
export interface LandscapeValue {
  readonly step: number;
  /** Empty for the whole mixture. */
  readonly task: string;
  readonly level?: number;
  readonly measure: string;
  /** Missing or NaN where the measure failed. */
  readonly value?: number;
}

/** A row of probes.csv: what a linear probe reads from one layer. */
export interface ProbeValue {
  readonly step: number;
  readonly task: string;
  readonly level: number;
  readonly layer: number;
  /** On held-out samples, 0…1; missing where the probe failed. */
  readonly accuracy?: number;
  /** Held-out accuracy of always naming the most common class. */
  readonly chance?: number;
}

/** A run, with the two tables that not every run has. */
export type MeasuredRun = Pick<Run, 'info' | 'behavior' | 'geometry' | 'training'> & {
  readonly landscape?: readonly LandscapeValue[];
  readonly probes?: readonly ProbeValue[];
};

/** Something that may move before a capability emerges: one kind of change of one measure. */
export interface Signal {
  /** For example `rankme rise`. */
  readonly id: string;
  readonly label: string;
  readonly change: ChangeKind;
  /** Its series for a task-level of a run; undefined where the run has none. */
  series(run: MeasuredRun, task: string, level: number): Series | undefined;
}

/** The measures of landscape.csv, in the order in which figures show them. */
export const LANDSCAPE_MEASURES: Record<string, string> = {
  fisher_rank: 'Fisher rank',
  gradient_rank: 'gradient rank',
  gradient_rank_leading: 'gradient rank, first 50K parameters',
  llc: 'LLC',
  hessian_top: 'Hessian, top eigenvalue',
  hessian_trace: 'Hessian, trace',
};

const CHANGES = [
  { change: 'fall', verb: 'falls' },
  { change: 'recovery', verb: 'recovers' },
  { change: 'rise', verb: 'rises' },
] as const;

/**
 * Every signal that any run could have, those of missing tables included, so that what is missing can be
 * named. Geometry is that of the last layer at the last prompt token, as in the paper. Where chains end below
 * their start the weights are no minimum, and the LLC, which cannot be negative, is not estimated: such
 * checkpoints are no part of its series. This rule is from after a first look, which saw the LLC "rise"
 * from −216 before anything is learned.
 */
export function allSignals(): Signal[] {
  const both = (measure: string, label: string, series: Signal['series']): Signal[] =>
    CHANGES.map(({ change, verb }) => ({
      ...{ id: `${measure} ${change}`, label: `${label} ${verb}`, change, series },
    }));
  return [
    ...both('rankme', 'RankMe', rankOf({})),
    ...both('rankme_centered', 'RankMe, centered,', rankOf({ centered: true })),
    ...Object.entries(LANDSCAPE_MEASURES).flatMap(([measure, label]) => [
      ...both(measure, label, landscapeOf(measure, false)),
      ...both(`${measure} by task`, `${label} by task`, landscapeOf(measure, true)),
    ]),
  ];
}

/** Signals that at least one of the runs has a series for. */
export function signalsOf(runs: readonly MeasuredRun[]): Signal[] {
  return allSignals().filter(({ series }) =>
    runs.some((run) =>
      run.behavior.some(({ task, level }, i) => i < 24 && series(run, task, level) !== undefined),
    ),
  );
}

/** Series are looked up again and again; each table is split once. */
function cached(split: (run: MeasuredRun) => Map<string, Series>) {
  const known = new WeakMap<MeasuredRun, Map<string, Series>>();
  return (run: MeasuredRun): Map<string, Series> => {
    const found = known.get(run) ?? split(run);
    known.set(run, found);
    return found;
  };
}

function rankOf(choice: GeometryChoice): Signal['series'] {
  const split = cached(
    (run) =>
      new Map(
        rankSeries(run.geometry, choice).map(({ task, level, steps, rank }) => [
          `${task} ${level}`,
          { steps, values: rank },
        ]),
      ),
  );
  return (run, task, level) => split(run).get(`${task} ${level}`);
}

function landscapeOf(measure: string, byTask: boolean): Signal['series'] {
  const split = cached((run) => {
    const found = new Map<string, { steps: number[]; values: number[] }>();
    for (const row of run.landscape ?? []) {
      if (row.measure !== measure || (row.task !== '') !== byTask) continue;
      if (row.value === undefined || !Number.isFinite(row.value)) continue;
      if (measure === 'llc' && row.value < 0) continue;
      const name = byTask ? `${row.task} ${row.level}` : '';
      const own = found.get(name) ?? { steps: [], values: [] };
      found.set(name, own);
      own.steps.push(row.step);
      own.values.push(row.value);
    }
    return found;
  });
  return (run, task, level) => {
    const own = split(run).get(byTask ? `${task} ${level}` : '');
    return own && own.steps.length > 1 ? own : undefined;
  };
}
