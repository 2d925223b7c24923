import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, quantile } from 'simple-statistics';
import { compile } from '../compile';
import { machine, machineWords } from '../environment/machine';
import { tf } from '../environment/tensorflow';
import { writeTensorFile } from '../files/safetensors';
import { answerLoss, forward } from '../model/transformer';
import { storedTensors } from '../training/trainer';
import { type Subject, subject, timed } from './subject';
import { TorchProcess } from './torch-process';

/** What can be timed, and on which batches. */
export const WHATS = ['step', 'forward', 'gradient'] as const;
type What = (typeof WHATS)[number];
export const BATCHES = ['packed', 'plain'] as const;

/** One scale with one kind of batch, and how long to look at it. */
export interface ContestOptions {
  readonly scale: string;
  readonly batch: (typeof BATCHES)[number];
  readonly whats: readonly What[];
  /** Timed rounds; in each, every side has one turn. */
  readonly rounds: number;
  /** Sequences in a batch. */
  readonly sequences: number;
  /** True to leave PyTorch out. */
  readonly alone: boolean;
}

/** One line of the bench. */
export type Row = Awaited<ReturnType<Contest['rows']>>[number];

const WARM_UP = 3;
/** Side of the square matrices whose product sets the ceiling. */
const CEILING_N = 1024;
/** Largest difference of the two sides' first losses, of themselves: what rounding explains. */
const SAME_LOSS = 1e-4;

/** Times one scale: ours in this process, PyTorch in its own, in turns, on the same tensors. */
class Contest {
  private readonly subject: Subject;
  private readonly torch?: TorchProcess;

  constructor(private readonly options: ContestOptions) {
    this.subject = subject(options.scale, options.sequences, options.batch === 'packed');
    if (!options.alone) this.torch = new TorchProcess();
  }

  async rows() {
    await this.handOver();
    const before = await this.ceiling();
    const rows: Awaited<ReturnType<Contest['row']>>[] = [];
    for (const what of this.options.whats) rows.push(await this[what]());
    const best = Math.max(before, await this.ceiling());
    // Part of the fastest matrix product seen on either side in this run.
    return rows.map((row) => ({ ...row, share_of_ceiling: row.gflops / best }));
  }

  dispose(): void {
    this.subject.trainer.dispose();
    this.torch?.close();
  }

