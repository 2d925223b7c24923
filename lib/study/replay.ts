import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { machine, machineWords } from '../environment/machine';
import { OUT } from '../environment/paths';
import { Problem, writing } from '../environment/problem';
import { checkedSteps } from './landscape-steps';
import { train } from './run';
import { loadRun, type Run } from './run-folder';
import { savedSteps, weightsPath } from './saved-weights';
import type { Progress } from './sitting';
import { rounded } from './tables';

/** Which weights to make again, and whom to tell. */
export interface ReplayOptions {
  /** Steps whose weights are wanted. Those that are there stay. */
  readonly keep: readonly number[];
  /** Abort it to stop: the replay is saved, and {@link replay} throws a Problem that says how to go on. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Trains an ended run once more for weights that were not kept (git holds none), without measuring, which is a fifth of
 * the time of the study's nano runs and half of medium's. Its losses are held against the run's table, as far as that has
 * them: only weights of the same run, digit for digit, come into its folder. That takes the same generation of processor
 * and as many threads; elsewhere a loss departs, at update 6 to 96 where it was tried, and the replay ends.
 *
 * @param folder of the run.
 * @throws Problem where there is no ended run, its table is empty, this machine's losses depart from it, or `signal`
 * stops the work; RangeError for a step that the run does not have.
 */
export async function replay(folder: string, options: ReplayOptions): Promise<void> {
  const run = loadRun(folder);
  const { info } = run;
  const saved = new Set(savedSteps(folder));
  const keep = checkedSteps(options.keep, info.training.steps).filter((step) => !saved.has(step));
  if (keep.length === 0) return;
  if (!info.ended || run.training.length === 0) {
    throw new Problem(
      `The run in ${folder} ${info.ended ? 'has no training.csv to hold a replay against' : 'has not ended'}: ` +
        'train it first.',
    );
  }
  const stored = new Map(run.training.map(({ step, loss }) => [step, loss]));
  const own = join(OUT, 'replays', basename(folder));
  let departed: Problem | undefined;
  try {
    await train({
      ...{ ...info.training, checkpoints: 0, folder: own, keep, signal: options.signal },
      onProgress: (progress) => {
        departed = departure(run, stored.get(progress.step), progress);
        if (departed) throw departed;
        options.onProgress?.(progress);
      },
    });
  } catch (error) {
    if (departed) rmSync(own, { recursive: true, force: true });
    throw error;
  }
  const made = savedSteps(own);
  writing(folder, () => {
    mkdirSync(join(folder, 'weights'), { recursive: true });
    for (const step of made) renameSync(weightsPath(own, step), weightsPath(folder, step));
    rmSync(own, { recursive: true });
  });
  // A replay that was stopped had other steps to keep.
  const lacking = keep.filter((step) => !existsSync(weightsPath(folder, step)));
  if (lacking.length > 0) await replay(folder, { ...options, keep: lacking });
}

/** What to say where the replay's loss is not the stored one; nothing where it is, or where none is stored. */
function departure(
  { folder, info }: Run,
  then: number | undefined,
  { step, loss }: Progress,
): Problem | undefined {
  if (then === undefined || rounded(loss) === then) return undefined;
  const made = info.sittings.at(-1)?.facts;
  return new Problem(
    `${basename(folder)} does not repeat here: the loss of update ${step} is ${rounded(loss)}, and ${then} in its table. ` +
      `A run repeats on the same kind of processor, to its generation, with as many threads only; ${made ? `it was made on ${machineWords(made)}, and ` : ''}` +
      `this is ${machineWords(machine())}. Make its weights there ("taskset" limits the threads), or move ${folder} away and train it anew.`,
  );
}
