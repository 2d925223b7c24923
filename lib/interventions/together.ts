import { type Intervention, partsOf, stored } from './intervention';

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
