import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import study from '../../lib/commands/study';
import { readTensorFile } from '../../lib/files/safetensors';
import { measureRun } from '../../lib/study/landscape/measure-run';
import { verifyFolder } from '../../lib/study/proof/verify';
import { train } from '../../lib/study/run/train';
import { generator, type Random } from '../../lib/tasks';

/** The least net and samples that have all of a run's files. */
const TINY = {
  shape: { layers: 1, width: 16, heads: 2 },
  tasks: ['PAR'],
  samples: { behavior: 10, dense: 10, rankme: 10 },
  ...{ seed: 1, steps: 12, batch: 8, warmup: 2 },
};
const KEEP = [0, 3, 12];
/** Updates between two stops of a training, each of which saves it. */
const STRETCH = 4;

type Job = 'train' | 'measure' | 'study';
const JOBS: readonly Job[] = ['train', 'measure', 'study'];
const MEASURED = { parts: ['gradients'], settings: { gradients: { samples: 6, groups: 2 } } };

/** Writing functions of Node that a kill can come into. */
const WRITES = ['appendFileSync', 'renameSync', 'writeFileSync', 'linkSync'] as const;

/** One job in a process of its own, which may be killed: by its parent, or within its write number `fatal`. */
async function work(job: Job, folder: string, fatal: number): Promise<void> {
  // The one object that all modules call, and not a copy of it.
  const fs = require('node:fs');
  let writes = 0;
  for (const name of WRITES) {
    const real = fs[name];
    fs[name] = (...args: unknown[]) => {
      if (++writes !== fatal) return real(...args);
      // What a kill in the midst leaves: the first half. Options come third: Node appends by writeFileSync, too.
      const [to, content, ...options] = args;
      const bytes = content instanceof Uint8Array ? content : Buffer.from(String(content));
      if (name.endsWith('FileSync')) real(to, bytes.subarray(0, bytes.length >> 1), ...options);
      process.kill(process.pid, 'SIGKILL');
    };
  }
  process.once('disconnect', () => process.exit());
  process.send!('ready');
  if (job === 'train') await trainInStretches(folder);
  else if (job === 'measure') await measureRun(folder, MEASURED);
  else {
    const plan = join(folder, 'plan.json');
    const code = await study.run(
      { planFile: plan, plan: false, first: false, verify: false, json: false },
      [],
    );
    if (code !== 0) throw new Error(`study ended with ${code}`);
  }
  process.send!({ writes }, undefined, {}, () => process.disconnect());
}

/** Stops and goes on every few updates, so that there is something to go on from after a kill. */
async function trainInStretches(folder: string): Promise<void> {
  for (;;) {
    const stop = new AbortController();
    let updates = 0;
    const onProgress = () => ++updates >= STRETCH && stop.abort();
    try {
      await train({ ...TINY, folder, keep: KEEP, signal: stop.signal, onProgress });
      return;
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  }
}

/** What a job works on: a folder, laid anew for each time that it is done from its start to its end. */
class Bench {
  readonly folder: string;
  private readonly wanted: string;
  /** What the undisturbed job took, and how often it wrote. */
  private milliseconds = 0;
  private writes = 0;

  constructor(
    private readonly job: Job,
    home: string,
    private readonly trained: string,
  ) {
    this.folder = join(home, job);
    this.wanted = join(home, `${job}-undisturbed`);
  }

  async undisturbed(): Promise<void> {
    this.lay();
    const start = performance.now();
    const { ended, writes } = await this.once(0);
    if (!ended) throw new Error(`${this.job} does not even work undisturbed.`);
    this.milliseconds = performance.now() - start;
    this.writes = writes;
    cpSync(this.folder, this.wanted, { recursive: true });
    this.lay();
  }

  /**
   * Lets the job go on and kills it, at a moment or within a write.
   * @returns whether the kill came before its end.
   */
  async kill(random: Random): Promise<boolean> {
    const late = random.below(2) === 0;
    const { ended } = late
      ? await this.once(1 + random.below(this.writes))
      : await this.once(0, random.uniform() * this.milliseconds);
    if (ended) this.compare();
    return !ended;
  }

  /** Lets the job come to its end and compares. */
  async end(): Promise<void> {
    if (!(await this.once(0)).ended) throw new Error(`${this.job} does not go on after a kill.`);
    this.compare();
  }

  private lay(): void {
    rmSync(this.folder, { recursive: true, force: true });
    if (this.job === 'measure') cpSync(this.trained, this.folder, { recursive: true });
    if (this.job !== 'study') return;
    const { seed, ...run } = TINY;
    const runs = [
      { ...run, seed, landscape: 2, parts: ['gradients'] },
      { ...run, seed: 2 },
    ];
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, 'plan.json'), JSON.stringify({ runs }));
  }

  private compare(): void {
    const [want, have] = [contentOf(this.wanted), contentOf(this.folder)];
    const paths = [...new Set([...want.keys(), ...have.keys()])];
    const other = paths.filter((path) => want.get(path) !== have.get(path));
    const runs = this.job === 'study' ? ['plan/custom-s1', 'plan/custom-s2'] : ['.'];
    const faults = runs.flatMap((run) => verifyFolder(join(this.folder, run)));
    if (other.length + faults.length > 0) {
      throw new Error(
        `${this.job} in ${this.folder} is not what it is undisturbed: ${[...other, ...faults].join('; ')}`,
      );
    }
    this.lay();
  }

  /** Runs the job in a process; @returns whether it came to its end. */
  private once(fatal: number, after?: number): Promise<{ ended: boolean; writes: number }> {
    return new Promise((resolve, reject) => {
      const child: ChildProcess = fork(__filename, [this.job, this.folder, String(fatal)], {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      let [said, writes, timer] = ['', 0, undefined as NodeJS.Timeout | undefined];
      child.stderr!.on('data', (chunk) => {
        said += chunk;
      });
      child.on('message', (message: 'ready' | { writes: number }) => {
        if (message !== 'ready') writes = message.writes;
        else if (after !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), after);
      });
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        if (signal === 'SIGKILL') resolve({ ended: writes > 0, writes });
        else if (code === 0) resolve({ ended: true, writes });
        else reject(new Error(`${this.job} in ${this.folder} ended with ${code}: ${said}`));
      });
    });
  }
}

