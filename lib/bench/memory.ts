import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { whole } from '../commands/options';
import { backend } from '../compile';
import { tf } from '../environment/tensorflow';
import { Problem } from '../files/problem';
import { bench } from './bench';
import { subject } from './subject';

/** What a run of 5,000 nano updates may grow by. */
const MOST_MB = 20;
/** Updates before the first look: then each of TensorFlow's threads has a heap of its own, as large as it needs. */
const SETTLED = 500;
const LOOKS = 10;

/** `npm run bench -- memory`. @throws Problem where tensors or more than 20 MB of resident memory have been added. */
export const memory = bench({
  about: "Trains nano on a run's own batches and sees that memory stays.",
  options: {
    steps: whole(1, 'updates').or(5000),
    sequences: whole(1, 'in a batch').or(64),
  },
  async *run({ steps, sequences }) {
    const { trainer } = subject('nano', sequences, true, false);
    for (let i = 0; i < SETTLED; i++) trainer.advance();
    const first = held(0);
    yield { ...lookAt(first), words: '' };
    let last = first;
    for (let step = 1; step <= steps; step++) {
      trainer.advance();
      if (step % Math.ceil(steps / LOOKS) !== 0 && step !== steps) continue;
      last = held(step);
      yield lookAt(last);
    }
    trainer.dispose();
    const added = [last.tensors - first.tensors, last.native - first.native];
    const grown = last.resident_mb - first.resident_mb;
    const words =
      `${added[0]} more tensors in TensorFlow.js, ${added[1]} in its native half, ` +
      `${grown.toFixed(1)} MB more resident memory`;
    yield { rows: [], words: `After ${steps} updates: ${words}\n` };
    if (added.some((count) => count > 0) || grown > MOST_MB) {
      throw new Problem(`Memory grows: ${words} in ${steps} updates.`);
    }
  },
});

/** What is held: tensors that TensorFlow.js counts, those of its native half, and resident memory. */
function held(step: number) {
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

function lookAt(found: ReturnType<typeof held>) {
  const { step, tensors, native, resident_mb } = found;
  const words = `${step} updates: ${tensors} tensors, ${native} native, ${resident_mb.toFixed(1)} MB\n`;
  return { rows: [found], words };
}
