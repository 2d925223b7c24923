import { run as ledger } from './ledger';
import { run as notebooks } from './notebooks';

/**
 * `npm start`: the main job from end to end. Every notebook trains, measures and plots live, and is
 * written to out/ with an HTML report and its figures; then the ledger of published claims is printed.
 */
export async function run(): Promise<number> {
  const code = await notebooks([]);
  return code || ledger([]);
}
