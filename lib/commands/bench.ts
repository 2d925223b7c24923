import { Problem } from '../environment/problem';

type Bench = (argv: string[]) => Promise<number>;

/** `npm run bench [-- step|pieces|measures|memory] [options]`: what things cost on this machine; the step by default. */
export async function run(argv: string[]): Promise<number> {
  const benches = find();
  const named = argv[0] !== undefined && !argv[0].startsWith('-');
  const bench = benches[named ? argv[0] : 'step'];
  if (!bench) {
    const names = Object.keys(benches).join(', ');
    throw new RangeError(`Unknown bench "${argv[0]}": use one of ${names}.`);
  }
  return bench(named ? argv.slice(1) : argv);
}

/** The benches are a workspace of their own, which may be left out. */
function find(): { [name: string]: Bench } {
  try {
    return require('anatomy-bench').BENCHES;
  } catch (error) {
    if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Problem('The benches are not part of this version: lib/bench is missing.');
  }
}
