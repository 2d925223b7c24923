import { median } from 'simple-statistics';
import { choice, whole } from '../commands/options';
import { machine, machineWords } from '../environment/machine';
import { say } from '../environment/progress';
import { parameterCount } from '../model/parameters';
import { SCALES } from '../model/scales';
import { PARTS } from '../study/landscape/catalog';
import { placesOf } from '../study/landscape/place';
import { Subject } from '../study/landscape/subject';
import { DiagnosticPass } from '../study/run/diagnostic-pass';
import { Measurer } from '../study/run/measurer';
import { runSettings } from '../study/run/run-info';
import { storedTensors } from '../training/trainer';
import { bench } from './bench';
import { subject, timed } from './subject';

/** `npm run bench -- measures`. */
export const measures = bench({
  about:
    'Times what a measured step and each part of the landscape cost, against the training step of the scale.',
  options: {
    scales: choice(SCALES, 'scales to time').list().or(['nano']),
    warm: whole(1, 'updates before').or(30),
  },
  async *run({ scales, warm }) {
    say(machineWords(machine()));
    for (const scale of scales) {
      for await (const row of measureCosts(scale, warm)) {
        const [ms, steps] = [row.milliseconds.toFixed(0), row.steps.toFixed(1)];
        const name = `${scale.padEnd(8)} ${row.measure.padEnd(42)}`;
        yield { rows: [row], words: `${name} ${ms.padStart(8)} ms ${steps.padStart(8)} steps\n` };
      }
    }
  },
});

/** The costs at one scale: everything is done once before it is timed, so that compilation is left out. */
async function* measureCosts(scale: string, warm: number) {
  const { trainer, model } = subject(scale, 64, true, false);
  for (let i = 0; i < warm; i++) trainer.advance();
  const parameters = parameterCount(model);
  const processor = machineWords(machine());
  const stepTimes = () => Array.from({ length: 4 }, () => timed(() => trainer.advance()));
  const time = async (measure: string, work: () => Promise<unknown>) => {
    await work();
    const before = stepTimes();
    const start = performance.now();
    await work();
    const milliseconds = performance.now() - start;
    // In training steps of 64 lines, timed just before and after.
    const steps = milliseconds / median([...before, ...stepTimes()]);
    return { scale, processor, parameters, measure, milliseconds, steps };
  };
  const { set, ...settings } = runSettings({ scale });
  const { behavior, rankme } = settings.samples;
  const counts = [behavior, rankme];
  const pass = new DiagnosticPass(settings.model, trainer.parameters, set, counts, rankme);
  yield await time('forward pass of the diagnostic samples', () => pass.run(behavior, () => true));
  pass.dispose();
  const measurer = new Measurer(settings.model, trainer.parameters, set, settings.samples);
  yield await time('full measurement: behavior and ranks', () => measurer.measure(0, false));
  yield await time("measurement between the paper's steps", () => measurer.measure(1, true));
  measurer.dispose();
  const landscape = new Subject(settings, set);
  landscape.take(storedTensors(trainer.parameters));
  for (const part of PARTS) {
    const [place] = placesOf(set, part.on);
    yield await time(`${part.name}, one of ${part.on}`, () =>
      part.measure(landscape, place, part.settings),
    );
  }
  landscape.dispose();
  trainer.dispose();
}
