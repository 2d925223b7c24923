import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findBrowser } from '../../lib/environment/browser';
import { chart } from '../../lib/figures/chart';
import { axis } from '../../lib/figures/style';
import { notebookHtml, PLOTLY_FILE, pageHtml } from '../../lib/notebook/files/page';
import { PLOTLY_MIME } from '../../lib/notebook/show';
import { tableHtml, toRows } from '../../lib/notebook/table';
import { displayed, notebookOf } from '../notebook/notebook-of';

const skip = findBrowser() ? false : 'no browser on this machine: see npm run doctor';
const home = mkdtempSync(join(tmpdir(), 'anatomy-page-'));
const path = join(home, 'page.html');
let browser: Browser;

before(async () => {
  if (skip) return;
  const { columns, rows } = toRows(
    Array.from({ length: 50 }, (_, i) => ({
      ...{ task: i % 2 ? 'MOD' : 'COPY', value: i % 7 === 3 ? Number.NaN : (i * 37) % 50 },
      ...{ what: 'a sentence that is long enough to wrap in a narrow window', third: i / 3 },
    })),
  );
  const line = { x: [0, 1, 2], y: [5, 2, 4], name: 'rank' };
  const { data, layout } = chart({
    ...{ title: 'Ranks fall', of: 'made up', panels: [{ marks: [line] }] },
    ...{ x: axis('step'), y: axis('rank') },
  });
  const main = notebookHtml(
    notebookOf('# Title', {
      source: 'table(rows)',
      outputs: [
        displayed({ 'text/html': tableHtml(columns, rows) }),
        displayed({ [PLOTLY_MIME]: { data, layout } }),
      ],
    }),
  );
  copyFileSync(require.resolve('plotly.js-dist'), join(home, PLOTLY_FILE));
  writeFileSync(path, pageHtml('Title', { main, footer: 'end' }));
  browser = await chromium.launch({
    executablePath: findBrowser(),
    args: ['--no-sandbox', '--disable-gpu'],
  });
});
after(async () => {
  await browser?.close();
  rmSync(home, { recursive: true });
});

async function opened(width: number, colorScheme: 'light' | 'dark'): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  page.setDefaultTimeout(120_000);
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  await page.goto(`file://${path}`);
  await page.locator('.plot svg.main-svg path').first().waitFor({ state: 'attached' });
  assert.deepEqual(errors, []);
  return page;
}

for (const width of [1400, 400]) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`a page fits ${width} pixels, and figures have the page's ink on ${scheme}`, {
      skip,
    }, async () => {
      const page = await opened(width, scheme);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
      const [title, text] = (await page.evaluate(
        `['.plot .gtitle', 'h1'].map((one) => {
          const style = getComputedStyle(document.querySelector(one));
          return one === 'h1' ? style.color : style.fill;
        })`,
      )) as string[];
      assert.equal(title, text);
      const box = await page.locator('.plot .main-svg').first().boundingBox();
      assert.ok(box && box.width <= width);
      assert.equal(await page.locator('.modebar').count(), 0, 'no toolbar');
      await page.close();
    });
  }
}

test('a click on a heading sorts, folded rows too, a second one turns them round; NaN stays last', {
  skip,
}, async () => {
  const page = await opened(1400, 'light');
  const values = () =>
    page.evaluate(
      `[...document.querySelectorAll('.anatomy-table tbody tr')].map((row) => row.cells[1].textContent)`,
    ) as Promise<string[]>;
  const heading = page.locator('.anatomy-table th', { hasText: 'value' }).first();
  const numbers = (texts: string[]) => texts.filter((one) => one !== '–').map(Number);
  const missing = (await values()).filter((one) => one === '–').length;
  assert.ok(missing > 3);
  for (const turn of [1, -1]) {
    await heading.click();
    const seen = await values();
    assert.equal(seen.length, 50);
    assert.deepEqual(
      numbers(seen),
      numbers(seen).sort((a, b) => turn * (a - b)),
    );
    assert.ok(seen.slice(-missing).every((one) => one === '–'));
  }
  assert.equal(await page.locator('.anatomy-table table').first().locator('tbody tr').count(), 30);
  await page.close();
});
