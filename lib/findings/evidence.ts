import { taskLevel } from '../tasks';
import { ONSET } from './definitions';
import { type Emergence, emergences } from './emergence';
import { type Floor, floors } from './floors';
import { type TopDown, topDown } from './layer-order';
import { type Precedence, precedences } from './precursors';
import { forecast, type RunForecast } from './prediction';
import { type ProbeLeads, probeLeads } from './probe-leads';
import { LANDSCAPE_MEASURES, type MeasuredRun } from './signals';

/** Whatever verdicts are made of; each part is computed when it is first asked for. */
export interface Evidence {
  readonly runs: readonly MeasuredRun[];
  /** Names of the scales with whole runs, smallest first. */
  readonly scales: readonly string[];
  readonly emergences: readonly { run: MeasuredRun; found: readonly Emergence[] }[];
  readonly floors: readonly { run: MeasuredRun; found: readonly Floor[] }[];
  readonly floorsCentered: readonly { run: MeasuredRun; found: readonly Floor[] }[];
  readonly order: TopDown;
  readonly orderCentered: TopDown;
  readonly precedences: readonly Precedence[];
  /** The same of the landscape's measures where a single checkpoint is enough to hold a change. */
  readonly precedencesHeldOnce: readonly Precedence[];
  readonly probes: ProbeLeads;
  readonly forecasts: readonly RunForecast[];
}

/** Evidence of whole runs, with the definitions as they are. */
export function gather(given: readonly MeasuredRun[]): Evidence {
  const runs = [...given].sort((a, b) => a.info.parameters - b.info.parameters);
  const chance = (task: string, level: number) => taskLevel(task, level).chance;
  const floorsOf = (centered: boolean) =>
    runs.map((run) => ({ run, found: floors(run, chance, { centered }) }));
  return lazily({
    runs: () => runs,
    scales: () => [...new Set(runs.map(({ info }) => info.training.scale))],
    emergences: () => runs.map((run) => ({ run, found: emergences(run) })),
    floors: () => floorsOf(false),
    floorsCentered: () => floorsOf(true),
    order: () => topDown(runs),
    orderCentered: () => topDown(runs, { centered: true }),
    precedences: () => precedences(runs),
    precedencesHeldOnce: () => precedences(runs, { onset: { ...ONSET, held: 1 }, signals: RISES }),
    probes: () => probeLeads(runs),
    forecasts: () => runs.map((run) => forecast(run)),
  });
}

/** The changes by which claims about the landscape are judged. */
const RISES = Object.keys(LANDSCAPE_MEASURES).map((measure) => `${measure} rise`);

/** An object whose fields are computed when they are first read. */
function lazily<T extends object>(makers: { [K in keyof T]: () => T[K] }): T {
  const made = {} as T;
  for (const key of Object.keys(makers) as (keyof T)[]) {
    Object.defineProperty(made, key, {
      configurable: true,
      enumerable: true,
      get() {
        const value = makers[key]();
        Object.defineProperty(made, key, { value, enumerable: true });
        return value;
      },
    });
  }
  return made;
}
