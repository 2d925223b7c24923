import type { LlcChoice } from '../../../measures/llc';
import { ANY, type Part } from '../part';
import type { Place } from '../place';
import type { Subject } from '../subject';

/** What `localLearningCoefficient` takes, and the mini-batches that a chain passes through, with the lines in each. */
type LlcSettings = LlcChoice & { readonly batches: number; readonly size: number };

/**
 * Lines that our LLC's loss is a mean of, n: about the fixed samples of a task-level. A larger n asks for longer chains: ε
 * must be small enough for the steepest direction, and the flat ones settle with ε γ.
 */
const LINES = 1024;

/** The local learning coefficient with the paper's constants: its chain hardly leaves the pull's own Gaussian. */
export const llcPaper: Part<LlcSettings> = {
  name: 'llc_paper',
  about: "local learning coefficient with the paper's constants",
  on: 'hard tasks',
  settings: {
    ...{ batches: 64, size: 8, chains: 1, draws: 400, burnIn: 100 },
    ...{ stepSize: 1e-5, localization: 1e4, nBeta: 1, scattered: false },
  },
  source:
    'the paper: 500 steps, the first 100 burn-in, ε 1e-5, β 1, γ 10,000; one chain and lines a step are ours',
  table: 'landscape',
  columns: { llc_paper: ANY("LLC, the paper's constants") },
  measure: (subject, place, settings) => measured('llc_paper', subject, place, settings),
};

/** The local learning coefficient as its literature asks: nβ = n / ln n, several chains, ε calibrated. */
export const llc: Part<LlcSettings> = {
  name: 'llc',
  about: 'local learning coefficient with nβ = n / ln n and a calibrated step',
  on: 'hard tasks',
  settings: {
    ...{ batches: 32, size: LINES / 32, chains: 3, draws: 50, burnIn: 100 },
    ...{ stepSize: 1e-6, localization: 1e4, nBeta: LINES / Math.log(LINES) },
    ...{ acceptance: 0.95, scattered: true },
  },
  source:
    'Lau et al. 2023, section 4; γ as in the paper; a step is small enough where acceptance is .9 or more',
  table: 'landscape',
  columns: { llc: ANY('LLC') },
  measure: (subject, place, settings) => measured('llc', subject, place, settings),
};

const DRAW = 4;

async function measured(measure: string, subject: Subject, place: Place, settings: LlcSettings) {
  const { localLearningCoefficient } = await import('../../../measures/llc.js');
  const { batches, size, ...choice } = settings;
  const found = await localLearningCoefficient(
    subject.sampled(DRAW, batches, size, place),
    subject.point,
    choice,
    subject.pause,
  );
  const { value, standardError, acceptance, drift, stepSize } = found;
  return [
    { measure, value, standard_error: standardError, acceptance, drift, step_size: stepSize },
  ];
}
