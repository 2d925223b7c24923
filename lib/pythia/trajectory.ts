import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type CacheOptions,
  type Checkpoint,
  type CheckpointSource,
  openCheckpoint,
} from './checkpoints';
import {
  facts,
  lockFolder,
  makeFolder,
  Pace,
  Problem,
  type Progress,
  readJson,
  writeJson,
  writeWhole,
} from './core';
import { neoxShapes } from './gpt-neox';
import { judgeHistory } from './history';
import { type AskOptions, hubEndpoint } from './hub';
import { ProbeMeasurer } from './measure';
import type { Model } from './models';
import { GENERAL, type ProbeSet } from './probes';
import { encodeProbes } from './scoring';
import { checkpointSteps, revisionOf } from './steps';
import {
  blank,
  type CheckpointRow,
  infoPath,
  isTrajectory,
  liveTrajectory,
  loadTrajectory,
  type PythiaTables,
  readInfo,
  readPythiaTable,
  refuseForeign,
  type Trajectory,
  type TrajectoryInfo,
  writePythiaTable,
} from './tables';
import { DamagedWeights } from './weights';

export interface TrajectoryOptions extends CacheOptions {
  /** Where tables go; `out/pythia/<model>` by default. */
  readonly folder?: string;
  /** The model's own by default. */
  readonly probes?: readonly ProbeSet[];
  readonly signal?: AbortSignal;
  /** Told the checkpoints done of those to do, and what is going on. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Measures a model's checkpoints and leaves tables in a folder; the same call goes on where it was stopped. Of a model on
 * the hub all branches are listed first, which tells what weights are served at several steps. Checkpoints that the hub
 * does not have are noted as missing, those with weights that cannot be used as damaged; the next call looks at both
 * again. All are judged by `judgeHistory`: tables hold every measurement, and `genuine` takes those that count.
 *
 * ```ts
 * const model = pythiaModel('160m');
 * const measured = await measureTrajectory(model, chosenSteps(model, 'log'));
 * show(pythiaRank([measured]));
 * ```
 * @throws Problem where the hub cannot be reached or no step can be measured, the disk is full, the folder holds
 * another model or other probes or is in use, or `signal` stops it; what is measured by then is kept.
 */
export async function measureTrajectory(
  model: Model,
  steps: readonly number[],
  options: TrajectoryOptions = {},
): Promise<Trajectory> {
  const { folder = liveTrajectory(model), probes = model.probes(), signal, onProgress } = options;
  const source = model.source(options);
  const session = new Session(model, folder, probes);
  try {
    const todo = steps.filter((step) => !session.has(step));
    const pace = new Pace();
    for (const [done, step] of todo.entries()) {
      const tell = (detail: string, part = 0) =>
        onProgress?.({
          ...{ label: `${model.name}, step ${step}`, done, of: todo.length, detail },
          secondsLeft: (pace.usual('step') ?? Number.NaN) * (todo.length - done - part),
        });
      const asking: AskOptions = {
        signal,
        onWait: (seconds, reason) => tell(`waiting ${Math.ceil(seconds)} s for the hub: ${reason}`),
        onProgress: (bytes, of) => tell(`fetching, ${Math.floor((100 * bytes) / of)} %`),
      };
      const begin = performance.now();
      tell('looking it up');
      if (await session.take(step, source, asking, tell)) pace.took('step', begin);
    }
    if (session.empty) {
      const where = model.kind === 'Pythia' ? ` of ${hubEndpoint()}` : '';
      throw new Problem(
        `None of the ${steps.length} steps of ${model.repo}${where} could be measured${session.why}`,
      );
    }
  } finally {
    session.close();
  }
  return loadTrajectory(folder);
}

const NO_ROWS: Pick<PythiaTables, 'behavior' | 'geometry'> = { behavior: [], geometry: [] };
/** Branches that are listed at the same time. */
const AT_ONCE = 8;

/** One stretch of work on a trajectory's folder, from its lock to {@link Session.close}. */
export class Session {
  /** What was wrong with the latest one that could not be measured. */
  why = ': check the model and HF_ENDPOINT.';
  private measurer: ProbeMeasurer | undefined;
  private info: TrajectoryInfo | undefined;
  private readonly hash: string;
  private readonly release: () => void;
  private rows: typeof NO_ROWS;
  private checkpoints: CheckpointRow[];
  /** What tells the weights that each branch lists, '' where there are none; undefined before they are listed. */
  private branches: Record<string, string> | undefined;
  private readonly listing: string;

