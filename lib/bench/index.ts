import { runBench } from './bench';
import { measures } from './measures';
import { memory } from './memory';
import { pieces } from './pieces';
import { products } from './products';
import { step } from './step';

/** The benches by name: each takes its options as they were typed, prints what it finds and gives the exit code. */
export const BENCHES: { readonly [name: string]: (argv: string[]) => Promise<number> } =
  Object.fromEntries(
    Object.entries({ step, pieces, products, measures, memory }).map(([name, bench]) => [
      name,
      (argv: string[]) => runBench(name, bench, argv),
    ]),
  );
