import { WHOLE_RUN } from '../findings/definitions';
import { runName } from '../findings/emergence';
import { wholeRuns } from '../findings/ledger';
import { type Run, studyRuns } from '../study/run-folder';
import { note } from './show';

/**
 * The study's runs that findings about emergence are made of, and a note below the cell of what they are,
 * what was left out, and which tables they lack.
 * @param least updates that a run must have; collapse alone needs fewer, see {@link SETTLED_RUN}.
 */
export function wholeStudy(least: number = WHOLE_RUN): Run[] {
  const all = studyRuns();
  const whole = wholeRuns(all, least);
  const updates = (steps: number) => steps.toLocaleString('en-US');
  const lines = whole.map((run) => {
    const missing = (['landscape', 'probes'] as const).filter((table) => run[table].length === 0);
    const without = missing.length > 0 ? `; without ${missing.join(' and ')}` : '';
    const measured = new Set(run.geometry.map(({ step }) => step)).size;
    return `- ${runName(run)}: ${updates(run.info.step)} updates, ${updates(run.info.parameters)} parameters, measured at ${measured} steps${without}`;
  });
  for (const run of all.filter((one) => !whole.includes(one))) {
    const why = run.info.ended ? `only ${updates(run.info.step)} updates` : 'not ended';
    lines.push(
      `- left out: ${runName(run)} (${why}; whole means ended and ${updates(least)} or more)`,
    );
  }
  note(
    whole.length > 0
      ? `The study's whole runs in \`data/runs\`:\n\n${lines.join('\n')}`
      : `**There is no whole run of the study in \`data/runs\`**, so what follows is of the live run above, and claims cannot be judged.\n\n${lines.join('\n')}`,
  );
  return whole;
}

/**
 * The run that figures of a single run show: the study's first one of that scale, or else the live one, with a
 * note below the cell that says so and which scales there are.
 * @param runs those that {@link wholeStudy} gives, or the live run alone.
 */
export function runToShow(runs: readonly Run[], live: Run, scale: string): Run {
  const own = runs.find(({ info }) => info.training.scale === scale);
  if (own) return own;
  const scales = [...new Set(runs.map(({ info }) => info.training.scale))];
  note(
    `**The study has no whole run of ${scale}** (it has ${scales.join(', ')}). What is shown of a single run below is of ` +
      `the live run, ${runName(live)}, ${live.info.step.toLocaleString('en-US')} updates; what is counted over runs is of ${scales.join(', ')}.`,
  );
  return live;
}
