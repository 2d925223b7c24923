import { defaultNBeta } from '../measures/llc';

/** How the landscape is measured: all that determines the numbers, besides weights and tasks. */
export interface LandscapeSettings {
  /** Samples of the Fisher matrix of the mixture, and of each task-level: also its largest rank. */
  readonly fisher: { readonly mixture: number; readonly task: number };
  /** Mini-batches of the gradient covariance, and sequences in each. */
  readonly gradient: { readonly batches: number; readonly size: number };
  /** Sequences of the fixed batch, most Lanczos steps, and probes of the trace. */
  readonly hessian: { readonly batch: number; readonly steps: number; readonly probes: number };
  readonly llc: {
    /** Mini-batches that a chain passes through, and sequences in each. */
    readonly batches: number;
    readonly size: number;
    readonly chains: number;
    readonly draws: number;
    readonly burnIn: number;
    readonly stepSize: number;
    readonly localization: number;
    readonly nBeta: number;
  };
  /** Diagnostic samples of each task-level that probes are fitted to and tested on. */
  readonly probes: { readonly samples: number };
}

/** Sequences of an SGLD mini-batch: the training's own batch. */
const LLC_BATCH = 128;

/**
 * Settings for a scale. A nano checkpoint then costs about as much as 700 training steps, of which the LLC
 * takes five in seven.
 */
export function landscapeSettings(_scale: string): LandscapeSettings {
  return Object.freeze({
    fisher: { mixture: 240, task: 40 },
    gradient: { batches: 64, size: 32 },
    hessian: { batch: 192, steps: 40, probes: 10 },
    llc: {
      ...{ batches: 32, size: LLC_BATCH, chains: 4, draws: 100, burnIn: 25 },
      ...{ stepSize: 1e-6, localization: 100, nBeta: defaultNBeta(LLC_BATCH) },
    },
    probes: { samples: 500 },
  });
}
