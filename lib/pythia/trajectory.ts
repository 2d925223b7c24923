import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { facts } from '../environment/facts';
import { Problem, writing } from '../environment/problem';
import { lockRun } from '../study/run-lock';
import { type CacheOptions, type Checkpoint, openCheckpoint } from './checkpoints';
import { neoxShapes } from './gpt-neox';
import { judgeHistory } from './history';
import { hubEndpoint, NotOnHub } from './hub';
import { ProbeMeasurer } from './measure';
import type { Model } from './models';
import type { ProbeSet } from './probes';
import { encodeProbes } from './scoring';
import {
  type CheckpointRow,
  type ProbeBehaviorRow,
  type ProbeGeometryRow,
  readPythiaTable,
  writePythiaTable,
} from './tables';
import {
  infoPath,
  isTrajectory,
  liveTrajectory,
  loadTrajectory,
  readInfo,
  type Trajectory,
  type TrajectoryInfo,
} from './trajectory-folder';

/** How far a trajectory is. */
export interface TrajectoryProgress {
  readonly step: number;
  /** Checkpoints done and to do, of this call. */
  readonly done: number;
  readonly of: number;
  /** What is going on, for example `layer 3 of 12`. */
  readonly what: string;
  /** NaN before the first checkpoint is done. */
  readonly secondsLeft: number;
}

export interface TrajectoryOptions extends CacheOptions {
  /** Where tables go; `out/pythia/<model>` by default. */
  readonly folder?: string;
  /** The model's own by default. */
  readonly probes?: readonly ProbeSet[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrajectoryProgress) => void;
}

/**
 * Measures a model's checkpoints and leaves tables in a folder; steps that are there already are not measured
 * again, so that the same call goes on where it was stopped. Checkpoints that the hub does not have are noted
 * as missing and looked up again by the next call. All are judged by {@link judgeHistory}: tables hold every
 * measurement, and {@link genuine} takes those that count.
 *
 * @throws Problem where the hub cannot be reached or has none of the steps, a file is damaged, the disk is full,
 * the folder holds another model or other probes or is in use, or `signal` stops it; what is measured by then is
 * kept.
 */
export async function measureTrajectory(
  model: Model,
  steps: readonly number[],
  options: TrajectoryOptions = {},
): Promise<Trajectory> {
  const { folder = liveTrajectory(model), probes = model.probes(), signal, onProgress } = options;
  const source = model.source(options);
  const sitting = new Sitting(model, folder, probes);
  const todo = steps.filter((step) => !sitting.has(step));
  let [spent, measured] = [0, 0];
  try {
    for (const [done, step] of todo.entries()) {
      const tell = (what: string, part = 0) =>
        onProgress?.({
          ...{ step, done, of: todo.length, what },
          secondsLeft: measured ? (spent / measured) * (todo.length - done - part) : Number.NaN,
        });
      const begin = Date.now();
      tell('looking it up');
      const onWait = (seconds: number, reason: string) =>
        tell(`waiting ${Math.ceil(seconds)} s for the hub: ${reason}`);
      let listed: Awaited<ReturnType<typeof source.list>>;
      try {
        listed = await source.list(step, { signal, onWait });
      } catch (error) {
        if (!(error instanceof NotOnHub)) throw error;
        sitting.missing(step);
        continue;
      }
      const file = listed.find(({ hash }) => hash.kind === 'sha256')?.hash.value ?? '';
      if (!sitting.copy(step, file)) {
        const place = await source.folder(step, {
          ...{ signal, onWait },
          onProgress: (bytes, of) => tell(`fetching, ${Math.floor((100 * bytes) / of)} %`),
        });
        const checkpoint = await openCheckpoint(place);
        try {
          await sitting.measure(checkpoint, step, file, signal, (layer, of) =>
            tell(`part ${layer} of ${of}`, layer / of),
          );
        } finally {
          checkpoint.weights.close();
        }
        source.done(step);
      }
      measured++;
      spent += (Date.now() - begin) / 1000;
    }
  } finally {
    sitting.dispose();
  }
  if (!isTrajectory(folder)) {
    throw new Problem(
      `None of the ${steps.length} steps of ${model.repo} is on ${hubEndpoint()}: check the model and HF_ENDPOINT.`,
    );
  }
  return loadTrajectory(folder);
}

/** One stretch of work on a trajectory's folder. */
class Sitting {
  private measurer: ProbeMeasurer | undefined;
  private info: TrajectoryInfo | undefined;
  private readonly probesHash: string;
  private rows: { behavior: ProbeBehaviorRow[]; geometry: ProbeGeometryRow[] };
  private checkpoints: CheckpointRow[];
  private readonly release: () => void;

  constructor(
    private readonly model: Model,
    private readonly folder: string,
    private readonly probes: readonly ProbeSet[],
  ) {
    this.probesHash = createHash('sha256').update(JSON.stringify(probes)).digest('hex');
    if (isTrajectory(folder)) {
      this.info = readInfo(folder);
      if (this.info.repo !== model.repo || this.info.probes !== this.probesHash) {
        throw new Problem(
          `${folder} holds measurements of ${this.info.repo}${this.info.repo === model.repo ? ' on other probe sets' : ''}: ` +
            'move it away or give another folder (--folder).',
        );
      }
    }
    writing(folder, () => mkdirSync(join(folder, 'sketches'), { recursive: true }));
    this.release = lockRun(folder);
    // A step counts once its checkpoint is noted, which happens last.
    this.checkpoints = readPythiaTable(folder, 'checkpoints').filter(
      ({ step, verdict }) => verdict === 'missing' || existsSync(this.sketchPath(step)),
    );
    const whole = <R extends { step: number }>(rows: R[]) =>
      rows.filter(({ step }) => this.has(step));
    this.rows = {
      behavior: whole(readPythiaTable(folder, 'behavior')),
      geometry: whole(readPythiaTable(folder, 'geometry')),
    };
  }

