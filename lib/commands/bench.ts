import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../environment/problem';

/** Each is lib/bench/<name>.ts and exports bench<Name>(argv). */
const BENCHES = ['engine', 'measures', 'pythia'];

/** `npm run bench [-- engine|measures|pythia] [options]`: what things cost on this machine; the engine by default. */
export async function run(argv: string[]): Promise<number> {
  const named = argv[0] !== undefined && !argv[0].startsWith('-');
  const name = named ? argv[0] : BENCHES[0];
  if (!BENCHES.includes(name)) {
    throw new RangeError(`Unknown bench "${name}": use one of ${BENCHES.join(', ')}.`);
  }
  const path = join(__dirname, '..', 'bench', `${name}.js`);
  if (!existsSync(path)) throw new Problem(`The bench "${name}" is not part of this version.`);
  const bench = require(path)[`bench${name[0].toUpperCase()}${name.slice(1)}`];
  return bench(named ? argv.slice(1) : argv);
}
