import { readFileSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { Problem } from '../environment/problem';
import { parseParts } from './landscape-plan';
import { type PlannedRun, plannedRun, type RunPlan } from './plan';

/** What a run of a plan file may say. */
const NUMBERS = [
  ...['seed', 'steps', 'checkpoints', 'landscape', 'keepEvery'],
  ...['learningRate', 'warmup', 'batch', 'initialStd'],
];
const TEXTS = ['scale', 'name', 'precision'];
const FIELDS = [...TEXTS, ...NUMBERS, 'parts'];

/**
 * Reads a plan of one's own: JSON such as
 * `{"folder": "../out/wide", "runs": [{"scale": "nano", "seed": 7, "steps": 4000, "landscape": 12}]}`.
 * `folder`, by default one beside the file and of its name, holds the runs' folders; a path that is not absolute
 * starts where the file is. A run says what {@link RunPlan} can; only `scale` and `steps` must be there.
 *
 * @throws Problem naming file, run and field for what cannot be read, is not known or is out of range, and for
 * two runs of the same name.
 */
export function readPlan(path: string): PlannedRun[] {
  const bad = (what: string) => new Problem(`${path} is not a plan: ${what}.`);
  const plan = parsed(path);
  if (!isObject(plan)) throw bad('it should be {"folder": …, "runs": […]}');
  const strange = Object.keys(plan).find((key) => key !== 'folder' && key !== 'runs');
  if (strange) throw bad(`it has a field "${strange}", and only folder and runs are known`);
  const { folder = basename(path, extname(path)), runs } = plan;
  if (typeof folder !== 'string') throw bad('folder should be a path');
  if (!Array.isArray(runs) || runs.length === 0) {
    throw bad('runs should be a list of at least one run');
  }
  const home = resolve(dirname(path), folder);
  if (home === resolve(path)) throw bad(`folder is the file itself: name another`);
  const planned = runs.map((given, i) => {
    const badRun = (what: string) => bad(`run ${i + 1}: ${what}`);
    if (!isObject(given)) throw badRun('it should be {"scale": …, "steps": …}');
    for (const needed of ['scale', 'steps']) {
      if (given[needed] === undefined) throw badRun(`${needed} is missing`);
    }
    for (const [key, value] of Object.entries(given)) {
      if (!FIELDS.includes(key)) throw badRun(`"${key}" is not known; use ${FIELDS.join(', ')}`);
      const type = NUMBERS.includes(key) ? 'number' : 'string';
      const right =
        key === 'parts'
          ? Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === type)
          : typeof value === type;
      const wanted = { parts: 'a list of parts', number: 'a number', string: 'a text' };
      if (!right) {
        const what = wanted[key === 'parts' ? key : type];
        throw badRun(`${key} is ${JSON.stringify(value)} and should be ${what}`);
      }
    }
    try {
      const run = given as unknown as RunPlan;
      return plannedRun(run.parts ? { ...run, parts: parseParts(run.parts.join(',')) } : run, home);
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

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Problem(
      `${path} cannot be read as a plan (${(error as Error).message}): give a JSON file with "runs" (--help shows one).`,
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
