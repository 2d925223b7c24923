import { wrap } from '../figures/title';
import { Problem } from '../files/problem';
import { type LedgerRow, MANY_TESTS } from '../ledger/ledger';
import { ledgerRows, publishedOf, valueText, verdictCounts } from '../notebook/ledger';
import { command, flag } from './options';

/** Width of lines in a terminal, and of their indent. */
const [WIDTH, INDENT] = [100, 4];

/** `npm run ledger`. */
export default command({
  words: { value: 'NOTEBOOK', help: 'numbers of notebooks, for their claims alone' },
  options: {
    details: flag('what was published, what is ours, and each test in words'),
    json: flag('a JSON array of the claims'),
  },
  run: async ({ json, details }, notebooks) => {
    const all = ledgerRows();
    const known = [...new Set(all.map(({ notebook }) => notebook))].sort();
    const unknown = notebooks.find((one) => !known.includes(one));
    if (unknown !== undefined) {
      throw new Problem(`No claim is of notebook "${unknown}": use ${known.join(', ')}.`);
    }
    const rows = all.filter(({ notebook }) => !notebooks[0] || notebooks.includes(notebook));
    process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : ledgerText(rows, details));
    return 0;
  },
});

/**
 * The ledger for a terminal, a line a claim: the verdict by the paper's rule, what that rule is worth, notebook, claim.
 * @param details true for what was published, what is ours, and each test in words, in lines of their own.
 */
export function ledgerText(rows: readonly LedgerRow[], details = false): string {
  const columns = (...cells: string[]) =>
    cells.map((cell, i) => cell.padEnd([20, 20, 4, 0][i])).join('');
  const blocks = rows.map(({ notebook, version, claim, published, by_its_rule, worth }) => {
    const line = columns(by_its_rule.verdict, worth.verdict, notebook, `${claim} (${version})`);
    if (!details) return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line;
    return [
      line,
      ...indented(`published: ${published}`),
      ...indented(`by its rule: ${valueText(by_its_rule)}`),
      ...indented(`worth, by ${worth.test}: ${worth.value}`),
    ].join('\n');
  });
  const head = columns('by its rule', 'worth', '', 'claim');
  const more = details ? '' : 'Numbers and tests in words: --details.\n';
  return `${head}\n${blocks.join('\n')}\n\n${ledgerCounts(rows)}\n${MANY_TESTS}\n${more}`;
}

/** How many claims have each verdict, in a line. */
function ledgerCounts(rows: readonly LedgerRow[]): string {
  const counted = (column: 'by_its_rule' | 'worth') =>
    verdictCounts(rows, column)
      .map(({ verdict, count }) => `${count} ${verdict}`)
      .join(', ');
  return `${publishedOf(rows).length} claims. By the paper's rule: ${counted('by_its_rule')}. What it is worth: ${counted('worth')}.`;
}

function indented(text: string): string[] {
  return wrap(text, WIDTH - INDENT).map((line, i) => ' '.repeat(INDENT + (i > 0 ? 2 : 0)) + line);
}