/** Hashes of a folder's files by path, without what tells times and sessions. */
function contentOf(folder: string): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return new Map(
    paths.map((path) => {
      const file = join(folder, path);
      const sum = createHash('sha256').update(plain(file));
      return [path, sum.digest('hex')];
    }),
  );
}

function plain(file: string): string | Buffer {
  if (file.endsWith('.safetensors')) {
    const { tensors, metadata } = readTensorFile(file);
    const bytes = Object.values(tensors).map(({ values }) => Buffer.from(values.buffer));
    return Buffer.concat([Buffer.from(JSON.stringify([Object.keys(tensors), metadata])), ...bytes]);
  }
  const text = readFileSync(file, 'utf8');
  if (/(run|landscape)\.json$/.test(file)) {
    return JSON.stringify({ ...JSON.parse(text), seconds: 0, sessions: [] });
  }
  // The last column of training.csv.
  return file.endsWith('training.csv') ? text.replace(/,[^,\n]*$/gm, '') : text;
}

/**
 * Kills trainings, measurements and studies at random moments, and in the midst of random writes; lets them go on, and
 * compares each at its end, file by file and bit by bit, with one that nobody disturbed.
 * @throws Error naming the first file that differs, is lost or is left over; its folder then stays.
 */
export async function killsOf(count: number, seed: number, say: (line: string) => void) {
  const home = mkdtempSync(join(tmpdir(), 'anatomy-kills-'));
  const trained = join(home, 'trained');
  await train({ ...TINY, folder: trained, keep: KEEP });
  const random = generator(seed, 'kills');
  const kills = new Map<Job, number>(JOBS.map((job) => [job, 0]));
  // Side by side: most of a process's time is its start.
  await Promise.all(
    JOBS.map(async (job, i) => {
      const bench = new Bench(job, home, trained);
      await bench.undisturbed();
      for (let left = Math.floor((count + i) / JOBS.length); left > 0; ) {
        if (!(await bench.kill(random))) continue;
        left--;
        kills.set(job, kills.get(job)! + 1);
        const done = [...kills.values()].reduce((a, b) => a + b);
        if (done % 20 === 0) say(`${done} of ${count} kills`);
      }
      await bench.end();
    }),
  );
  rmSync(home, { recursive: true });
  return Object.fromEntries(kills) as Record<Job, number>;
}

if (require.main === module) {
  const [job, folder, fatal] = process.argv.slice(2);
  if (folder) void work(job as Job, folder, Number(fatal));
  else {
    const seed = Date.now() % 2 ** 32;
    process.stdout.write(`Seed ${seed}\n`);
    void killsOf(Number(job), seed, (line) => process.stdout.write(`${line}\n`)).then((kills) =>
      process.stdout.write(
        `${JSON.stringify(kills)} kills: 0 corrupt, all equal bit by bit to what nobody disturbed.\n`,
      ),
    );
  }
}
