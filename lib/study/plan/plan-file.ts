import { basename, dirname, extname, resolve } from 'node:path';
import { readJson } from '../../files/json';
import { Problem } from '../../files/problem';
import { type PlannedRun, plannedRun, type RunPlan } from './plan';

/** What a run of a plan file may say, and of which type it is. */
const FIELDS = Object.fromEntries(
  Object.entries({
    string: 'scale name',
    number:
      'seed steps scheduled landscape learningRate warmup batch weightDecay clip initialStd context',
    boolean: 'scaledResidual',
    list: 'tasks parts',
    object: 'shape samples format intervention',
  }).flatMap(([type, names]) => names.split(' ').map((name) => [name, type])),
);

/**
 * Reads a plan of one's own, such as
 * `{"folder": "../out/wide", "runs": [{"scale": "nano", "seed": 7, "steps": 4000, "landscape": 12}]}` (README.md).
 * `folder` is by default one beside the file and of its name. A run says what {@link RunPlan} can.
 * @throws Problem naming file, run and field for what cannot be read, is not known, out of range or there twice.
 */
export function readPlan(path: string): PlannedRun[] {
  const plan = readJson(path, 'give a JSON file with "runs" (--help shows one)');
  const bad = (what: string) => new Problem(`${path} is not a plan: ${what}.`);
  const strange = Object.keys(plan).find((key) => key !== 'folder' && key !== 'runs');
  if (strange) throw bad(`it has a field "${strange}", and only folder and runs are known`);
  const { folder = basename(path, extname(path)), runs } = plan;
  if (typeof folder !== 'string') throw bad('folder should be a path');
  if (!Array.isArray(runs) || runs.length === 0) throw bad('runs should be a list of runs');
  const home = resolve(dirname(path), folder);
  if (home === resolve(path)) throw bad('folder is the file itself: name another');
  const planned = runs.map((given, i) => {
    const badRun = (what: string) => bad(`run ${i + 1}: ${what}`);
    if (typeOf(given) !== 'object') throw badRun('it should be {"scale": …, "steps": …}');
    if (given.steps === undefined) throw badRun('steps is missing');
    for (const [key, value] of Object.entries(given)) {
      const type = FIELDS[key];
      if (!type) throw badRun(`"${key}" is not known; use ${Object.keys(FIELDS).join(', ')}`);
      if (typeOf(value) !== type) {
        throw badRun(`${key} is ${JSON.stringify(value)} and should be a ${type}`);
      }
    }
    try {
      return plannedRun(given as RunPlan, home);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw badRun(error.message.replace(/\.$/, ''));
    }
  });
  const names = planned.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice) throw bad(`two runs are called ${twice}: give one another name or seed`);
  return planned;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value;
}
