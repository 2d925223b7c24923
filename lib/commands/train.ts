import { duration, say } from '../environment/progress';
import { SCALES } from '../model/scales';
import { interruptible } from '../notebook/interrupt';
import { ProgressBar } from '../notebook/progress';
import { choice, command, flag, number, text, whole } from './options';

/** `npm run train`: one training in the terminal. Each option is a setting of `train` of that name. */
export default command({
  options: {
    scale: choice(SCALES, 'size of the model').or('nano'),
    seed: whole(0, 'of the start and the batches', 2 ** 32 - 1).or(0),
    steps: whole(1, 'updates to make').or(4000),
    scheduled: whole(1, "updates of the whole schedule; the paper's by default"),
    tasks: text('ADD,MOD', 'tasks to train on; all eight by default'),
    learningRate: number(0, "highest learning rate; the paper's by default", 10),
    warmup: whole(0, 'updates until it is reached'),
    batch: whole(1, 'lines in an update'),
    initialStd: number(0, 'standard deviation of the initial weights', 10),
    intervention: text('NAME:SETTING=VALUE,…', 'what is changed during training; several with +'),
    keep: whole(0, 'steps whose weights are kept').list(),
    folder: text('FOLDER', 'where the run lives; below out/runs by default'),
    fresh: flag('delete the run that is there and start anew'),
  },
  more: 'Stopped at any moment, the same command goes on from there; with more --steps it prolongs the run. An\nintervention is named as in --intervention variance-penalty:strength=0.1,until=1000.',
  run: async ({ tasks, intervention: typed, ...choices }) => {
    const { train } = await import('../study/run/train.js');
    const { parsedIntervention } = await import('../interventions/catalog.js');
    const intervention = typed === undefined ? undefined : parsedIntervention(typed);
    const { update } = new ProgressBar();
    const { info, folder } = await interruptible((signal) =>
      train({ ...choices, intervention, tasks: tasks?.split(','), signal, onProgress: update }),
    );
    say(`Trained ${info.step} steps in ${duration(info.seconds)}: ${folder}`);
    return 0;
  },
});
