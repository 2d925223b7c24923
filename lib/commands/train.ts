import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { interruptible } from '../notebook/interrupt';
import { duration, ProgressBar } from '../notebook/progress';
import { sweepRates } from '../study/rate-sweep';
import { replay } from '../study/replay';
import { train } from '../study/run';
import type { Precision } from '../training/config';

const USAGE = `npm run train -- --scale nano [--seed 0] [--steps 4000] [options]

Trains one scale on the task mixture, measures it on the way and leaves tables in a folder.
Run the same again to go on where it was stopped.

  --scale NAME            nano, micro, small, medium, large or xlarge
  --seed N                start and batches (default 0)
  --steps N               updates (default 4000)
  --learning-rate X, --warmup N, --batch N, --initial-std X
  --checkpoints N         measured steps at least (default 220)
  --keep N,M,…            steps whose weights are kept
  --landscape N[,M,…]     steps at which the loss landscape and probes are measured too, or, for a single
                          number, how many to choose
  --folder PATH           where the run lives (default out/runs/<scale>-s<seed>-<steps>)
  --fresh                 delete what is there and start anew
  --replay FOLDER         instead, train the ended run there once more for the weights of the steps in --keep, which
                          come into its folder; each loss is held against its table
  --sweep FILE.csv        instead, train every pair of the learning rates and warm-ups given (lists: 0.0005,0.001)
                          for --steps updates and write what loss on fresh draws each leads to`;

/** `npm run train`: trains one run in the terminal. */
export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      scale: { type: 'string', default: 'nano' },
      seed: { type: 'string', default: '0' },
      steps: { type: 'string', default: '4000' },
      'learning-rate': { type: 'string' },
      warmup: { type: 'string' },
      batch: { type: 'string' },
      'initial-std': { type: 'string' },
      precision: { type: 'string' },
      checkpoints: { type: 'string' },
      keep: { type: 'string' },
      landscape: { type: 'string' },
      folder: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      replay: { type: 'string' },
      sweep: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (values.sweep !== undefined) return sweep({ ...values, sweep: values.sweep });
  const keep = values.keep?.split(',').map(Number);
  if (values.replay !== undefined) return replayed(values.replay, keep);
  const number = (name: keyof typeof values) =>
    values[name] === undefined ? undefined : Number(values[name]);
  const given = {
    learningRate: number('learning-rate'),
    warmup: number('warmup'),
    batch: number('batch'),
    initialStd: number('initial-std'),
    checkpoints: number('checkpoints'),
    folder: values.folder,
    precision: values.precision as Precision | undefined,
  };
  const landscape = values.landscape?.split(',').map(Number);
  const bar = new ProgressBar(`${values.scale}, seed ${values.seed}`);
  const result = await interruptible((signal) =>
    train({
      ...(Object.fromEntries(
        Object.entries(given).filter(([, value]) => value !== undefined),
      ) as typeof given),
      scale: values.scale,
      seed: Number(values.seed),
      steps: Number(values.steps),
      keep,
      landscape: landscape?.length === 1 ? landscape[0] : landscape,
      fresh: values.fresh,
      signal,
      onProgress: bar.update,
    }),
  );
  const { step, seconds } = result.info;
  process.stderr.write(`Trained ${step} steps in ${duration(seconds)}: ${result.folder}\n`);
  return 0;
}

async function replayed(given: string, keep: number[] | undefined): Promise<number> {
  if (!keep) throw new RangeError('--keep is missing: list the steps whose weights you want.');
  const folder = resolve(given);
  const bar = new ProgressBar(`${basename(folder)}, replayed`);
  await interruptible((signal) => replay(folder, { keep, signal, onProgress: bar.update }));
  process.stderr.write(`The weights are in ${join(folder, 'weights')}.\n`);
  return 0;
}

/** Values of the options that a sweep heeds, as they were typed. */
interface SweepOptions {
  readonly sweep: string;
  readonly scale: string;
  readonly seed: string;
  readonly steps: string;
  readonly precision?: string;
  readonly 'learning-rate'?: string;
  readonly warmup?: string;
}

async function sweep(given: SweepOptions): Promise<number> {
  const list = (text: string | undefined, name: string) => {
    if (text === undefined) {
      throw new RangeError(`--${name} is missing: list the values to sweep, such as 0.0005,0.001.`);
    }
    return text.split(',').map(Number);
  };
  const { scale, seed, steps, precision } = given;
  const path = resolve(given.sweep);
  const bar = new ProgressBar(`${scale}, sweep`);
  const started = Date.now();
  const training = {
    ...{ scale, seed: Number(seed), steps: Number(steps) },
    ...(precision === undefined ? {} : { precision: precision as Precision }),
  };
  await interruptible((signal) =>
    sweepRates(training, {
      ...{ path, signal },
      learningRates: list(given['learning-rate'], 'learning-rate'),
      warmups: list(given.warmup, 'warmup'),
      onProgress: (step, of) => {
        const secondsLeft = ((Date.now() - started) / 1000 / Math.max(1, step)) * (of - step);
        bar.update({ step, steps: of, loss: Number.NaN, secondsLeft });
      },
      onRow: ({ learning_rate, warmup, loss, note }) =>
        process.stderr.write(
          `\nlearning rate ${learning_rate}, warm-up ${warmup}: ${loss === undefined ? note : `loss ${loss}`}\n`,
        ),
    }),
  );
  process.stderr.write(`The sweep is in ${path}.\n`);
  return 0;
}
