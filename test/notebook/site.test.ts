import assert from 'node:assert/strict';
import test from 'node:test';
import { ledgerText } from '../../lib/commands/ledger';
import type { LedgerRow } from '../../lib/ledger/ledger';
import { markdownHtml, notebookHtml, pageHtml } from '../../lib/notebook/files/page';
import { escapeMarkdown } from '../../lib/notebook/html';
import { ledgerHtml, verdictCounts } from '../../lib/notebook/ledger';
import { PLOTLY_MIME } from '../../lib/notebook/show';
import { displayed, notebookOf } from './notebook-of';

const EVIL = '<script>alert(1)</script>';

test('a page folds code, draws figures, and shows tags from a file as text', () => {
  const figure = { data: [{ y: [1, 2], name: EVIL }], layout: { title: { text: EVIL } } };
  const html = notebookHtml(
    notebookOf(`# Title\n\nAs **said** ${EVIL} [bad](javascript:alert(1))`, {
      source: `note('${EVIL}')`,
      outputs: [
        displayed({ 'text/markdown': `run ${EVIL}`, 'text/plain': 'x' }),
        displayed({ [PLOTLY_MIME]: figure, 'image/png': 'abc' }),
        { output_type: 'stream', name: 'stdout', text: [EVIL] },
        displayed({ 'text/html': '<table></table>' }),
      ],
    }),
  );
  assert.ok(!html.includes(EVIL));
  assert.ok(!/href="javascript/.test(html));
  assert.match(html, /<h1>Title<\/h1>\n<p>As <strong>said<\/strong> &lt;script/);
  assert.match(html, /<details class="code"><summary>code<\/summary><pre>note\(&#39;&lt;script/);
  assert.equal(html.split('class="plot"').length - 1, 1);
  assert.ok(!html.includes('image/png'));
  const page = pageHtml(EVIL, { main: html, footer: '' });
  assert.ok(!page.includes(EVIL));
  assert.match(page, /<script src="plotly.min.js">/);
  assert.ok(!/(src|href)="https?:/.test(page), 'the page fetches nothing');
});

test('words from a file show in Markdown as they are', () => {
  const words = '![](http://a) *b* _c_ `d` <i> \\\n\n# e';
  assert.equal(
    markdownHtml(escapeMarkdown(words)),
    '<p>![](http://a) *b* _c_ `d` &lt;i&gt; \\ # e</p>\n',
  );
});

const ROW: LedgerRow = {
  ...{ id: 'a', version: 'v4', claim: 'floors <fall>', published: '2.0', notebook: '01' },
  by_its_rule: { value: '2.1', interval: [1.9, 2.3], verdict: 'replicates' },
  worth: { test: 'shifted', value: 'p = 0.2', verdict: 'does not replicate' },
};

test('the ledger tells both columns, in a table and in a terminal', () => {
  const html = ledgerHtml([ROW]);
  for (const words of [
    'floors &lt;fall&gt;',
    '2.1 [1.9 to 2.3]',
    'shifted: p = 0.2',
    '>does not replicate<',
  ]) {
    assert.ok(html.includes(words), words);
  }
  const text = ledgerText([ROW]);
  const [head, line, ...rest] = text.split('\n');
  assert.match(head, /^by its rule +worth +claim$/);
  assert.match(line, /^replicates +does not replicate +01 +floors <fall> \(v4\)$/);
  assert.ok(!rest.join().includes('p = 0.2') && text.includes('--details'));
  const details = ledgerText([ROW, { ...ROW, claim: 'floors '.repeat(20) }], true);
  assert.match(
    details,
    /published: 2.0\n +by its rule: 2.1 \[1.9 to 2.3\]\n +worth, by shifted: p = 0.2/,
  );
  assert.ok(ledgerText([{ ...ROW, claim: 'floors '.repeat(20) }]).split('\n')[1].length <= 100);
  assert.match(text, /1 claims\. By the paper's rule: 1 replicates, 0 partly/);
  assert.deepEqual(
    verdictCounts([ROW], 'worth').map(({ count }) => count),
    [0, 0, 1, 0],
  );
});
