import { choice, command, flag, text } from '../commands/options';
import { say } from '../environment/progress';
import { interruptible, Problem, ProgressBar } from './core';
import { chosenSteps, PYTHIA_SIZES, pythiaModel } from './models';
import { isStandin, makeStandin, STANDINS, type Standin } from './standin';
import { liveTrajectory, readPythiaTable, type Trajectory, writePythiaTable } from './tables';
import { measureTrajectory, Session } from './trajectory';

/** `npm run pythia`: the long work of notebook 05, in the terminal. */
export default command({
  options: {
    model: text(
      'NAME',
      `of the hub, deduplicated: ${PYTHIA_SIZES.join(', ')}; or pythia-160m of the whole Pile`,
    ),
    standin: choice(
      Object.keys(STANDINS) as Standin[],
      'a small model, trained here first if needed',
    ),
    steps: text('STEPS', 'all, log or such as 0,512,1000; by default all of a stand-in, else log'),
    text: text(
      'FILE',
      'general text, a passage a line, such as of the Pile; by default the end of six novels',
    ),
    folder: text('FOLDER', 'where the tables go; below out/pythia by default'),
    cache: text('FOLDER', 'where checkpoints are fetched to; .cache/pythia by default'),
    keep: flag('keep weights after they are measured'),
  },
  more: 'Stopped at any moment, the same command goes on from there. HF_ENDPOINT names a mirror of the hub, HTTPS_PROXY a proxy.',
  run: async ({ model: given, standin, steps: wanted, ...options }) => {
    const name = standin ?? given;
    if (!name || (standin && given)) {
      throw new Problem('Give --model NAME or --standin NAME (--help tells more).');
    }
    const model = pythiaModel(name);
    const steps = chosenSteps(model, wanted ?? (model.kind === 'stand-in' ? 'all' : 'log'));
    const { folder = liveTrajectory(model), cache, keep } = options;
    const probes = model.probes(options.text);
    // A folder that cannot be used is told before anything is trained or fetched.
    new Session(model, folder, probes).close();
    const { update: onProgress } = new ProgressBar();
    const measured = await interruptible(async (signal) => {
      const watch = { signal, onProgress };
      const place = isStandin(name) ? await makeStandin(name, watch) : undefined;
      const where = { folder, probes, cache, keep };
      const found = await measureTrajectory(model, steps, { ...where, ...watch });
      // The table of its losses belongs beside its measurements.
      if (place) writePythiaTable(folder, 'training', readPythiaTable(place, 'training'));
      return found;
    });
    say(`${summary(measured, steps)}: ${folder}`);
    return 0;
  },
});

/** What became of the steps that were asked for, by the latest look at each. */
export function summary(
  { info, checkpoints }: Pick<Trajectory, 'info' | 'checkpoints'>,
  steps: readonly number[],
): string {
  const of = (kind: string) =>
    checkpoints.filter(({ step, verdict }) => steps.includes(step) && verdict === kind);
  const measured = steps.length - of('missing').length - of('damaged').length;
  const others = ['missing', 'damaged', 'duplicate', 'inconsistent', 'unjudged'].flatMap((kind) => {
    const found = of(kind).map(({ step }) => step);
    return found.length > 0 ? [`; ${kind}: ${found.join(', ')}`] : [];
  });
  return `Measured ${measured} of ${steps.length} checkpoints of ${info.model}${others.join('')}`;
}
