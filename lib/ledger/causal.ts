import type { ArmOutcome } from '../findings/causal';
import { armKind } from '../findings/causal-arms';
import { causalVerdict, effectWords } from '../findings/causal-words';
import type { LedgerRow } from './ledger';
import type { Verdict } from './verdict';

const HELD_UP =
  'pairs of runs in which a change holds the floor up, and acquisition with and without';

/**
 * The row of notebook 06, which no published claim has: is the collapse needed for what is acquired? By version 4's own
 * test, a block frozen during the collapse; and by the arms that hold the floor up. Where acquisition comes later in all of
 * them the claim stands, where it is as early in all it does not; pairs that cannot tell leave it open.
 */
export function causalRow(outcomes: readonly ArmOutcome[]): LedgerRow {
  const frozen = outcomes.filter(({ arm }) => /^frozen-block:block=\w+,from=0,/.test(arm));
  const words = frozen.map(({ name, acquisition }) => `${name}: ${effectWords(acquisition)}.`);
  const held = outcomes.filter(
    ({ arm, floor }) => floor.verdict === 'higher' && armKind(arm) !== 'shuffled answers',
  );
  return {
    id: 'collapse-needed',
    version: 'ours',
    claim: 'the collapse is needed for what is acquired',
    published: 'not tested; v4 calls its freeze test inconclusive',
    by_its_rule: {
      value:
        words.length > 0
          ? `Steps of acquisition, ${words.join(' ')}`
          : 'No pair has a frozen block.',
      interval: null,
      verdict: verdictOf(frozen),
    },
    worth: { test: HELD_UP, value: causalVerdict(outcomes), verdict: verdictOf(held) },
    notebook: '06',
  };
}

function verdictOf(outcomes: readonly ArmOutcome[]): Verdict {
  const found = outcomes.map(({ acquisition }) => acquisition.verdict);
  if (found.length === 0 || found.includes('open')) return 'cannot be judged';
  const later = found.filter((verdict) => verdict === 'higher').length;
  if (later === found.length) return 'replicates';
  return later > 0 ? 'partly' : 'does not replicate';
}
