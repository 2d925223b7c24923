import { runName, scalesOf, selectRuns } from '../findings/runs';
import { counted } from '../findings/words';
import { type Run, studyRuns } from '../study/run/run-folder';
import { escapeMarkdown } from './html';
import { note } from './show';

/**
 * The runs that a notebook's findings are of: the study's in data/runs that are long enough, smallest model first, or
 * the live one where there is none. A note below the cell says which they are, and which are left out and why.
 *
 * ```ts
 * const runs = runsOr(await liveRun({ steps: 1000 }));
 * ```
 */
export function runsOr(live: Run): readonly Run[] {
  const { runs, leftOut } = selectRuns(studyRuns());
  const lines = [
    ...runs.map(described),
    ...leftOut.map(({ run, why }) => `- left out: ${escapeMarkdown(`${runName(run)} ${why}`)}`),
  ].join('\n');
  const head =
    runs.length > 0
      ? `The study’s runs in \`data/runs\` (${scalesOf(runs).join(', ')}):`
      : '**`data/runs` holds no run that is long enough**: what follows is of the live run above.';
  note(`${head}\n\n${lines}`);
  return runs.length > 0 ? runs : [live];
}

function described(run: Run): string {
  const { step, training, parameters } = run.info;
  const scheduled = training.scheduled.toLocaleString('en-US');
  const measured = new Set(run.geometry.map((row) => row.step)).size;
  const missing = (['landscape', 'probes'] as const).filter((table) => run[table].length === 0);
  return (
    `- ${runName(run)}: ${counted(step, 'update')} of ${scheduled} scheduled, ` +
    `${counted(parameters, 'parameter')}, measured at ${measured} steps${missing.length > 0 ? `; without ${missing.join(' and ')}` : ''}`
  );
}

/**
 * The first run of a scale, or where there is none the first of all.
 *
 * ```ts
 * const run = runToShow(studyRuns(), 'micro');
 * ```
 */
export function runToShow(runs: readonly Run[], scale: string): Run {
  return runs.find(({ info }) => info.training.scale === scale) ?? runs[0];
}
