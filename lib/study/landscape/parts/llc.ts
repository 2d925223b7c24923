import type { LlcChoice } from '../../../measures/llc';
import { ANY, type Part } from '../part';

/** What `localLearningCoefficient` takes, and the mini-batches that a chain passes through, with the lines in each. */
type LlcSettings = LlcChoice & { readonly batches: number; readonly size: number };

/**
 * Lines that our LLC's loss is a mean of, n: about the fixed samples of a task-level. A larger n asks for longer chains: ε
 * must be small enough for the steepest direction, and the flat ones settle with ε γ.
 */
const LINES = 1024;

/** The local learning coefficient with the paper's constants: its chain hardly leaves the pull's own Gaussian. */
export const llcPaper = llcPart("LLC, the paper's constants", {
  name: 'llc_paper',
  about: "local learning coefficient with the paper's constants",
  settings: {
    ...{ batches: 64, size: 8, chains: 1, draws: 400, burnIn: 100 },
    ...{ stepSize: 1e-5, localization: 1e4, nBeta: 1, scattered: false },
  },
  source:
    'the paper: 500 steps, the first 100 burn-in, ε 1e-5, β 1, γ 10,000; one chain and lines a step are ours',
});

/** The local learning coefficient as its literature asks: nβ = n / ln n, several chains, ε calibrated. */
export const llc = llcPart('LLC', {
  name: 'llc',
  about: 'local learning coefficient with nβ = n / ln n and a calibrated step',
  settings: {
    ...{ batches: 32, size: LINES / 32, chains: 3, draws: 50, burnIn: 100 },
    ...{ stepSize: 1e-6, localization: 1e4, nBeta: LINES / Math.log(LINES) },
    ...{ acceptance: 0.95, scattered: true },
  },
  source:
    'Lau et al. 2023, section 4; γ as in the paper; a step is small enough where acceptance is .9 or more',
});

function llcPart(
  label: string,
  part: Pick<Part<LlcSettings>, 'name' | 'about' | 'settings' | 'source'>,
): Part<LlcSettings> {
  const { name: measure } = part;
  return {
    ...{ ...part, on: 'hard tasks', table: 'landscape', columns: { [measure]: ANY(label) } },
    async measure(subject, place, { batches, size, ...choice }) {
      const { localLearningCoefficient } = await import('../../../measures/llc.js');
      const sampled = subject.sampled(DRAW, batches, size, place);
      const found = await localLearningCoefficient(sampled, subject.point, choice, subject.pause);
      const { standardError: standard_error, stepSize: step_size, ...rest } = found;
      return [{ measure, standard_error, step_size, ...rest }];
    },
  };
}

const DRAW = 4;
