import type { Trajectory } from '../pythia/trajectory-folder';
import { genuine } from '../pythia/trajectory-folder';
import { COLLAPSE, EMERGENCE, ONSET, type Relation, relation } from './definitions';
import { lagOf } from './lag';
import { type Change, changeOf, firstHeld, type Series } from './onset';
import { against, type Chance, type Share, share } from './statistics';

/** The set that stands for the model as a whole: some items of every probe set. */
const ALL = 'all';

/** RankMe of one layer on one probe set over the genuine steps. */
export function setRank(
  trajectory: Trajectory,
  probe: string,
  { layer, centered = false }: { layer?: number; centered?: boolean } = {},
): Series {
  const wanted = layer ?? trajectory.info.config.layers;
  const rows = genuine(trajectory).geometry.filter(
    (row) => row.probe === probe && row.layer === wanted,
  );
  return {
    steps: rows.map(({ step }) => step),
    values: rows.map((row) => (centered ? row.rankme_centered : row.rankme)),
  };
}

/** What the rank of one layer goes through; undefined where it does not. */
export interface LayerPattern {
  readonly layer: number;
  readonly start: number;
  readonly floor: number;
  readonly floorStep: number;
  readonly end: number;
  /** Share of the start that is lost at the floor. */
  readonly fall: number;
  /** Step at which half of the fall is done. */
  readonly fallStep: number | undefined;
  /** Step at which half of the fall is regained. */
  readonly recoveryStep: number | undefined;
}

/**
 * Collapse and recovery of every layer above the embedding, on items of all sets together, with the
 * definitions of the study's own runs (definitions.ts).
 */
export function globalPattern(trajectory: Trajectory, centered = false): LayerPattern[] {
  return Array.from({ length: trajectory.info.config.layers }, (_, i) => {
    const { steps, values } = setRank(trajectory, ALL, { layer: i + 1, centered });
    let at = 0;
    for (let j = 1; j < values.length; j++) if (values[j] < values[at]) at = j;
    const change = (kind: Change['kind']) => changeOf({ steps, values }, kind)?.onset;
    return {
      layer: i + 1,
      ...{
        start: values[0],
        floor: values[at],
        floorStep: steps[at],
        end: values.at(-1) as number,
      },
      fall: 1 - values[at] / values[0],
      ...{ fallStep: change('fall'), recoveryStep: change('recovery') },
    };
  });
}

/** One probe set of one model: its geometry against its behavior. */
export interface SetLead {
  readonly model: string;
  readonly probe: string;
  readonly chance: number;
  /** Accuracy at the first and at the last genuine step. */
  readonly first: number;
  readonly last: number;
  /** Step of emergence by accuracy, as in the study's own runs; undefined where it does not emerge. */
  readonly event: number | undefined;
  /** Step at which RankMe of the last layer has regained half of its fall, and has done half of its rise. */
  readonly recovery: number | undefined;
  readonly rise: number | undefined;
  /** How the recovery stands to emergence; undefined without an event. */
  readonly relation: Relation | undefined;
  /** Steps from recovery to emergence. */
  readonly gap: number | undefined;
  /**
   * Factor of steps by which RankMe's changes are ahead of the log-probability's after the floor, by
   * cross-correlation, with the correlation at that shift. It needs no event.
   */
  readonly lead: number | undefined;
  readonly correlation: number | undefined;
  /** How often log-probabilities shifted circularly along the steps correlate as much, in size. */
  readonly shifted: Chance | undefined;
}

/** Draws behind the nulls. */
const NULL_DRAWS = 500;

/**
 * Every probe set of a model: does its geometry move before its behavior?
 * @param draws behind the null of the lag; 0 leaves it out.
 */
