import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../compile';
import { tf } from '../environment/tensorflow';
import { rankme } from '../measures/rankme';
import { type Batch, batchTensors } from '../model/batch';
import { type ModelConfig, modelConfig } from '../model/scales';
import { forward } from '../model/transformer';
import { studySource } from '../study/source';
import { batchAt, CONTEXT, TASK_LEVELS, VOCABULARY } from '../tasks';
import { type TrainingConfig, trainingConfig } from '../training/config';
import { writeTensorFile } from '../training/safetensors';
import { Trainer } from '../training/trainer';
import { plainGradient } from './plain-gradient';
import { TorchProcess } from './torch-process';
import { median, peakMb, quantile, type Turns, takeTurns, timed } from './turns';

/** What can be timed. */
export const WHATS = ['step', 'forward', 'gradient', 'rankme', 'batch'] as const;
export type What = (typeof WHATS)[number];

/** One scale, and how long to look at it. */
export interface ContestOptions {
  readonly scale: string;
  readonly whats: readonly What[];
  /** Timed rounds; in each, every side has one turn. */
  readonly rounds: number;
  /** Sequences in a batch. */
  readonly batch: number;
  /** True to leave PyTorch out. */
  readonly alone: boolean;
}

/** One line of the bench. Times are medians over the rounds; what does not apply is null. */
export interface Row {
  readonly scale: string;
  readonly what: What;
  readonly ours_ms: number;
  readonly torch_ms: number | null;
  /** Ours by PyTorch's. */
  readonly ratio: number | null;
  /** First and third quartile of the ratio round by round: how far to trust it on a shared machine. */
  readonly ratio_quartiles: readonly [number, number] | null;
  /** Seconds of the first call, which records and compiles. */
  readonly first_call_s: number | null;
  readonly gflops: number | null;
  /** Part of the fastest matrix product seen on either side in this run. */
  readonly share_of_ceiling: number | null;
  readonly ours_peak_mb: number | null;
  readonly torch_peak_mb: number | null;
  /** Tokens of the mixture made per second. */
  readonly tokens_per_s: number | null;
}

const WARM_UP = 3;
/** Side of the square matrices whose product sets the ceiling. */
const CEILING_N = 1024;
/** RankMe's samples (the paper's 200), and the positions at which the study takes it. */
const RANKME_SAMPLES = 200;
const POSITIONS = 2;
/** Largest difference of the two sides' first losses, of themselves: what rounding explains. */
const SAME_LOSS = 1e-4;

/**
 * Times one scale: ours in this process, PyTorch in its own, in turns. Best called in a
 * fresh process, whose peak memory is then the training step's.
 * @throws Error where the two sides do not compute the same loss.
 */
export async function contest(options: ContestOptions): Promise<Row[]> {
  const sides = new Contest(options);
  try {
    return await sides.rows();
  } finally {
    sides.dispose();
  }
}

class Contest {
  private readonly model: ModelConfig;
  private readonly training: TrainingConfig;
  private readonly batch: Batch;
  private readonly trainer: Trainer;
  private readonly torch?: TorchProcess;

  constructor(private readonly options: ContestOptions) {
    const { scale, batch, alone } = options;
    this.model = modelConfig(scale, VOCABULARY, CONTEXT);
    this.training = trainingConfig({
      scale,
      batch,
      steps: 1_000_000,
    });
    const source = studySource(this.training);
    // One batch for ever: making batches is timed by itself, and PyTorch makes none. It is not packed, so that both
    // sides compute the same tokens.
    this.batch = batchAt(this.training.seed, 1, batch);
    this.trainer = Trainer.start(this.model, this.training, {
      ...source,
      batchAt: () => this.batch,
    });
    if (!alone) this.torch = new TorchProcess();
  }

  async rows(): Promise<Row[]> {
    const { whats } = this.options;
    const make: Record<What, () => Promise<Row>> = {
      step: () => this.step(),
      forward: () => this.forward(),
      gradient: () => this.gradient(),
      rankme: () => this.rankme(),
      batch: () => this.mixture(),
    };
    await this.handOver();
    const before = await this.ceiling();
    const rows: Row[] = [];
    for (const what of WHATS) if (whats.includes(what)) rows.push(await make[what]());
    const best = Math.max(before, await this.ceiling());
    return rows.map((row) => ({ ...row, share_of_ceiling: row.gflops && row.gflops / best }));
  }

  dispose(): void {
    this.trainer.dispose();
    this.torch?.close();
  }

