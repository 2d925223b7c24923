import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { backend } from '../compile';
import { tf } from '../environment/tensorflow';
import { Problem } from '../files/problem';
import { benchOptions, whole } from './options';
import { subject } from './subject';

const USAGE = `npm run bench -- memory [options]

Trains nano on a run's own batches and sees that memory stays.

  --steps N           updates (default 5000)
  --sequences N       in a batch (default 64)
  --json              print what is held on the way as JSON`;

/** What is held at one step. */
export interface Held {
  readonly step: number;
  /** Tensors that TensorFlow.js counts. */
  readonly tensors: number;
  /** Tensors that its native half holds. */
  readonly native: number;
  readonly resident_mb: number;
}

/** What a run of 5,000 nano updates may grow by. */
const MOST_MB = 20;
/** Updates before the first look: compilation and first allocations are over. */
const SETTLED = 100;
const LOOKS = 10;

/**
 * `npm run bench -- memory`: prints what is held on the way.
 * @throws Problem where tensors or more than 20 MB of resident memory have been added.
 */
export async function benchMemory(argv: string[]): Promise<number> {
  const values = benchOptions(argv, USAGE, {
    steps: { type: 'string', default: '5000' },
    sequences: { type: 'string', default: '64' },
  });
  if (!values) return 0;
  const { json } = values;
  const steps = whole('steps', values.steps);
  const { trainer } = subject('nano', whole('sequences', values.sequences), true, false);
  for (let i = 0; i < SETTLED; i++) trainer.advance();
  const looks = [held(0)];
  for (let step = 1; step <= steps; step++) {
    trainer.advance();
    if (step % Math.ceil(steps / LOOKS) !== 0 && step !== steps) continue;
    looks.push(held(step));
    if (!json) say(looks[looks.length - 1]);
  }
  trainer.dispose();
  if (json) process.stdout.write(`${JSON.stringify(looks, null, 1)}\n`);
  const [first, last] = [looks[0], looks[looks.length - 1]];
  const grown = last.resident_mb - first.resident_mb;
  const added = [last.tensors - first.tensors, last.native - first.native];
  if (!json) {
    process.stdout.write(
      `After ${steps} updates: ${added[0]} more tensors in TensorFlow.js, ${added[1]} in its native half, ` +
        `${grown.toFixed(1)} MB more resident memory\n`,
    );
  }
  if (added.some((count) => count > 0) || grown > MOST_MB) {
    throw new Problem(
      `Memory grows: ${added[0]} and ${added[1]} tensors, ${grown.toFixed(1)} MB in ${steps} updates.`,
    );
  }
  return 0;
}

function held(step: number): Held {
  // JavaScript's own garbage comes and goes; it must not hide what stays.
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return {
    step,
    tensors: tf.memory().numTensors,
    native: backend().binding.getNumOfTensors(),
    resident_mb: process.memoryUsage.rss() / 2 ** 20,
  };
}

function say({ step, tensors, native, resident_mb }: Held): void {
  process.stdout.write(
    `${step} updates: ${tensors} tensors, ${native} native, ${resident_mb.toFixed(1)} MB\n`,
  );
}
