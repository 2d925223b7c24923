import { type Sequence, VOCABULARY } from './alphabet';
import { generator } from './random';
import type { Question, TaskLevel } from './task';

/**
 * What an answer that ignores the input can know of the next token, from coarse to fine: nothing, the token before it,
 * the task and the place in the answer, the task-level and that place.
 */
export const RUNGS = ['token', 'previous', 'task', 'level'] as const;
export type Rung = (typeof RUNGS)[number];

/** A distribution of the next token: the tokens that can come, with their shares. */
export interface NextToken {
  readonly tokens: readonly number[];
  readonly shares: readonly number[];
  /** In nats. */
  readonly entropy: number;
}

/** Draws that stand for a level whose questions are too many to count: a bias of about 1e-3 nats. */
const DRAWS = 20_000;

/** How often each token comes next, where `place` tokens of the answer are given and `previous` is the last token. */
interface Count {
  readonly at: TaskLevel;
  readonly place: number;
  readonly previous: number;
  readonly shares: Float64Array;
}

/**
 * The best answers that ignore the input, rung by rung: how often each token comes next in answers, given what the rung
 * knows. Counted over all questions of a level where they can be counted out, else over 20,000 draws. Task-levels are
 * mixed as in training: evenly by line, so longer answers weigh more.
 */
export class BlindAnswers {
  private readonly counts = new Map<string, Count>();
  private readonly known = new Map<string, NextToken>();
  private readonly best: number[] = [];

  constructor(
    levels: readonly TaskLevel[],
    private readonly sequence: (at: TaskLevel, question: Question) => Sequence,
  ) {
    for (const at of levels) this.count(at);
  }

  /** Share of a task-level's questions that its one most common answer gets right: the accuracy of a blind guess. */
  chance(at: TaskLevel): number {
    return this.best[at.index];
  }

  /** What a rung expects at one place of an answer, 0 for its first token, after the token `previous`. */
  next(rung: Rung, at: TaskLevel, place: number, previous: number): NextToken {
    const key = keyOf(rung, { at, place, previous });
    let found = this.known.get(key);
    if (!found) {
      const counts = [...this.counts.values()];
      found = distribution(counts.filter((count) => keyOf(rung, count) === key));
      this.known.set(key, found);
    }
    return found;
  }

  private count(at: TaskLevel): void {
    const answers = new Map<string, number>();
    for (const [question, share] of questionsOf(at)) {
      const { tokens, answerFrom } = this.sequence(at, question);
      for (let i = answerFrom; i < tokens.length; i++) {
        const [place, previous] = [i - answerFrom, tokens[i - 1]];
        const key = `${at.index} ${place} ${previous}`;
        let count = this.counts.get(key);
        if (!count) {
          count = { at, place, previous, shares: new Float64Array(VOCABULARY) };
          this.counts.set(key, count);
        }
        count.shares[tokens[i]] += share;
      }
      const answer = tokens.slice(answerFrom).join();
      answers.set(answer, (answers.get(answer) ?? 0) + share);
    }
    this.best[at.index] = at.chance ?? Math.max(...answers.values());
  }
}

/** What a rung knows of a place: equal for places that it cannot tell apart. */
function keyOf(rung: Rung, { at, place, previous }: Omit<Count, 'shares'>): string {
  if (rung === 'token') return rung;
  if (rung === 'previous') return `previous ${previous}`;
  return `${rung === 'task' ? at.task : at.index} ${place}`;
}

function distribution(counts: readonly Count[]): NextToken {
  const sums = new Float64Array(VOCABULARY);
  for (const { shares } of counts) for (let v = 0; v < VOCABULARY; v++) sums[v] += shares[v];
  const total = sums.reduce((a, b) => a + b, 0);
  const tokens = [...sums.keys()].filter((token) => sums[token] > 0);
  const shares = tokens.map((token) => sums[token] / total);
  const entropy = shares.reduce((sum, share) => sum - share * Math.log(share), 0);
  return { tokens, shares, entropy };
}

function* questionsOf(at: TaskLevel): Iterable<readonly [Question, number]> {
  const random = generator(0, `blind/${at.task}/${at.level}`);
  if (at.every) yield* at.every();
  else for (let i = 0; i < DRAWS; i++) yield [at.draw(random), 1 / DRAWS];
}
