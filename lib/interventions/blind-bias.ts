import { RUNGS, type Rung, type TaskLevel, type TaskSet, VOCABULARY } from '../tasks';
import { described, type Intervention, required, type Window } from './intervention';

/** Logarithm of the share of a token that never comes: low enough to leak under 1e-4 nats, and not beyond learning. */
const NEVER = Math.log(1e-6);

/**
 * Gives the model the answer that ignores the input, as a fixed bias on the logits wherever an answer token is predicted:
 * log p(token | what the rung knows). The weights then only need to learn what the input adds. After Meister et al. 2023,
 * who start the output bias at the log unigram.
 *
 * @param rung what it knows: the token before (`previous`), task and place (`task`), task-level and place (`level`), or
 * nothing (`token`). @param strength the bias is multiplied by it. @param exchanged true gives each task the bias of
 * another one, half the list away: as strong a bias that is wrong.
 * @throws RangeError for a setting out of range.
 *
 * ```ts
 * await train({ steps: 1000, intervention: blindBias({ rung: 'task' }) });
 * ```
 */
export function blindBias({
  rung = 'task',
  strength = 1,
  exchanged = false,
  ...window
}: { rung?: Rung; strength?: number; exchanged?: boolean } & Window = {}): Intervention {
  const name = 'blind-bias';
  required(RUNGS.includes(rung), name, 'rung', rung, `one of ${RUNGS.join(', ')}`);
  required(Number.isFinite(strength), name, 'strength', strength, 'a number');
  const tells = rung === 'task' || rung === 'level';
  required(typeof exchanged === 'boolean', name, 'exchanged', exchanged, 'true or false');
  required(tells || !exchanged, name, 'exchanged', exchanged, `false at the rung ${rung}`);
  return described(name, { rung, strength, exchanged }, window, ({ set }) => {
    const known = new Map<string, Float32Array | undefined>();
    return {
      bias: (at, place, previous) => {
        const key = `${at.index} ${place} ${rung === 'previous' ? previous : ''}`;
        if (!known.has(key)) {
          const owner = exchanged ? otherTask(set, at) : at;
          const { tokens, shares } = set.blind.next(rung, owner, place, previous);
          // An exchanged answer can be shorter: where it has ended, it says nothing.
          const row = tokens.length > 0 ? new Float32Array(VOCABULARY).fill(NEVER) : undefined;
          for (const [i, token] of tokens.entries()) {
            row![token] = Math.max(NEVER, Math.log(shares[i]));
          }
          const scaled = row?.map((value) => strength * value);
          known.set(key, scaled);
        }
        return known.get(key);
      },
    };
  });
}

/** The same level of the task half the list away. */
function otherTask(set: TaskSet, at: TaskLevel): TaskLevel {
  const names = set.tasks.map(({ name }) => name);
  const half = Math.max(1, Math.floor(names.length / 2));
  const task = names[(names.indexOf(at.task) + half) % names.length];
  return set.levels.find((one) => one.task === task && one.level === at.level) ?? at;
}
