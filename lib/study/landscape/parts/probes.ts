import { type Part, SHARE } from '../part';

/** `samples` are so many different questions of a level's fixed samples, fewer where it has fewer. */
type ProbePartSettings = Readonly<Record<'samples' | 'heldOut' | 'iterations', number>>;

/** Linear probes of each layer's states at the answer positions for the right next token. */
export const probes: Part<ProbePartSettings> = {
  name: 'probes',
  about: 'linear probes of each layer for the right next token of the answer',
  on: 'middle levels',
  settings: { samples: 200, heldOut: 0.2, iterations: 500 },
  source:
    'the paper, version 4: level 2, 200 samples, a fifth held out, 500 iterations at most; each question once is ours',
  table: 'probes',
  columns: {
    token_accuracy: SHARE('tokens read right'),
    answer_accuracy: SHARE('answers read right'),
    chance: SHARE('always the most common token'),
    control: SHARE('probe of shuffled tokens'),
    untrained: SHARE('the same probe on the untrained net'),
    standard_error: SHARE('standard error'),
  },
  async measure(subject, { levels: [at] }, { samples, heldOut, iterations }) {
    const { linearProbes } = await import('../../../measures/probes.js');
    const lines = subject.different(at, samples);
    const tokens = lines.flatMap((line) => line.tokens.slice(line.answerFrom));
    const owners = lines.flatMap((line, i) => line.tokens.slice(line.answerFrom).map(() => i));
    const read = (weights: 'now' | 'untrained') => {
      const states = subject.answerStates(lines, weights);
      try {
        return linearProbes(states, { tokens, samples: owners }, { heldOut, iterations });
      } finally {
        states.dispose();
      }
    };
    const untrained = subject.once(`probes ${at.index} ${samples}`, () => read('untrained'));
    return read('now').map((probe, layer) => ({
      layer,
      token_accuracy: probe.tokenAccuracy,
      answer_accuracy: probe.answerAccuracy,
      chance: probe.chance,
      control: probe.control,
      untrained: untrained[layer].tokenAccuracy,
      standard_error: probe.standardError,
    }));
  },
};
