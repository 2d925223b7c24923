import type { tf } from '../environment/tensorflow';
import { isWhole } from '../files/range';
import type { ModelConfig } from '../model/scales';
import type { Watch } from '../model/transformer';
import type { Sequence, TaskLevel, TaskSet } from '../tasks';

/** A line of a batch. */
export type Line = Sequence & { readonly at: TaskLevel };

/** What an intervention may look at; `seed` is the run's. */
export interface Learner {
  readonly model: ModelConfig;
  readonly seed: number;
  readonly set: TaskSet;
}

/**
 * What is changed while an intervention acts. Nothing may depend on what happened before, so that a run can be resumed.
 * `bias` and `watch` are part of the model, which is measured with them; the others act on training alone.
 */
export interface Changes {
  /** The lines of an update in the place of those that are drawn. */
  lines?(step: number, drawn: (step: number) => readonly Line[]): readonly Line[];
  /** Added to the logits (V numbers) where a line's answer is predicted; undefined for nothing. */
  bias?(at: TaskLevel, place: number, previous: number): Float32Array | undefined;
  /** Looks into the forward pass and may change what goes on. */
  readonly watch?: Watch;
  /**
   * Added to the loss, nats.
   * @param states after the last block, `[N, D]`. @param answers `[N]`, 1 where an answer token comes next, else 0.
   */
  penalty?(states: tf.Tensor2D, answers: tf.Tensor1D): tf.Scalar;
  /** True for a parameter that stays as it is. */
  frozen?(name: string): boolean;
}

/** The updates during which an intervention acts. */
export interface Window {
  /** Updates made before it begins; 0 by default. */
  readonly from?: number;
  /** The last update under it; to the end of the run by default. */
  readonly until?: number;
}

/** A change of the training, described so that a stored run can be made again. */
export interface Intervention {
  /** As in the catalog. */
  readonly name: string;
  /** Everything that determines it, its window among it. */
  readonly settings: Readonly<Record<string, unknown>> & Window;
  /** Interventions that this one joins; then `changes` is not asked for. */
  readonly parts?: readonly Intervention[];
  changes(learner: Learner): Changes;
}

/** What run.json keeps of an intervention. */
export interface StoredIntervention {
  readonly name: string;
  readonly [setting: string]: unknown;
}

/** An intervention as run.json keeps it. */
export function stored({ name, settings }: Intervention): StoredIntervention {
  return { name, ...settings };
}

/** Describes an intervention, after a look at its window. @throws RangeError for a window that cannot be. */
export function described(
  name: string,
  settings: Readonly<Record<string, unknown>>,
  { from = 0, until }: Window,
  changes: Intervention['changes'],
): Intervention {
  required(isWhole(from, 0), name, 'from', from, 'an integer of 0 or more');
  const ends = until === undefined || isWhole(until, from + 1);
  required(ends, name, 'until', until, `an integer above from (${from})`);
  const window = until === undefined ? { from } : { from, until };
  return Object.freeze({ name, settings: Object.freeze({ ...settings, ...window }), changes });
}

/** @throws RangeError naming intervention, setting, value and what it must be. */
export function required(
  holds: boolean,
  name: string,
  setting: string,
  value: unknown,
  range: string,
): void {
  if (holds) return;
  throw new RangeError(`${name}: ${setting} is ${String(value)}, and must be ${range}.`);
}

/** The interventions that one is made of: itself, or its parts. */
export function partsOf(intervention: Intervention | undefined): readonly Intervention[] {
  return intervention ? (intervention.parts ?? [intervention]) : [];
}

/**
 * Several interventions in one run, each in its own window.
 * @throws RangeError for fewer than two.
 *
 * ```ts
 * await train({ steps: 1000, intervention: together(attentionScale({ by: 2.5 }), blindBias()) });
 * ```
 */
export function together(...interventions: readonly Intervention[]): Intervention {
  const parts = interventions.flatMap(partsOf);
  if (parts.length < 2) throw new RangeError('together takes two interventions or more.');
  return Object.freeze({
    name: 'together',
    settings: Object.freeze({ parts: parts.map(stored) }),
    parts,
    changes: () => ({}),
  });
}

/** The interventions that a stored one is made of: itself, or its parts. */
export function storedParts(given: StoredIntervention): readonly StoredIntervention[] {
  return given.name === 'together' ? (given.parts as StoredIntervention[]) : [given];
}

/** A stored intervention in one word, as the command line takes it: `variance-penalty:strength=0.1,from=0,until=1000`. */
export function spelled(given: StoredIntervention): string {
  return storedParts(given)
    .map(({ name, ...settings }) => {
      const words = Object.entries(settings).map(([setting, value]) => `${setting}=${value}`);
      return words.length > 0 ? `${name}:${words.join(',')}` : name;
    })
    .join('+');
}

/** The parts of what {@link spelled} writes, numbers and truths as such; whether they can be is not looked at. */
export function unspelled(text: string): StoredIntervention[] {
  const read = (value = '') =>
    ({ true: true, false: false })[value] ??
    (value !== '' && !Number.isNaN(+value) ? +value : value);
  return text.split('+').map((part) => {
    const [name, settings] = part.split(/:(.*)/);
    const pairs = (settings ?? '')
      .split(',')
      .filter(Boolean)
      .map((pair) => pair.split('='));
    return { ...Object.fromEntries(pairs.map(([key, value]) => [key, read(value)])), name };
  });
}