  /** Gives PyTorch our weights and our batch. */
  private async handOver(): Promise<void> {
    if (!this.torch) return;
    const { tensors } = this.trainer.store();
    const weights = Object.entries(tensors)
      .filter(([name]) => name.startsWith('model.'))
      .map(([name, tensor]) => [name.slice('model.'.length), tensor]);
    const shape = [this.options.batch, CONTEXT];
    const { inputs, targets, weights: answers } = this.batch;
    const batch = Object.entries({ inputs, targets, weights: answers }).map(([name, values]) => [
      name,
      { shape, values: Float32Array.from(values) },
    ]);
    const folder = mkdtempSync(join(tmpdir(), 'anatomy-bench-'));
    try {
      const path = join(folder, 'start.safetensors');
      writeTensorFile(path, { tensors: Object.fromEntries([...weights, ...batch]), metadata: {} });
      const { model, training } = this;
      const threads = availableParallelism();
      await this.torch.ask({ what: 'make', model, training, threads, path });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  private async step(): Promise<Row> {
    const asked = await this.torch?.ask<{ loss: number }>({ what: 'loss' });
    let loss: number | undefined;
    const ours = () => {
      const update = this.trainer.advance();
      loss ??= update.loss;
    };
    const turns = await this.turns(ours, { what: 'step' });
    if (asked && loss !== undefined) this.assertSame(loss, asked.loss);
    const torch = await this.torch?.ask<{ mb: number }>({ what: 'peak' });
    return {
      ...this.row('step', turns),
      ours_peak_mb: peakMb(),
      torch_peak_mb: torch?.mb ?? null,
    };
  }

  private async forward(): Promise<Row> {
    const run = compile(
      (tokens) => forward(this.model, this.trainer.parameters, tokens as tf.Tensor2D).logits,
      { name: 'forward pass' },
    );
    const [inputs] = batchTensors(this.batch, CONTEXT);
    const ours = () => tf.tidy(() => void (run(inputs) as tf.Tensor).dataSync());
    const turns = await this.turns(ours, { what: 'forward' });
    run.dispose();
    return this.row('forward', turns);
  }

  private async gradient(): Promise<Row> {
    const run = compile(plainGradient(this.model, this.trainer.parameters), {
      name: 'gradient',
    });
    const batch = batchTensors(this.batch, CONTEXT);
    // One value read is all values computed: the function is one kernel.
    const ours = () => tf.tidy(() => void (run(...batch) as tf.Tensor[])[0].dataSync());
    const turns = await this.turns(ours, { what: 'gradient' });
    run.dispose();
    return this.row('gradient', turns);
  }

  /** RankMe of all 24 task-levels, layers and positions, from hidden states that are already there. */
  private async rankme(): Promise<Row> {
    const { width } = this.model;
    const layers = this.model.layers + 1;
    const sets = TASK_LEVELS.length * POSITIONS;
    const states = tf.randomNormal([layers, RANKME_SAMPLES, width]) as tf.Tensor3D;
    const ours = () => {
      for (let i = 0; i < sets; i++) rankme(states);
    };
    const theirs = { what: 'rankme', layers, samples: RANKME_SAMPLES, width, sets };
    const turns = await this.turns(ours, theirs, 1);
    states.dispose();
    return { ...this.row('rankme', turns), first_call_s: null };
  }

  /** Making batches, which PyTorch's side does not do. */
  private async mixture(): Promise<Row> {
    const source = studySource(this.training);
    const ours = Array.from({ length: 20 * this.options.rounds }, (_, i) =>
      timed(() => source.batchAt(i + 1)),
    );
    return {
      ...this.row('batch', { ours, theirs: [], first: 0 }),
      ...{ torch_ms: null, ratio: null, ratio_quartiles: null },
      first_call_s: null,
      tokens_per_s: (this.options.batch * CONTEXT * 1000) / median(ours),
    };
  }

  /** GFLOP/s of the fastest square matrix product of either side. */
  private async ceiling(): Promise<number> {
    const a = tf.randomNormal([CEILING_N, CEILING_N]) as tf.Tensor2D;
    const product = () => tf.tidy(() => void tf.matMul(a, a).dataSync());
    const { ours, theirs } = await this.turns(product, { what: 'matmul', n: CEILING_N });
    a.dispose();
    return (2 * CEILING_N ** 3) / Math.min(...[...ours, ...theirs].filter(Number.isFinite)) / 1e6;
  }

  private turns(ours: () => void, theirs: object, warmUp = WARM_UP): Promise<Turns> {
    return takeTurns(ours, this.torch, theirs, this.options.rounds, warmUp);
  }

  private row(what: What, { ours, theirs, first }: Turns): Row {
    const { scale, batch } = this.options;
    const flops = flopsOf(what, this.model, batch);
    const ratios = theirs.map((ms, i) => ours[i] / ms);
    const compared = this.torch !== undefined;
    return {
      ...{ scale, what },
      ours_ms: median(ours),
      torch_ms: compared ? median(theirs) : null,
      ratio: compared ? median(ours) / median(theirs) : null,
      ratio_quartiles: compared ? [quantile(ratios, 0.25), quantile(ratios, 0.75)] : null,
      first_call_s: first,
      gflops: flops && flops / median(ours) / 1e6,
      share_of_ceiling: null,
      ...{ ours_peak_mb: null, torch_peak_mb: null, tokens_per_s: null },
    };
  }

  private assertSame(ours: number, theirs: number): void {
    const { scale } = this.options;
    if (Math.abs(ours - theirs) <= SAME_LOSS * Math.abs(theirs)) return;
    throw new Error(`The two sides differ: at ${scale} our loss is ${ours}, PyTorch's ${theirs}.`);
  }
}

/**
 * Floating-point operations of the matrix products alone; a gradient takes those of the forward pass three
 * times. The embedding is a lookup and counts nothing.
 */
export function flopsOf(what: What, model: ModelConfig, batch: number): number | null {
  const { layers, width, vocabulary, context } = model;
  const perToken = layers * (24 * width ** 2 + 4 * context * width) + 2 * vocabulary * width;
  const forwards = { step: 3, gradient: 3, forward: 1, rankme: 0, batch: 0 }[what];
  return forwards ? forwards * perToken * batch * context : null;
}
