import { WHOLE_RUN } from '../findings/definitions';
import { runName } from '../findings/emergence';
import { selectRuns } from '../findings/whole-runs';
import { PLAN } from '../study/plan';
import type { Run } from '../study/run-folder';
import { runSettings, settingDifferences } from '../study/run-settings';
import { note } from './show';

/**
 * In Markdown, which of the runs are whole, which tables they lack, what they were made with where that is not
 * the plan's, and which runs are left out and why.
 * @param least updates that a run must have; collapse alone needs fewer, see {@link SETTLED_RUN}.
 */
export function studyNote(all: readonly Run[], least: number = WHOLE_RUN): string {
  const { whole, leftOut } = selectRuns(all, least);
  const lines = [
    ...whole.map(described),
    ...leftOut.map(({ run, why }) => `- left out: ${runName(run)} (${why})`),
  ].join('\n');
  return whole.length > 0
    ? `The study's whole runs in \`data/runs\`:\n\n${lines}`
    : `**There is no whole run of the study in \`data/runs\`**, so what follows is of the live run above, and claims cannot be judged.\n\n${lines}`;
}

function described(run: Run): string {
  const { info } = run;
  const number = (value: number) => value.toLocaleString('en-US');
  const measured = new Set(run.geometry.map(({ step }) => step)).size;
  const missing = (['landscape', 'probes'] as const).filter((table) => run[table].length === 0);
  const planned = PLAN.find(
    ({ training: { scale, seed } }) => scale === info.training.scale && seed === info.training.seed,
  );
  const other = planned
    ? settingDifferences(
        info,
        runSettings({ ...planned.training, checkpoints: planned.checkpoints }),
      )
    : [];
  return [
    `- ${runName(run)}: ${number(info.step)} updates, ${number(info.parameters)} parameters, measured at ${measured} steps`,
    ...(info.training.precision === 'bf16' ? ['trained with bf16 products'] : []),
    ...(missing.length > 0 ? [`without ${missing.join(' and ')}`] : []),
    ...(other.length > 0 ? [`**not as planned**: ${other.join(', ')}`] : []),
  ].join('; ');
}

/**
 * The run that figures of a single run show: the study's first one of that scale, or else the live one, with a
 * note below the cell that says so and which scales there are.
 * @param runs the study's whole ones, or the live run alone.
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
