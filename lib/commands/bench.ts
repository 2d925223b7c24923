import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../environment/paths';
import { Problem } from '../files/problem';
import { command } from './options';

type Bench = (argv: string[]) => Promise<number>;

/** `npm run bench [-- step|pieces|products|measures|memory] [options]`: what things cost on this machine; the step by default. */
export default command({
  options: {},
  passesOn: true,
  run: async (_, argv) => {
    // The benches are a workspace of their own, which may be left out.
    if (!existsSync(join(ROOT, 'lib', 'bench'))) {
      throw new Problem('The benches are not part of this version: lib/bench is missing.');
    }
    const benches: { [name: string]: Bench } = require('../bench').BENCHES;
    const named = argv[0] !== undefined && !argv[0].startsWith('-');
    const bench = benches[named ? argv[0] : 'step'];
    if (bench) return bench(named ? argv.slice(1) : argv);
    throw new Problem(`Unknown bench "${argv[0]}": use one of ${Object.keys(benches).join(', ')}.`);
  },
});
