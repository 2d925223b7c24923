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

/**
 * Sequences that the LLC's loss is a mean of: 64 mini-batches of 64. The temperature is that of so many
 * samples, nβ = n / ln n (Watanabe 2013; Lau et al. 2023, section 4).
 */
const LLC_SAMPLES = 4096;

/** Chains of the scales whose gradients take a second: half the draws, and so a spread 1.5 times as wide. */
const FEWER_DRAWS = { chains: 3, draws: 60, burnIn: 30 };

/**
 * Settings for a scale.
 *
 * The LLC's step size and localization are from the sweeps in data/calibration. At nano, in mid-training, and
 * localization γ = 1e4 the estimates for ε = 3e-6 and 1e-5 agree within a twentieth (11.2 and 11.7, and 13.2 at
 * 3e-5), and chains settle within 2 / (ε γ) = 20 draws; at 1e-6 they have not settled. In γ there is no plateau: the
 * estimate falls as it grows, so γ is a choice of how far to look. 1e4 lets each weight stray by 1/√γ = 0.01, a sixth
 * of the weights' own size at nano; less pull takes the chains as far away as the weights are long. Compare only
 * values of the same γ. The step stays stable up to a top eigenvalue of 4 / (ε nβ), about 800 (nano: 350 at step 50,
 * 60 to 75 later).
 *
 * At micro, at update 2,152 of data/twins/micro-s0, ε = 3e-6 and 1e-5 agree as well (6.9 ± 1.4 and 7.5 ± 1.0, and
 * 10.3 ± 0.7 at 3e-5), settled. So γ, nβ and ε are the same at every scale and weights stray as far; where chains
 * diverge, take a third of ε.
 * At small, at update 1,375 of a former training, 1e-5 gives 20.9 ± 0.9 and 3e-5 gives 23.3 ± 0.1, and 3e-6 has not
 * settled in 100 steps.
 * At medium, at update 553 of a former training, they give 12.5 ± 1.9, 14.6 ± 1.6 and 18.8 ± 1.2, settled. Large and
 * beyond were not swept.
 */
export function landscapeSettings(scale: string): LandscapeSettings {
  const chains =
    scale === 'nano' || scale === 'micro' ? { chains: 4, draws: 100, burnIn: 40 } : FEWER_DRAWS;
  return Object.freeze({
    fisher: { mixture: 240, task: 40 },
    gradient: { batches: 64, size: 32 },
    hessian: { batch: 192, steps: 40, probes: 10 },
    llc: {
      ...{ batches: 64, size: LLC_SAMPLES / 64, ...chains },
      ...{ stepSize: 1e-5, localization: 1e4, nBeta: defaultNBeta(LLC_SAMPLES) },
    },
    probes: { samples: 500 },
  });
}
