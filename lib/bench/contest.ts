import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../compile';
import { machine, machineWords } from '../environment/machine';
import { tf } from '../environment/tensorflow';
import { writeTensorFile } from '../files/safetensors';
import type { ModelConfig } from '../model/scales';
import { forward } from '../model/transformer';
import { plainGradient } from './plain-gradient';
import { type Subject, subject } from './subject';
import { TorchProcess } from './torch-process';
import {
  type BatchKind,
  median,
  peakMb,
  quantile,
  type Turns,
  takeTurns,
  type What,
} from './turns';

/** One scale with one kind of batch, and how long to look at it. */
export interface ContestOptions {
  readonly scale: string;
  readonly batch: BatchKind;
  readonly whats: readonly What[];
  /** Timed rounds; in each, every side has one turn. */
  readonly rounds: number;
  /** Sequences in a batch. */
  readonly sequences: number;
  /** True to leave PyTorch out. */
  readonly alone: boolean;
}

/** One line of the bench. Times are medians over the rounds; what does not apply is null. */
export interface Row {
  readonly scale: string;
  readonly batch: BatchKind;
  /** Rows of the batch: as many as sequences, unless it is packed. */
  readonly rows: number;
  readonly what: What;
  /** Name, generation and vector units of the processor, and its threads. */
  readonly processor: string;
  readonly ours_ms: number;
  readonly torch_ms: number | null;
  /** Ours by PyTorch's. */
  readonly ratio: number | null;
  /** First and third quartile of the ratio round by round: how far to trust it on a shared machine. */
  readonly ratio_quartiles: readonly [number, number] | null;
  /** Seconds of the first call, which records and compiles. */
  readonly first_call_s: number;
  readonly gflops: number;
  /** Part of the fastest matrix product seen on either side in this run. */
  readonly share_of_ceiling: number;
  readonly ours_peak_mb: number | null;
  readonly torch_peak_mb: number | null;
}

type Unscaled = Omit<Row, 'share_of_ceiling'>;

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

  async rows(): Promise<Row[]> {
    const make: { [what in What]: () => Promise<Unscaled> } = {
      step: () => this.step(),
      forward: () => this.forward(),
      gradient: () => this.gradient(),
    };
    await this.handOver();
    const before = await this.ceiling();
    const rows: Unscaled[] = [];
    for (const what of this.options.whats) rows.push(await make[what]());
    const best = Math.max(before, await this.ceiling());
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
    const { tensors } = trainer.store();
    const weights = Object.entries(tensors)
      .filter(([name]) => name.startsWith('model.'))
      .map(([name, tensor]) => [name.slice('model.'.length), tensor]);
    const names = ['inputs', 'targets', 'weights', 'positions'];
    const batch = tf.tidy(() =>
      this.subject.tensors().map((tensor, i) => {
        const values = Float32Array.from(tensor.dataSync());
        return [names[i], { shape: tensor.shape, values }];
      }),
    );
    const folder = mkdtempSync(join(tmpdir(), 'anatomy-bench-'));
    try {
      const path = join(folder, 'start.safetensors');
      writeTensorFile(path, { tensors: Object.fromEntries([...weights, ...batch]), metadata: {} });
      const threads = availableParallelism();
      await this.torch.ask({ what: 'make', model, training, threads, path });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  private async step(): Promise<Unscaled> {
    const asked = await this.torch?.ask<{ loss: number }>({ what: 'loss' });
    let loss: number | undefined;
    const ours = () => {
      const update = this.subject.trainer.advance();
      loss ??= update.loss;
    };
    const row = await this.row('step', ours);
    if (asked && !(Math.abs(loss! - asked.loss) <= SAME_LOSS * Math.abs(asked.loss))) {
      throw new Error(`The two sides differ: our loss is ${loss}, PyTorch's ${asked.loss}.`);
    }
    const torch = await this.torch?.ask<{ mb: number }>({ what: 'peak' });
    return { ...row, ours_peak_mb: peakMb(), torch_peak_mb: torch?.mb ?? null };
  }

  private async forward(): Promise<Unscaled> {
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

  private async gradient(): Promise<Unscaled> {
    const { model, trainer } = this.subject;
    const run = compile(plainGradient(model, trainer.parameters), { name: 'gradient' });
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
    const { ours, theirs } = await this.turns(product, { what: 'matmul', n: CEILING_N });
    a.dispose();
    return (2 * CEILING_N ** 3) / Math.min(...[...ours, ...theirs].filter(Number.isFinite)) / 1e6;
  }

  private turns(ours: () => void, theirs: object): Promise<Turns> {
    return takeTurns(ours, this.torch, theirs, this.options.rounds, WARM_UP);
  }

  private async row(what: What, run: () => void): Promise<Unscaled> {
    const { ours, theirs, first } = await this.turns(run, { what });
    const { scale, batch } = this.options;
    const { model, batch: given } = this.subject;
    const ratios = theirs.map((ms, i) => ours[i] / ms);
    const compared = this.torch !== undefined;
    return {
      ...{ scale, batch, rows: given.inputs.length / model.context, what },
      processor: machineWords(machine()),
      ours_ms: median(ours),
      torch_ms: compared ? median(theirs) : null,
      ratio: compared ? median(ours) / median(theirs) : null,
      ratio_quartiles: compared ? [quantile(ratios, 0.25), quantile(ratios, 0.75)] : null,
      first_call_s: first,
      gflops: flopsOf(what, model, given.inputs.length) / median(ours) / 1e6,
      ...{ ours_peak_mb: null, torch_peak_mb: null },
    };
  }
}

/**
 * Floating-point operations of the matrix products alone; a gradient takes those of the forward pass three
 * times. The embedding is a lookup and counts nothing.
 */
function flopsOf(what: What, model: ModelConfig, tokens: number): number {
  const { layers, width, vocabulary, context } = model;
  const perToken = layers * (24 * width ** 2 + 4 * context * width) + 2 * vocabulary * width;
  return (what === 'forward' ? 1 : 3) * perToken * tokens;
}

/** `node contest.js '{options}'`: prints the rows. */
async function main([given]: string[]): Promise<void> {
  const contest = new Contest(JSON.parse(given));
  try {
    process.stdout.write(JSON.stringify(await contest.rows()));
  } finally {
    contest.dispose();
  }
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
