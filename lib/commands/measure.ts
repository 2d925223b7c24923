import { resolve } from 'node:path';
import { turningPoints } from '../findings/turning-points';
import { interruptible } from '../notebook/interrupt';
import { ProgressBar } from '../notebook/progress';
import { LANDSCAPE_PARTS, parseTaskLevels } from '../study/landscape-plan';
import { loadRun } from '../study/run-folder';
import { choice, command, flag, text, whole } from './options';
import { say } from './say';

/** `npm run measure`: the landscape and probes of a run, in the terminal. */
export const measure = command({
  options: {
    run: text('FOLDER', 'the run'),
    steps: whole(0, 'checkpoints to measure; their weights must be there').list(),
    count: whole(1, 'or how many to choose, dense early and about floors and emergences').or(60),
    measures: choice(LANDSCAPE_PARTS, 'what to measure; all but task-llc by default').list(),
    taskLevels: text('MOD1,…', 'task-levels measured by themselves: names, all or none').or('all'),
    fresh: flag('drop what was measured before'),
  },
  more: 'Adds to landscape.csv and probes.csv. Stopped at any moment, the same command goes on from there.',
  run: async ({ run: given, measures, taskLevels, ...options }) => {
    if (given === undefined) throw new RangeError('--run is missing: give the folder of a run.');
    const folder = resolve(given);
    const levels = parseTaskLevels(taskLevels);
    const events = turningPoints(loadRun(folder));
    const { measureRun } = await import('../study/measure-run.js');
    const { update } = new ProgressBar();
    const { run, unread } = await interruptible((signal) =>
      measureRun(folder, {
        ...{ ...options, events, signal, parts: measures, taskLevels: levels },
        onProgress: ({ done, of, what, secondsLeft }) =>
          update({ label: given, done, of, secondsLeft, detail: what }),
      }),
    );
    const measured = new Set([...run.landscape, ...run.probes].map(({ step }) => step));
    say(`${measured.size} checkpoints of ${folder} are measured.`);
    for (const { step, measure, task, level, note } of run.landscape.filter(
      ({ value }) => value === undefined,
    )) {
      say(`Missing: ${measure} ${task} ${level ?? ''} at step ${step}: ${note}`);
    }
    for (const { step, reason } of unread) say(`Left out: step ${step}: ${reason}`);
    return unread.length > 0 ? 1 : 0;
  },
});