export function setLeads(trajectory: Trajectory, draws = NULL_DRAWS): SetLead[] {
  const { behavior, info } = genuine(trajectory);
  return Object.entries(info.chance).map(([probe, chance]) => {
    const rows = behavior.filter((row) => row.probe === probe);
    const rank = setRank(trajectory, probe);
    const event = emergence(rows, chance);
    const recovery = changeOf(rank, 'recovery')?.onset;
    const steps = rows.map(({ step }) => step);
    const logProb = { steps, values: rows.map((row) => row.log_prob) };
    const floor = rank.steps[rank.values.indexOf(Math.min(...rank.values))];
    const lag = lagOf(rank, logProb, floor);
    return {
      ...{ model: info.model, probe, chance, event, recovery },
      first: rows[0].accuracy,
      last: rows[rows.length - 1].accuracy,
      rise: changeOf(rank, 'rise')?.onset,
      relation: event === undefined ? undefined : relation(recovery, event),
      gap: event === undefined || recovery === undefined ? undefined : event - recovery,
      lead: lag && Math.exp(lag.lead),
      correlation: lag?.correlation,
      shifted:
        draws > 0 && lag
          ? against(
              Math.abs(lag.correlation),
              (random) => {
                const by = 1 + random.below(Math.max(1, steps.length - 1));
                const { values } = logProb;
                const turned = [...values.slice(by), ...values.slice(0, by)];
                const found = lagOf(rank, { steps, values: turned }, floor);
                return found && Math.abs(found.correlation);
              },
              { draws, stream: `shift ${probe}` },
            )
          : undefined,
    };
  });
}

function emergence(
  rows: readonly { step: number; accuracy: number }[],
  chance: number,
): number | undefined {
  const threshold = chance + EMERGENCE.share * (1 - chance);
  const accuracies = rows.map(({ accuracy }) => accuracy);
  const at = firstHeld(accuracies, (value) => value >= threshold, EMERGENCE.held);
  return at === undefined ? undefined : rows[at].step;
}

/** How often recovery precedes emergence over all probe sets of some models, against events at random. */
export interface SetPrecedence {
  /** Undefined without events. */
  readonly precursor: Share | undefined;
  /** The rate with each event at a random genuine step of its model. */
  readonly randomEvents: Chance | undefined;
  /** The rate with each recovery taken from another probe set of its model that emerges. */
  readonly exchanged: Chance | undefined;
}

/** Precursor rate over the events of all models given, against the nulls of notebook 03. */
export function setPrecedence(given: readonly Trajectory[]): SetPrecedence {
  const cases = given.flatMap((trajectory) => {
    const steps = setRank(trajectory, ALL).steps;
    return setLeads(trajectory, 0)
      .filter(({ event }) => event !== undefined)
      .map((own) => ({ ...own, event: own.event as number, steps }));
  });
  const precedes = (recovery: number | undefined, event: number) =>
    relation(recovery, event) === 'precursor';
  const precursor = share(
    cases.filter(({ recovery, event }) => precedes(recovery, event)).length,
    cases.length,
  );
  if (!precursor) return { precursor, randomEvents: undefined, exchanged: undefined };
  const settings = (stream: string) => ({ draws: NULL_DRAWS, stream });
  return {
    precursor,
    randomEvents: against(
      precursor.value,
      (random) =>
        cases.filter(({ recovery, steps }) => precedes(recovery, steps[random.below(steps.length)]))
          .length / cases.length,
      settings('events'),
    ),
    exchanged: against(
      precursor.value,
      (random) =>
        cases.filter(({ model, probe, event }) => {
          const others = cases.filter((own) => own.model === model && own.probe !== probe);
          const other = others[random.below(Math.max(1, others.length))];
          return other !== undefined && precedes(other.recovery, event);
        }).length / cases.length,
      settings('exchange'),
    ),
  };
}

/** True where the model as a whole collapses and recovers, by its last layer. */
export function collapsesAndRecovers(trajectory: Trajectory): boolean {
  const last = globalPattern(trajectory).at(-1) as LayerPattern;
  return last.fall >= COLLAPSE.share && last.recoveryStep !== undefined;
}

/** The onset rule in words, for captions. */
export const RULES =
  `emergence: accuracy ${100 * EMERGENCE.share} % of the way from chance to 1, held for ${EMERGENCE.held} checkpoints; ` +
  `recovery: ${100 * ONSET.share} % of the fall of RankMe regained, likewise held`;
