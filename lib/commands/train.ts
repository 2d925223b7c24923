import { duration } from '../environment/progress';
import { SCALES } from '../model/scales';
import { interruptible } from '../notebook/interrupt';
import { ProgressBar } from '../notebook/progress';
import { choice, command, flag, number, text, whole } from './options';
import { say } from './say';

/** `npm run train`: one training in the terminal. Each option is a setting of `train` of that name. */
export const trainCommand = command({
  options: {
    scale: choice(SCALES, 'size of the model').or('nano'),
    seed: whole(0, 'of the start and the batches', 2 ** 32 - 1).or(0),
    steps: whole(1, 'updates').or(4000),
    learningRate: number(0, 'highest learning rate'),
    warmup: whole(0, 'updates until it is reached'),
    batch: whole(1, 'sequences in an update'),
    initialStd: number(0, 'standard deviation of the initial weights'),
    checkpoints: whole(0, 'measured steps at least'),
    keep: whole(0, 'steps whose weights are kept').list(),
    landscape: whole(0, 'steps at which the landscape is measured too, or how many of them').list(),
    folder: text('FOLDER', 'where the run lives; below out/runs by default'),
    fresh: flag('delete the run that is there and start anew'),
  },
  more: 'Stopped at any moment, the same command goes on from there.',
  run: async ({ landscape, ...choices }) => {
    const { train } = await import('../study/run.js');
    const { scale, seed, steps, keep = [] } = choices;
    const beyond = [...keep, ...(landscape?.[1] ? landscape : [])].find((step) => step > steps);
    if (beyond !== undefined) {
      throw new RangeError(`Step ${beyond} is beyond the last, ${steps}: give steps up to it.`);
    }
    const { update } = new ProgressBar();
    const label = `${scale}, seed ${seed}`;
    update({ label, done: 0, of: steps, secondsLeft: Number.NaN, detail: 'compiling' });
    const { info, folder } = await interruptible((signal) =>
      train({
        ...choices,
        landscape: landscape?.length === 1 ? landscape[0] : landscape,
        signal,
        onProgress: ({ step, loss, secondsLeft }) =>
          update({ label, done: step, of: steps, secondsLeft, detail: `loss ${loss.toFixed(3)}` }),
      }),
    );
    say(`Trained ${info.step} steps in ${duration(info.seconds)}: ${folder}`);
    return 0;
  },
});
