import { say } from '../environment/progress';
import { interruptible } from '../notebook/interrupt';
import { ProgressBar } from '../notebook/progress';
import { PARTS, partsInWords } from '../study/landscape/catalog';
import { choice, command, flag, text, whole } from './options';

const NAMES = PARTS.map(({ name }) => name);

/** `npm run measure`: the landscape and probes of a run, in the terminal. */
export default command({
  options: {
    run: text('RUN', 'a run by name (nano-s0) or folder'),
    steps: whole(0, 'steps to measure; their weights must be kept; all of those by default').list(),
    parts: choice(NAMES, 'what to measure; all by default').list(),
    levels: text('MOD2,…', 'task-levels or tasks that are measured; all by default'),
    fresh: flag('drop what was measured before'),
  },
  more: `Adds to landscape.csv and probes.csv. Stopped at any moment, the same command goes on from there. Parts:\n\n${partsInWords().join('\n')}`,
  run: async ({ run: given, levels, ...options }) => {
    if (given === undefined) throw new RangeError('--run is missing: give the name of a run.');
    const { measureRun } = await import('../study/landscape/measure-run.js');
    const { update } = new ProgressBar();
    const { run, unread } = await interruptible((signal) =>
      measureRun(given, { ...options, levels: levels?.split(','), signal, onProgress: update }),
    );
    const measured = new Set([...run.landscape, ...run.probes].map(({ step }) => step));
    say(`${measured.size} steps of ${run.folder} are measured.`);
    for (const { step, measure: name, task, level, note } of run.landscape) {
      if (note !== '') say(`${name} ${task} ${level ?? ''} at step ${step}: ${note}`);
    }
    for (const { step, reason } of unread) say(`Left out: step ${step}: ${reason}`);
    return unread.length > 0 ? 1 : 0;
  },
});
