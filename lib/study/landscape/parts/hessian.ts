import { ANY, type Part } from '../part';

/** Lines of the fixed batch; most Lanczos steps, which end where the residual is `tolerance` times the eigenvalue. */
type HessianSettings = Readonly<Record<'lines' | 'steps' | 'tolerance', number>>;

/** The Hessian's largest eigenvalue: converged, and after the paper's five Lanczos steps. */
export const hessian: Part<HessianSettings> = {
  name: 'hessian',
  about: 'largest eigenvalue of the Hessian, converged and after five Lanczos steps',
  on: 'tasks',
  settings: { lines: 128, steps: 40, tolerance: 1e-2 },
  source:
    'the paper, version 4: five Lanczos steps a task; the converged value beside it, and the rest, are ours',
  table: 'landscape',
  columns: {
    hessian_top: ANY('top Hessian eigenvalue'),
    hessian_top_5: ANY('top Hessian eigenvalue (5 steps)'),
  },
  async measure(subject, place, { lines, steps, tolerance }) {
    const { hessianOperator } = await import('../../../measures/operators/hessian.js');
    const { topEigenvalue } = await import('../../../measures/hessian.js');
    const [batch] = subject.batches(DRAW, 1, lines, place);
    const operator = hessianOperator((at) => subject.loss.gradient(at, batch), subject.point);
    const { converged, early } = topEigenvalue(operator, { steps, tolerance });
    return [
      { measure: 'hessian_top', value: converged.value, residual: converged.residual },
      { measure: 'hessian_top_5', value: early.value, residual: early.residual },
    ];
  },
};

const DRAW = 3;
