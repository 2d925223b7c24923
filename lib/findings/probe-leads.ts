import { median } from 'simple-statistics';
import { EMERGENCE, nameOf, type Relation, relation } from './definitions';
import { type Emergence, emergences, runName } from './emergence';
import { firstHeld } from './onset';
import type { LeadOptions } from './precursors';
import type { MeasuredRun, ProbeValue } from './signals';
import { type Share, share } from './statistics';

/** When a linear probe can read a task-level's property, against when the model answers. */
export interface ProbeLead {
  readonly run: string;
  readonly scale: string;
  readonly task: string;
  readonly level: number;
  readonly difficulty: Emergence['difficulty'];
  /** Step of emergence. */
  readonly event: number;
  /** First step at which the probe of some layer has emerged, by the same rule as behavior. */
  readonly probeStep: number | undefined;
  /** The layer of that probe; the lowest of those that emerge at the same step. */
  readonly layer: number | undefined;
  readonly relation: Relation;
  readonly factor: number | undefined;
}

/** Probes against emergence over some runs. */
export interface ProbeLeads {
  readonly leads: readonly ProbeLead[];
  /** Events whose probe is a precursor; undefined without probes. */
  readonly precursor: Share | undefined;
  readonly medianFactor: number | undefined;
  /** What is missing, in words. */
  readonly reason?: string;
}

/**
 * Whether linear probes find a task's information in the hidden states before the model can act on it (the
 * paper's fourth version). A probe reads one property of the answer, such as its last digit, and behavior
 * needs the whole answer right, so that for long answers the probe has the easier task.
 */
export function probeLeads(runs: readonly MeasuredRun[], options: LeadOptions = {}): ProbeLeads {
  const { emergence = EMERGENCE, classes, ratio } = options;
  const leads = runs.flatMap((run) => {
    const rows = new Map<string, ProbeValue[]>();
    for (const row of run.probes ?? []) {
      if (row.accuracy === undefined || row.chance === undefined) continue;
      const key = `${nameOf(row)}/${row.layer}`;
      const own = rows.get(key);
      if (own) own.push(row);
      else rows.set(key, [row]);
    }
    return emergences(run, emergence, classes).flatMap((event): ProbeLead[] => {
      const { task, level, difficulty, step } = event;
      const layers = [...rows.values()].filter((own) => nameOf(own[0]) === nameOf(event));
      if (step === undefined || layers.length === 0) return [];
      const found = layers.flatMap((own) => {
        const passes = ({ accuracy = 0, chance = 0 }: ProbeValue) =>
          accuracy >= chance + emergence.share * (1 - chance);
        const at = firstHeld(own, passes, emergence.held);
        return at === undefined ? [] : [{ step: own[at].step, layer: own[at].layer }];
      });
      const first = found.sort((a, b) => a.step - b.step || a.layer - b.layer)[0];
      return [
        {
          ...{ run: runName(run), scale: run.info.training.scale, task, level, difficulty },
          ...{ event: step, probeStep: first?.step, layer: first?.layer },
          relation: relation(first?.step, step, ratio),
          factor: first && (step + 1) / (first.step + 1),
        },
      ];
    });
  });
  const factors = leads.flatMap(({ factor }) => (factor === undefined ? [] : [factor]));
  const without = runs.filter(({ probes = [] }) => probes.length === 0).map(runName);
  return {
    leads,
    precursor: share(leads.filter((lead) => lead.relation === 'precursor').length, leads.length),
    medianFactor: factors.length > 0 ? median(factors) : undefined,
    ...(without.length > 0 && { reason: `no probes.csv: ${without.join('; ')}` }),
  };
}
