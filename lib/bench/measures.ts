import { PARTS } from '../study/landscape/catalog';
import { placesOf } from '../study/landscape/place';
import { Subject } from '../study/landscape/subject';
import { DiagnosticPass } from '../study/run/diagnostic-pass';
import { Measurer } from '../study/run/measurer';
import { runSettings } from '../study/run/run-info';
import type { Trainer } from '../training/trainer';
import { benchOptions, whole } from './options';
import { parameterCount, subject } from './subject';
import { median, timed as timeOf } from './turns';

const USAGE = `npm run bench -- measures [--scales nano,micro] [--json]

Times what a measured step and each part of the landscape cost, against the training step of the scale.

  --scales NAME,…         scales to time (default nano)
  --warm N                updates before (default 30)
  --json                  print the rows as JSON`;

/** What one measure costs at one scale. */
export interface MeasureCost {
  readonly scale: string;
  /** Numbers in the model, P. */
  readonly parameters: number;
  readonly measure: string;
  readonly milliseconds: number;
  /** The same in training steps of 64 lines, timed just before and after. */
  readonly steps: number;
}

/** `npm run bench -- measures`: prints what the measures cost here, in training steps. */
export async function benchMeasures(argv: string[]): Promise<number> {
  const values = benchOptions(argv, USAGE, {
    scales: { type: 'string', default: 'nano' },
    warm: { type: 'string', default: '30' },
  });
  if (!values) return 0;
  const rows: MeasureCost[] = [];
  for (const scale of values.scales.split(',')) {
    rows.push(...(await measureCosts(scale, whole('warm', values.warm))));
  }
  const lines = rows.map(
    ({ scale, measure, milliseconds, steps }) =>
      `${scale.padEnd(8)} ${measure.padEnd(42)} ${milliseconds.toFixed(0).padStart(8)} ms ${steps.toFixed(1).padStart(8)} steps`,
  );
  process.stdout.write(
    values.json ? `${JSON.stringify(rows, null, 2)}\n` : `${lines.join('\n')}\n`,
  );
  return 0;
}

/** The costs at one scale: everything is done once before it is timed, so that compilation is left out. */
async function measureCosts(scale: string, warm: number): Promise<MeasureCost[]> {
  const { trainer } = subject(scale, 64, true, false);
  for (let i = 0; i < warm; i++) trainer.advance();
  const rows: MeasureCost[] = [];
  const time = async (measure: string, work: () => Promise<unknown>) => {
    await work();
    const before = stepTimes(trainer);
    const start = performance.now();
    await work();
    const milliseconds = performance.now() - start;
    const steps = milliseconds / median([...before, ...stepTimes(trainer)]);
    rows.push({ scale, parameters: parameterCount(trainer), measure, milliseconds, steps });
  };
  const { set, ...settings } = runSettings({ scale });
  const { behavior, rankme } = settings.samples;
  const counts = [behavior, rankme];
  const pass = new DiagnosticPass(settings.model, trainer.parameters, set, counts, rankme);
  await time('forward pass of the diagnostic samples', () => pass.run(behavior, () => true));
  pass.dispose();
  const measurer = new Measurer(settings.model, trainer.parameters, set, settings.samples);
  await time('full measurement: behavior and ranks', () => measurer.measure(0, false));
  await time("measurement between the paper's steps", () => measurer.measure(1, true));
  measurer.dispose();
  const landscape = new Subject(settings, set);
  const weights = Object.entries(trainer.store().tensors)
    .filter(([name]) => name.startsWith('model.'))
    .map(([name, tensor]) => [name.slice('model.'.length), tensor]);
  landscape.take(Object.fromEntries(weights));
  for (const part of PARTS) {
    const [place] = placesOf(set, part.on);
    await time(`${part.name}, one of ${part.on}`, () =>
      part.measure(landscape, place, part.settings),
    );
  }
  landscape.dispose();
  trainer.dispose();
  return rows;
}

function stepTimes(trainer: Trainer): number[] {
  return Array.from({ length: 4 }, () => timeOf(() => trainer.advance()));
}
