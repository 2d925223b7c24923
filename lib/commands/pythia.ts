import { parseArgs } from 'node:util';
import { Problem } from '../environment/problem';
import { duration } from '../environment/progress';
import { interruptible } from '../notebook/interrupt';
import { CACHE_BYTES } from '../pythia/checkpoints';
import { chosenSteps, PYTHIA_SIZES, pythiaModel } from '../pythia/models';
import { isStandin, makeStandin, STANDINS, type Standin } from '../pythia/standin';
import { readPythiaTable, writePythiaTable } from '../pythia/tables';
import { measureTrajectory, type TrajectoryProgress } from '../pythia/trajectory';
import { liveTrajectory } from '../pythia/trajectory-folder';

const USAGE = `npm run pythia -- --model 160m [--steps log] [options]
npm run pythia -- --standin austen-1.1m [options]

Measures the checkpoints of a pre-training on the probe sets and leaves tables in out/pythia/<model>.
Run the same again to go on where it was stopped.

  --model SIZE     a model of the hub: ${PYTHIA_SIZES.join(', ')}
  --standin NAME   a small model of our own, trained here first if needed: ${Object.keys(STANDINS).join(', ')}
  --steps WHICH    all, log (a first look), or steps like 0,512,1000; default all for a stand-in, else log
  --folder PATH    where the tables go
  --cache PATH     where checkpoints are fetched to (default .cache/pythia)
  --cache-gb N     most room for them (default ${CACHE_BYTES / 1e9})
  --keep           keep weights after they are measured

HF_ENDPOINT names a mirror of the hub.`;

/** `npm run pythia`: the long work of notebook 05, in the terminal. */
export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      model: { type: 'string' },
      standin: { type: 'string' },
      steps: { type: 'string' },
      folder: { type: 'string' },
      cache: { type: 'string' },
      'cache-gb': { type: 'string', default: String(CACHE_BYTES / 1e9) },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const name = values.standin ?? values.model;
  if (!name || (values.standin && values.model)) {
    throw new Problem('Give --model SIZE or --standin NAME (--help tells more).');
  }
  if (values.standin && !isStandin(name)) {
    throw new RangeError(`Unknown stand-in "${name}": use ${Object.keys(STANDINS).join(', ')}.`);
  }
  const limit = Number(values['cache-gb']) * 1e9;
  if (!(limit > 0))
    throw new RangeError(`--cache-gb is ${values['cache-gb']}: give gigabytes above 0.`);
  const model = pythiaModel(name);
  const steps = chosenSteps(model, values.steps ?? (model.kind === 'stand-in' ? 'all' : 'log'));
  const folder = values.folder ?? liveTrajectory(model);
  const line = new StatusLine();
  await interruptible(async (signal) => {
    const place = isStandin(name) ? await train(name, line, signal) : undefined;
    await measureTrajectory(model, steps, {
      ...{ folder, limit, signal, cache: values.cache, keep: values.keep },
      onProgress: (progress) => line.show(`${model.name}: ${described(progress)}`, progress.done),
    });
    // The table of its losses belongs beside its measurements.
    if (place) writePythiaTable(folder, 'training', readPythiaTable(place, 'training'));
  });
  line.end();
  process.stderr.write(`Measured ${steps.length} checkpoints of ${model.name}: ${folder}\n`);
  return 0;
}

/** Trains a stand-in where it is not there yet; its folder. */
async function train(name: Standin, line: StatusLine, signal: AbortSignal): Promise<string> {
  const place = await makeStandin(name, {
    signal,
    onProgress: ({ step, steps, loss, secondsLeft }) =>
      line.show(
        `${name}: training step ${step} of ${steps}, loss ${loss.toFixed(3)}, ${duration(secondsLeft)} left`,
        Math.floor((20 * step) / steps),
      ),
  });
  line.end();
  return place;
}

function described({ step, done, of, what, secondsLeft }: TrajectoryProgress): string {
  const left = Number.isFinite(secondsLeft) ? `, ${duration(secondsLeft)} left` : '';
  return `step ${step} (${done + 1} of ${of}), ${what}${left}`;
}

/** One line on standard error: rewritten in a terminal, written now and then elsewhere. */
class StatusLine {
  private last: number | undefined;

  /** @param part changes when the line is worth writing where it cannot be rewritten. */
  show(text: string, part: number): void {
    if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001b[K`);
    else if (part !== this.last) process.stderr.write(`${text}\n`);
    this.last = part;
  }

  end(): void {
    if (process.stderr.isTTY && this.last !== undefined) process.stderr.write('\n');
    this.last = undefined;
  }
}
