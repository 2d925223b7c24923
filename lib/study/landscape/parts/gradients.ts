import type { Rank } from '../../../measures/gradient-rank';
import { type Part, POSITIVE } from '../part';

/** Samples, their levels drawn evenly: also the largest rank; groups of the jackknife behind the standard errors. */
type GradientSettings = Readonly<Record<'samples' | 'groups', number>>;

const rank = (label: string, less: number) => ({
  label,
  range: ({ samples }: GradientSettings) => [1, samples - less] as const,
});

/** Effective ranks of per-sample gradients: of all (Fisher), and of what is left without their mean (covariance). */
export const gradients: Part<GradientSettings> = {
  name: 'gradients',
  about: 'effective rank of per-sample gradients and of their covariance',
  on: 'tasks',
  settings: { samples: 200, groups: 10 },
  source:
    'the paper: 200 samples of one task; covariance of the first 50,000 parameters. All parameters: ours',
  table: 'landscape',
  columns: {
    gradient_rank: rank('gradient rank', 0),
    gradient_covariance_rank: rank('gradient-covariance rank', 1),
    gradient_covariance_rank_50k: rank('gradient-covariance rank (first 50K)', 1),
    gradient_square: POSITIVE('mean squared gradient'),
    gradient_variance: POSITIVE('variance of the gradient'),
  },
  async measure(subject, place, { samples, groups }) {
    const { gradientRanks } = await import('../../../measures/gradient-rank.js');
    const grams = subject.gradients.gram(subject.point, subject.packed(DRAW, samples, place));
    const found = gradientRanks(grams, samples, groups);
    const row = (measure: string, { value, standardError }: Rank) => {
      return { measure, value, standard_error: standardError };
    };
    return [
      row('gradient_rank', found.rank),
      row('gradient_covariance_rank', found.covariance),
      row('gradient_covariance_rank_50k', found.leadingCovariance),
      { measure: 'gradient_square', value: found.meanSquare },
      { measure: 'gradient_variance', value: found.variance },
    ];
  },
};

/** Number of its draw of samples; see `Subject`. */
const DRAW = 1;
