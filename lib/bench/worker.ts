import { writeFileSync } from 'node:fs';
import { type ContestOptions, contest } from './contest';

/**
 * A contest in a process of its own: `node worker.js '{options}' result.json`. Its peak memory is then its
 * own, and settings that TensorFlow reads once can differ from one contest to the next.
 */
async function main([options, result]: string[]): Promise<void> {
  const rows = await contest(JSON.parse(options) as ContestOptions);
  writeFileSync(result, JSON.stringify(rows));
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
