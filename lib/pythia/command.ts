import { parseArgs } from 'node:util';
import { interruptible, Problem, type Progress } from './core';
import { chosenSteps, PYTHIA_SIZES, pythiaModel } from './models';
import { isStandin, makeStandin, STANDINS } from './standin';
import { liveTrajectory, readPythiaTable, type Trajectory, writePythiaTable } from './tables';
import { measureTrajectory } from './trajectory';

const USAGE = `npm run pythia -- --model 160m [--steps log] [options]
npm run pythia -- --standin austen-0.5m [options]

Measures the checkpoints of a pre-training on the paper's probe sets and leaves tables in out/pythia/<model>.
Run the same again to go on where it was stopped.

  --model NAME     a size means the deduplicated model, as in the paper: ${PYTHIA_SIZES.join(', ')};
                   a name such as pythia-160m means its sister of the whole Pile
  --standin NAME   a small model of our own, trained here first if needed: ${Object.keys(STANDINS).join(', ')}
  --steps WHICH    all, log (a first look), or steps like 0,512,1000; default all for a stand-in, else log
  --text FILE      general text with a passage on each line, such as text of the Pile (default: the end of six novels)
  --folder PATH    where the tables go
  --cache PATH     where checkpoints are fetched to (default .cache/pythia)
  --keep           keep weights after they are measured

HF_ENDPOINT names a mirror of the hub, HTTPS_PROXY a proxy.`;

/** `npm run pythia`: the long work of notebook 05, in the terminal. */
export async function run(argv: string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = { model: text, standin: text, steps: text, text, folder: text, cache: text };
  const { values } = parseArgs({ args: argv, options: { ...options, keep: flag, help: flag } });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const { standin, cache, keep } = values;
  const name = standin ?? values.model;
  if (!name || (standin && values.model)) {
    throw new Problem('Give --model NAME or --standin NAME (--help tells more).');
  }
  if (standin && !isStandin(standin)) {
    throw new RangeError(`Unknown stand-in "${name}": use ${Object.keys(STANDINS).join(', ')}.`);
  }
  const model = pythiaModel(name);
  const steps = chosenSteps(model, values.steps ?? (model.kind === 'stand-in' ? 'all' : 'log'));
  const folder = values.folder ?? liveTrajectory(model);
  const probes = model.probes(values.text);
  const line = new StatusLine();
  const measured = await interruptible(async (signal) => {
    const watch = { signal, onProgress: line.show };
    const place = isStandin(name) ? await makeStandin(name, watch) : undefined;
    const found = await measureTrajectory(model, steps, { folder, probes, cache, keep, ...watch });
    // The table of its losses belongs beside its measurements.
    if (place) writePythiaTable(folder, 'training', readPythiaTable(place, 'training'));
    return found;
  });
  line.end();
  process.stderr.write(`${summary(measured, steps)}: ${folder}\n`);
  return 0;
}

/** What became of the steps that were asked for, by the latest look at each. */
function summary({ info, checkpoints }: Trajectory, steps: readonly number[]): string {
  const of = (verdict: string) =>
    checkpoints.filter((own) => steps.includes(own.step) && own.verdict === verdict);
  const measured = steps.length - of('missing').length - of('damaged').length;
  const others = ['missing', 'damaged', 'duplicate', 'inconsistent', 'unjudged'].flatMap((kind) => {
    const own = of(kind).map(({ step }) => step);
    return own.length > 0 ? [`; ${kind}: ${own.join(', ')}`] : [];
  });
  return `Measured ${measured} of ${steps.length} checkpoints of ${info.model}${others.join('')}`;
}

/** One line on standard error: rewritten in a terminal, written now and then elsewhere. */
class StatusLine {
  private last: string | undefined;

  readonly show = ({ label, done, of, detail, secondsLeft }: Progress): void => {
    const left = secondsLeft === undefined ? '' : `, ${Math.ceil(secondsLeft / 60)} min left`;
    const line = `${label}: ${done} of ${of}, ${detail}${left}`;
    const part = `${label} ${Math.floor((20 * done) / of)}`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line}\u001b[K`);
    else if (part !== this.last) process.stderr.write(`${line}\n`);
    this.last = part;
  };

  end(): void {
    if (process.stderr.isTTY && this.last !== undefined) process.stderr.write('\n');
  }
}