  constructor(
    private readonly model: Model,
    private readonly folder: string,
    private readonly probes: readonly ProbeSet[],
  ) {
    this.hash = createHash('sha256').update(JSON.stringify(probes)).digest('hex');
    this.listing = join(folder, 'branches.json');
    if (isTrajectory(folder)) {
      this.info = readInfo(folder);
      if (this.info.repo !== model.repo || this.info.probes !== this.hash) {
        const others = this.info.repo === model.repo ? ' on other probe sets' : '';
        throw new Problem(
          `${folder} holds measurements of ${this.info.repo}${others}: move it away or give another folder (--folder).`,
        );
      }
    } else refuseForeign(folder);
    makeFolder(join(folder, 'sketches'));
    this.release = lockFolder(folder, 'the folder of tables');
    try {
      // A step counts once its checkpoint is noted, which happens last.
      this.checkpoints = readPythiaTable(folder, 'checkpoints').filter(
        ({ step, sha256 }) => !sha256 || existsSync(this.sketchPath(step)),
      );
      const whole = ({ step }: { step: number }) => this.has(step);
      this.rows = {
        behavior: readPythiaTable(folder, 'behavior').filter(whole),
        geometry: readPythiaTable(folder, 'geometry').filter(whole),
      };
      const listed = existsSync(this.listing);
      if (listed) this.branches = readJson(this.listing, 'delete it') as Record<string, string>;
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** True where the step is measured. */
  has(step: number): boolean {
    return this.checkpoints.some((own) => own.step === step && own.sha256 !== '');
  }

  get empty(): boolean {
    return !this.checkpoints.some(({ sha256 }) => sha256);
  }

  /** Measures one step, or notes why it cannot; true where it was measured. */
  async take(
    step: number,
    source: CheckpointSource,
    asking: AskOptions,
    tell: (what: string, part?: number) => void,
  ): Promise<boolean> {
    await this.list(source, asking);
    const branch = await source.look(step, asking);
    if (!branch) return this.save(blank(step, 'missing'));
    const { files, hashes: file } = branch;
    const known = this.checkpoints.find((own) => file !== '' && own.file === file);
    if (known?.sha256) return this.copy(step, known);
    // The same weights would fail in the same way.
    if (known) return this.save(blank(step, 'damaged', file));
    const begin = performance.now();
    const { folder, done } = await source.fetch(step, files, asking);
    let checkpoint: Checkpoint | undefined;
    try {
      checkpoint = await openCheckpoint(folder);
      const measurer = this.prepare(checkpoint);
      const found = await measurer.measure(checkpoint, step, asking.signal, (layer, of) =>
        tell(`part ${layer} of ${of}`, layer / of),
      );
      const { bits_per_token, kl_unigram, sha256, sketch, ...rows } = found;
      writeWhole(this.sketchPath(step), new Uint8Array(sketch.buffer));
      const seconds = Math.round((performance.now() - begin) / 100) / 10;
      const row = { ...blank(step, 'genuine', file), bits_per_token, kl_unigram, seconds, sha256 };
      return this.save(row, rows);
    } catch (error) {
      if (!(error instanceof DamagedWeights)) throw error;
      this.why = `; step ${step}: ${error.message}`;
      tell(`damaged: ${error.message}`);
      return this.save(blank(step, 'damaged', file));
    } finally {
      checkpoint?.weights.close();
      done();
    }
  }

  close(): void {
    this.measurer?.dispose();
    this.release();
  }

  /** Lists all branches of a model on the hub, once. */
  private async list(source: CheckpointSource, asking: AskOptions): Promise<void> {
    if (this.branches || this.model.kind !== 'Pythia') return;
    const steps = checkpointSteps(this.model.lastStep);
    const found: Record<string, string> = {};
    for (let from = 0; from < steps.length; from += AT_ONCE) {
      const look = async (step: number) => {
        found[step] = (await source.look(step, asking))?.hashes ?? '';
      };
      await Promise.all(steps.slice(from, from + AT_ONCE).map(look));
    }
    writeJson(this.listing, found);
    this.branches = found;
  }

  /** Takes the measurements of a step whose file is the same. */
  private copy(step: number, same: CheckpointRow): boolean {
    const from = <R extends { step: number }>(rows: R[]) =>
      rows.filter((row) => row.step === same.step).map((row) => ({ ...row, step }));
    writeWhole(this.sketchPath(step), readFileSync(this.sketchPath(same.step)));
    const [behavior, geometry] = [from(this.rows.behavior), from(this.rows.geometry)];
    return this.save({ ...same, step, seconds: 0 }, { behavior, geometry });
  }

  /** At the first checkpoint: encodes the probes with its tokenizer. Later ones must have its shape. */
  private prepare({ config, tokenizer, folder }: Checkpoint): ProbeMeasurer {
    if (this.info && !isDeepStrictEqual(this.info.config, config)) {
      throw new Problem(`${folder} is of another shape than the checkpoints before it.`);
    }
    if (this.measurer) return this.measurer;
    const { name, repo, kind } = this.model;
    const sizes = Object.values(neoxShapes(config)).map((shape) => shape.reduce((a, b) => a * b));
    const about = ({ chance, items }: ProbeSet) => ({ chance, items: items.length });
    this.info = {
      ...{ model: name, repo, kind, config, probes: this.hash },
      parameters: sizes.reduce((a, b) => a + b),
      sets: Object.fromEntries(this.probes.map((set) => [set.name, about(set)])),
      text: this.probes.find((set) => set.name === GENERAL)?.about ?? '',
      facts: facts(),
    };
    writeJson(infoPath(this.folder), this.info);
    this.measurer = new ProbeMeasurer(config, encodeProbes(this.probes, tokenizer, config.context));
    return this.measurer;
  }

  /** Notes a step, judges all anew and writes the tables; true where the step is measured. */
  private save(checkpoint: CheckpointRow, { behavior, geometry } = NO_ROWS): boolean {
    const byStep = (a: { step: number }, b: { step: number }) => a.step - b.step;
    this.rows = {
      behavior: [...this.rows.behavior, ...behavior].sort(byStep),
      geometry: [...this.rows.geometry, ...geometry].sort(byStep),
    };
    const others = this.checkpoints.filter(({ step }) => step !== checkpoint.step);
    this.checkpoints = this.judged([...others, checkpoint].sort(byStep));
    const tables = { ...this.rows, checkpoints: this.checkpoints };
    for (const table of ['behavior', 'geometry', 'checkpoints'] as const) {
      writePythiaTable(this.folder, table, tables[table]);
    }
    return this.has(checkpoint.step);
  }

  private judged(rows: CheckpointRow[]): CheckpointRow[] {
    const branches = Object.entries(this.branches ?? {});
    const shared = (file: string, other: string) =>
      file !== '' && file.split('+').some((part) => other.includes(part));
    const measured = rows.filter(({ sha256 }) => sha256);
    const judged = judgeHistory(
      measured.map(({ step, sha256, file }) => {
        const served = branches.filter(([, other]) => shared(file, other));
        const servedAt = served.map(([at]) => Number(at));
        const bytes = Uint8Array.from(readFileSync(this.sketchPath(step)));
        return { step, sha256, sketch: new Float32Array(bytes.buffer), servedAt };
      }),
    );
    return rows.map((row) => {
      const own = judged.find(({ step }) => step === row.step);
      return own ? { ...row, ...own, of: own.of ?? -1 } : row;
    });
  }

  private sketchPath(step: number): string {
    return join(this.folder, 'sketches', revisionOf(step));
  }
}