  /** True where the step is measured. */
  has(step: number): boolean {
    return this.checkpoints.some((own) => own.step === step && own.verdict !== 'missing');
  }

  /** Notes a step that the hub does not have. */
  missing(step: number): void {
    const row = { step, verdict: 'missing', of: -1, distance: 0, sha256: '', file: '', seconds: 0 };
    this.save(row as CheckpointRow, { behavior: [], geometry: [] });
  }

  /** Takes the measurements of a step whose file is the same; false where there is none. */
  copy(step: number, file: string): boolean {
    const same = this.checkpoints.find((own) => file !== '' && own.file === file);
    if (!same) return false;
    const from = <R extends { step: number }>(rows: R[]) =>
      rows.filter((row) => row.step === same.step).map((row) => ({ ...row, step }));
    writing(this.folder, () =>
      writeFileSync(this.sketchPath(step), readFileSync(this.sketchPath(same.step))),
    );
    const { behavior, geometry } = this.rows;
    this.save(
      { ...same, step, seconds: 0 },
      { behavior: from(behavior), geometry: from(geometry) },
    );
    return true;
  }

  async measure(
    checkpoint: Checkpoint,
    step: number,
    file: string,
    signal: AbortSignal | undefined,
    onLayer: (done: number, of: number) => void,
  ): Promise<void> {
    const begin = Date.now();
    this.prepare(checkpoint);
    const { behavior, geometry, fingerprint } = await this.measurer!.measure(
      checkpoint,
      step,
      signal,
      onLayer,
    );
    writing(this.folder, () => writeFileSync(this.sketchPath(step), fingerprint.sketch));
    const { sha256 } = fingerprint;
    const seconds = Math.round((Date.now() - begin) / 100) / 10;
    const row = { step, verdict: 'genuine', of: -1, distance: 0, sha256, file, seconds } as const;
    this.save(row, { behavior, geometry });
  }

  dispose(): void {
    this.measurer?.dispose();
    this.release();
  }

  /** At the first checkpoint: encodes the probes with its tokenizer. Later ones must have its shape. */
  private prepare({ config, tokenizer, folder }: Checkpoint): void {
    if (this.info && !isDeepStrictEqual(this.info.config, config)) {
      throw new Problem(`${folder} is of another shape than the checkpoints before it.`);
    }
    if (this.measurer) return;
    this.measurer = new ProbeMeasurer(config, encodeProbes(this.probes, tokenizer, config.context));
    const sizes = Object.values(neoxShapes(config)).map((shape) => shape.reduce((a, b) => a * b));
    const { name, repo, kind } = this.model;
    this.info = {
      ...{ model: name, repo, kind, config },
      parameters: sizes.reduce((a, b) => a + b),
      probes: this.probesHash,
      chance: Object.fromEntries(this.probes.map((set) => [set.name, set.chance])),
      facts: facts(),
    };
    const path = infoPath(this.folder);
    writing(path, () => {
      writeFileSync(`${path}.partial`, `${JSON.stringify(this.info, null, 2)}\n`);
      renameSync(`${path}.partial`, path);
    });
  }

  private save(
    checkpoint: CheckpointRow,
    { behavior, geometry }: { behavior: ProbeBehaviorRow[]; geometry: ProbeGeometryRow[] },
  ): void {
    const byStep = (a: { step: number }, b: { step: number }) => a.step - b.step;
    this.rows = {
      behavior: [...this.rows.behavior, ...behavior].sort(byStep),
      geometry: [...this.rows.geometry, ...geometry].sort(byStep),
    };
    const others = this.checkpoints.filter(({ step }) => step !== checkpoint.step);
    this.checkpoints = this.judged([...others, checkpoint].sort(byStep));
    writePythiaTable(this.folder, 'behavior', this.rows.behavior);
    writePythiaTable(this.folder, 'geometry', this.rows.geometry);
    writePythiaTable(this.folder, 'checkpoints', this.checkpoints);
  }

  private judged(rows: CheckpointRow[]): CheckpointRow[] {
    const there = rows.filter(({ verdict }) => verdict !== 'missing');
    const judged = judgeHistory(
      there.map(({ step, sha256 }) => ({ step, sha256, sketch: this.sketch(step) })),
    );
    const by = new Map(judged.map((each) => [each.step, each]));
    return rows.map((row) => {
      const own = by.get(row.step);
      if (!own) return row;
      return { ...row, verdict: own.verdict, of: own.of ?? -1, distance: own.distance };
    });
  }

  private sketch(step: number): Float32Array {
    const bytes = Uint8Array.from(readFileSync(this.sketchPath(step)));
    return new Float32Array(bytes.buffer, 0, bytes.length >> 2);
  }

  private sketchPath(step: number): string {
    return join(this.folder, 'sketches', `step${step}`);
  }
}
