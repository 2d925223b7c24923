import { modelConfig, SCALES } from '../model/scales';
import { studySource } from '../study/source';
import { batchAt, CONTEXT, VOCABULARY } from '../tasks';
import { trainingConfig } from '../training/config';
import { Trainer } from '../training/trainer';
import { PRECISIONS } from './contest';
import { benchOptions, chosen, whole } from './options';
import { median, timed } from './turns';

const USAGE = `npm run bench -- packing [options]

Times a training step whose sequences are packed into rows, as in a run, against one with a row a sequence, in turns.

  --scales LIST       of ${SCALES.join(', ')} (default nano to large)
  --precision NAME    ${PRECISIONS.join(' or ')} (default float32)
  --rounds N          timed rounds (default 10)
  --batch N           sequences (default 128)`;

/** What packing gains at one scale. */
interface Gain {
  readonly scale: string;
  readonly precision: string;
  /** Rows of the context that the packed batch takes. */
  readonly rows: number;
  readonly packed_ms: number;
  readonly plain_ms: number;
  readonly ratio: number;
  /** Largest difference of the two losses, as a share of the loss, over all rounds. */
  readonly loss_differs: number;
}

/** `npm run bench -- packing`. @throws RangeError for an unknown scale or precision. */
export async function benchPacking(argv: string[]): Promise<number> {
  const values = benchOptions(argv, USAGE, {
    scales: { type: 'string', default: 'nano,micro,small,medium,large' },
    precision: { type: 'string', default: 'float32' },
    rounds: { type: 'string', default: '10' },
    batch: { type: 'string', default: '128' },
  });
  if (!values) return 0;
  const [precision] = chosen('precision', values.precision, PRECISIONS);
  const [rounds, batch] = [whole('rounds', values.rounds), whole('batch', values.batch)];
  const gains = chosen('scale', values.scales, SCALES).map((scale) => {
    const config = trainingConfig({ scale, batch, precision, steps: 1_000_000 });
    const model = modelConfig(scale, VOCABULARY, CONTEXT);
    const source = studySource(config);
    const packed = Trainer.start(model, config, source);
    const plain = Trainer.start(model, config, {
      ...source,
      batchAt: (step) => batchAt(config.seed, step, batch),
    });
    const times = { packed: [] as number[], plain: [] as number[] };
    let differs = 0;
    // The first round compiles, and the two after it are for caches.
    for (let round = -3; round < rounds; round++) {
      let [ours, theirs] = [0, 0];
      const packedMs = timed(() => {
        ours = packed.advance().loss;
      });
      const plainMs = timed(() => {
        theirs = plain.advance().loss;
      });
      differs = Math.max(differs, Math.abs(ours / theirs - 1));
      if (round < 0) continue;
      times.packed.push(packedMs);
      times.plain.push(plainMs);
    }
    packed.dispose();
    plain.dispose();
    const [packed_ms, plain_ms] = [median(times.packed), median(times.plain)];
    const gain: Gain = {
      ...{ scale, precision, rows: source.batchAt(1).inputs.length / CONTEXT, packed_ms, plain_ms },
      ...{ ratio: packed_ms / plain_ms, loss_differs: differs },
    };
    if (!values.json) {
      process.stdout.write(
        `${scale}, ${precision}: ${batch} sequences in ${gain.rows} rows ${packed_ms.toFixed(0)} ms, in ${batch} rows ` +
          `${plain_ms.toFixed(0)} ms, ratio ${gain.ratio.toFixed(2)}; losses differ by ${differs.toExponential(1)} at most\n`,
      );
    }
    return gain;
  });
  if (values.json) process.stdout.write(`${JSON.stringify(gains, null, 1)}\n`);
  return 0;
}