  /** Gives PyTorch our weights and our batch. */
  private async handOver(): Promise<void> {
    if (!this.torch) return;
    const { model, training, trainer } = this.subject;
    const names = ['inputs', 'targets', 'weights', 'positions'];
    const batch = tf.tidy(() =>
      this.subject.tensors().map((tensor, i) => {
        const values = Float32Array.from(tensor.dataSync());
        return [names[i], { shape: tensor.shape, values }];
      }),
    );
    const tensors = { ...storedTensors(trainer.parameters), ...Object.fromEntries(batch) };
    const folder = mkdtempSync(join(tmpdir(), 'anatomy-bench-'));
    try {
      const path = join(folder, 'start.safetensors');
      writeTensorFile(path, { tensors, metadata: {} });
      const threads = availableParallelism();
      await this.torch.ask({ what: 'make', model, training, threads, path });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  private async step() {
    const asked = await this.torch?.ask<{ loss: number }>({ what: 'loss' });
    let loss: number | undefined;
    const row = await this.row('step', () => {
      const update = this.subject.trainer.advance();
      loss ??= update.loss;
    });
    if (asked && !(Math.abs(loss! - asked.loss) <= SAME_LOSS * Math.abs(asked.loss))) {
      throw new Error(`The two sides differ: our loss is ${loss}, PyTorch's ${asked.loss}.`);
    }
    const torch = await this.torch?.ask<{ mb: number }>({ what: 'peak' });
    return { ...row, ours_peak_mb: peakMb(), torch_peak_mb: torch?.mb ?? null };
  }

  private async forward() {
    const { model, trainer } = this.subject;
    const [inputs, , , positions] = this.subject.tensors();
    const given = positions ? [inputs, positions] : [inputs];
    const run = compile(
      (...[tokens, places]) =>
        forward(model, trainer.parameters, tokens as tf.Tensor2D, places as tf.Tensor2D).logits,
      { name: 'forward pass' },
    );
    const row = await this.row('forward', () =>
      tf.tidy(() => void (run(...given) as tf.Tensor).dataSync()),
    );
    run.dispose();
    return row;
  }

  private async gradient() {
    const { model, trainer } = this.subject;
    const variables = Object.values(trainer.parameters);
    const run = compile(
      (...tensors) => {
        const [inputs, targets, weights, positions] = tensors as tf.Tensor2D[];
        const { value, grads } = tf.variableGrads(() => {
          const { logits } = forward(model, trainer.parameters, inputs, positions);
          return answerLoss(logits, targets, weights);
        }, variables);
        return [value, ...variables.map(({ name }) => grads[name])];
      },
      { name: 'gradient' },
    );
    const batch = this.subject.tensors();
    // One value read is all values computed: the function is one kernel.
    const row = await this.row('gradient', () =>
      tf.tidy(() => void (run(...batch) as tf.Tensor[])[0].dataSync()),
    );
    run.dispose();
    return row;
  }

  /** GFLOP/s of the fastest square matrix product of either side. */
  private async ceiling(): Promise<number> {
    const a = tf.randomNormal([CEILING_N, CEILING_N]) as tf.Tensor2D;
    const product = () => tf.tidy(() => void tf.matMul(a, a).dataSync());
    const side = { shape: [CEILING_N, CEILING_N], transposed: false };
    const { ours, theirs } = await this.turns(product, { what: 'matmul', sides: [side, side] });
    a.dispose();
    return (2 * CEILING_N ** 3) / Math.min(...ours, ...theirs) / 1e6;
  }

  /**
   * Times both sides in turns, so that whatever else the machine does meets both alike.
   * @param ours must have ended its work when it returns.
   * @returns milliseconds of each round (`theirs` is empty where PyTorch is left out), and seconds of our first call.
   */
  private async turns(ours: () => void, theirs: object) {
    const times = { ours: [] as number[], theirs: [] as number[], first: timed(ours) / 1000 };
    for (let round = -WARM_UP; round < this.options.rounds; round++) {
      const mine = timed(ours);
      const other = await this.torch?.ask(theirs);
      if (round < 0) continue;
      times.ours.push(mine);
      if (other) times.theirs.push(other.ms);
    }
    return times;
  }

  /** Times are medians over the rounds; what does not apply is null. */
  private async row(what: What, run: () => void) {
    const { ours, theirs, first } = await this.turns(run, { what });
    const { scale, batch } = this.options;
    const { model, batch: given } = this.subject;
    const ratios = theirs.map((ms, i) => ours[i] / ms);
    const compared = this.torch !== undefined;
    // Of the matrix products alone; a gradient takes those of the forward pass three times.
    const { layers, width, vocabulary, context } = model;
    const perToken = layers * (24 * width ** 2 + 4 * context * width) + 2 * vocabulary * width;
    const flops = (what === 'forward' ? 1 : 3) * perToken * given.inputs.length;
    return {
      ...{ scale, batch, rows: given.inputs.length / context, what },
      processor: machineWords(machine()),
      ours_ms: median(ours),
      torch_ms: compared ? median(theirs) : null,
      ratio: compared ? median(ours) / median(theirs) : null,
      // Round by round: how far to trust the ratio on a shared machine.
      ratio_quartiles: compared ? quantile(ratios, [0.25, 0.75]) : null,
      // Records and compiles.
      first_call_s: first,
      gflops: flops / median(ours) / 1e6,
      ours_peak_mb: null as number | null,
      torch_peak_mb: null as number | null,
    };
  }
}

/** Most memory that this process has had resident, in MB; null where the system does not tell. */
function peakMb(): number | null {
  try {
    const found = /VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
    return found && Number(found[1]) / 1024;
  } catch {
    return null; // Only Linux has /proc.
  }
}

/** `node contest.js '{options}'`: prints the rows. */
async function main(given: string): Promise<void> {
  const contest = new Contest(JSON.parse(given));
  try {
    process.stdout.write(JSON.stringify(await contest.rows()));
  } finally {
    contest.dispose();
  }
}

if (require.main === module) {
  main(process.argv[2]).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  });
}
