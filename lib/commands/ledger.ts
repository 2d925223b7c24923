import { Problem } from '../environment/problem';
import { wrap } from '../figures/title';
import { type LedgerRow, MANY_TESTS } from '../findings/ledger';
import { ledgerRows, valueText, verdictCounts } from '../notebook/ledger-rows';
import { command, flag } from './options';

/** Width of lines in a terminal, and of their indent. */
const [WIDTH, INDENT] = [100, 4];

/** `npm run ledger`. */
export const ledgerCommand = command({
  words: { value: 'NOTEBOOK', help: 'numbers of notebooks, for their claims alone' },
  options: { json: flag('a JSON array of the claims') },
  run: async ({ json }, notebooks) => {
    const all = ledgerRows();
    const known = [...new Set(all.map(({ notebook }) => notebook))].sort();
    const unknown = notebooks.find((one) => !known.includes(one));
    if (unknown !== undefined) {
      throw new Problem(`No claim is of notebook "${unknown}": use ${known.join(', ')}.`);
    }
    const rows = all.filter(({ notebook }) => !notebooks[0] || notebooks.includes(notebook));
    process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : ledgerText(rows));
    return 0;
  },
});

/** The ledger for a terminal: the verdicts on each claim, then what was published and what is ours. */
export function ledgerText(rows: readonly LedgerRow[]): string {
  const blocks = rows.map(({ notebook, version, claim, published, by_its_rule, worth }) =>
    [
      `${by_its_rule.verdict.toUpperCase()}: ${claim} (${version}; notebook ${notebook})`,
      ...indented(`published: ${published}`),
      ...indented(`by its rule: ${valueText(by_its_rule)}`),
      ...indented(`worth: ${worth.verdict} (${worth.test}: ${worth.value})`),
    ].join('\n'),
  );
  return `${blocks.join('\n')}\n\n${ledgerCounts(rows)}\n${MANY_TESTS}\n`;
}

/** How many claims have each verdict, in a line. */
export function ledgerCounts(rows: readonly LedgerRow[] = ledgerRows()): string {
  const counted = (column: 'by_its_rule' | 'worth') =>
    verdictCounts(rows, column)
      .map(({ verdict, count }) => `${count} ${verdict}`)
      .join(', ');
  return `${rows.length} claims. By the paper's rule: ${counted('by_its_rule')}. What it is worth: ${counted('worth')}.`;
}

function indented(text: string): string[] {
  return wrap(text, WIDTH - INDENT).map((line, i) => ' '.repeat(INDENT + (i > 0 ? 2 : 0)) + line);
}
