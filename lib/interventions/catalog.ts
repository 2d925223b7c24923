import { attentionScale } from './attention-scale';
import { blindBias } from './blind-bias';
import { frozenBlock } from './frozen-block';
import { type Intervention, type StoredIntervention, together, unspelled } from './intervention';
import { projection } from './projection';
import { shuffledAnswers } from './shuffled-answers';
import { variancePenalty } from './variance-penalty';

// biome-ignore lint/suspicious/noExplicitAny: each maker checks its own settings.
type Make = (settings: any) => Intervention;

/** What makes each intervention, and the settings that it takes beside its window. */
const CATALOG: Record<string, { make: Make; settings: readonly string[] }> = {
  'shuffled-answers': { make: shuffledAnswers, settings: [] },
  'blind-bias': { make: blindBias, settings: ['rung', 'strength', 'exchanged'] },
  'variance-penalty': { make: variancePenalty, settings: ['strength'] },
  projection: { make: projection, settings: ['directions'] },
  'frozen-block': { make: frozenBlock, settings: ['block'] },
  'attention-scale': { make: attentionScale, settings: ['by'] },
};

/** Names of the interventions that this version knows; several at once are `together`. */
export const INTERVENTIONS = Object.keys(CATALOG);

/**
 * The intervention of a name and settings, as run.json or a plan keeps them.
 * @throws RangeError for a name that this version does not know, an unknown setting, or one out of range.
 */
export function interventionOf({ name, ...settings }: StoredIntervention): Intervention {
  if (name === 'together' && Array.isArray(settings.parts)) {
    return together(...settings.parts.map(interventionOf));
  }
  const entry = Object.hasOwn(CATALOG, name) ? CATALOG[name] : undefined;
  if (!entry) {
    throw new RangeError(
      `This version does not know the intervention "${name}": use one of ${INTERVENTIONS.join(', ')}.`,
    );
  }
  const takes = [...entry.settings, 'from', 'until'];
  const strange = Object.keys(settings).find((setting) => !takes.includes(setting));
  if (strange !== undefined) {
    throw new RangeError(`${name} has no setting "${strange}": it takes ${takes.join(', ')}.`);
  }
  return entry.make(settings);
}

/**
 * Reads an intervention as `spelled` writes it; settings left out take their defaults, and several stand with + between.
 *
 * ```ts
 * parsedIntervention('variance-penalty:strength=0.1,until=1000');
 * ```
 * @throws RangeError as {@link interventionOf}.
 */
export function parsedIntervention(text: string): Intervention {
  const parts = unspelled(text).map(interventionOf);
  return parts.length === 1 ? parts[0] : together(...parts);
}
