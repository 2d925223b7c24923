import { parseArgs } from 'node:util';
import { type LedgerRow, ledger } from '../findings/ledger';
import { studyRuns } from '../study/run-folder';

/**
 * `npm run ledger [-- 03] [--json]`: every published claim beside what the study's runs in data/runs say.
 * With --json a JSON array of `{id, version, claim, published, ours, interval, verdict, notebook}`.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  });
  const runs = studyRuns();
  const rows =
    positionals.length > 0 ? positionals.flatMap((one) => ledger(runs, one)) : ledger(runs);
  process.stdout.write(values.json ? `${JSON.stringify(rows, null, 2)}\n` : ledgerText(rows));
  return 0;
}

/** Width of lines in a terminal, and of their indent. */
const [WIDTH, INDENT] = [100, 4];

/** The ledger for a terminal: the verdict of each claim, then what was published and what is ours. */
export function ledgerText(rows: readonly LedgerRow[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of rows) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const blocks = rows.map(({ notebook, version, claim, published, ours, interval, verdict }) => {
    const range = interval ? ` [${interval.join(' to ')}]` : '';
    return [
      `${verdict.toUpperCase()}: ${claim} (${version}; notebook ${notebook})`,
      ...indented(`published: ${published}`),
      ...indented(`ours: ${ours}${range}`),
    ].join('\n');
  });
  const sums = [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
  return `${blocks.join('\n')}\n\n${rows.length} claims: ${sums}\n`;
}

function indented(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= WIDTH - INDENT) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.map((line, i) => ' '.repeat(INDENT + (i > 0 ? 2 : 0)) + line);
}
