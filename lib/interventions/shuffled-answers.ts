import { generator } from '../tasks';
import { described, type Intervention, type Line, type Window } from './intervention';

/** Updates whose lines are dealt together: at a batch of 64 about 130 lines of each of 24 task-levels. */
const TOGETHER = 50;

/**
 * Deals the answers anew among the lines of a task-level, so that nothing but their distribution can be learned: none has
 * its own question (but where a task-level has one line alone). Lines of 50 updates are dealt together, in one cycle
 * drawn by run and block (Sattolo 1986). A random-label control as of Zhang et al. 2017.
 *
 * ```ts
 * await train({ steps: 1000, intervention: shuffledAnswers() });
 * ```
 */
export function shuffledAnswers(window: Window = {}): Intervention {
  return described('shuffled-answers', {}, window, ({ seed }) => {
    let latest = { block: -1, lines: [] as (readonly Line[])[] };
    return {
      lines: (step, drawn) => {
        const block = Math.floor((step - 1) / TOGETHER);
        if (latest.block !== block) {
          const first = block * TOGETHER + 1;
          const lines = Array.from({ length: TOGETHER }, (_, i) => drawn(first + i));
          latest = { block, lines: dealt(lines, seed, block) };
        }
        return latest.lines[step - 1 - block * TOGETHER];
      },
    };
  });
}

/** The updates' lines with the answers of each task-level passed on along one cycle through all its lines. */
function dealt(updates: readonly (readonly Line[])[], seed: number, block: number): Line[][] {
  const random = generator(seed, 'shuffled answers', block);
  const all = updates.flat();
  const giver = all.map((_, i) => i);
  for (const level of new Set(all.map(({ at }) => at))) {
    const own = [...giver.keys()].filter((i) => all[i].at === level);
    for (let i = own.length - 1; i > 0; i--) {
      const [a, b] = [own[i], own[random.below(i)]];
      [giver[a], giver[b]] = [giver[b], giver[a]];
    }
  }
  const lines = all.map((line, i) => {
    const from = all[giver[i]];
    const prompt = line.tokens.slice(0, line.answerFrom);
    return { ...line, tokens: [...prompt, ...from.tokens.slice(from.answerFrom)] };
  });
  let taken = 0;
  return updates.map(({ length }) => lines.slice(taken, (taken += length)));
}
