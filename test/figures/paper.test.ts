import assert from 'node:assert/strict';
import test from 'node:test';
import { chromium } from 'playwright-core';
import { findBrowser } from '../../lib/environment/browser';
import { forPaper, pixels } from '../../lib/figures/paper';
import { drawPictures } from '../../lib/figures/pictures';
import { figuresIn, notebookPaths, readNotebook } from '../../lib/notebook/files/notebook-file';

interface Text {
  readonly words: string;
  readonly size: number;
  readonly box: readonly [left: number, top: number, right: number, bottom: number];
}

const skip = findBrowser() ? false : 'no browser on this machine: see npm run doctor';
/** Pixels by which boxes of text may meet: they are taller than their letters. */
const TOUCH = 2.5;
/** Points, the unit of type, in a CSS pixel. */
const POINTS = 0.75;

for (const width of ['85mm', '180mm']) {
  test(`at ${width} no figure of the notebooks has clipped, overlapping or tiny text, or bytes by chance`, {
    skip,
  }, async () => {
    const figures = notebookPaths().flatMap((path) =>
      figuresIn(path, readNotebook(path)).map(({ figure, name }) => ({
        name,
        printed: forPaper(figure, { width: pixels(width) }),
      })),
    );
    const specs = figures.map(({ printed }) => printed);
    const pictures = await drawPictures(specs, 'svg');
    (await drawPictures(specs, 'svg')).forEach((again, i) => {
      assert.ok(again.equals(pictures[i]), `${figures[i].name}: other bytes when drawn again`);
    });
    const browser = await chromium.launch({
      executablePath: findBrowser(),
      args: ['--no-sandbox', '--disable-gpu'],
    });
    try {
      const page = await browser.newPage();
      for (const [i, { name, printed }] of figures.entries()) {
        await page.setContent(`<style>body{margin:0}</style>${pictures[i]}`);
        const texts = (await page.evaluate(TEXTS)) as Text[];
        assert.ok(texts.length > 3, name);
        const { width: right = 0, height: bottom = 0 } = printed.layout;
        for (const { words, size, box } of texts) {
          const inside =
            box[0] >= -1 && box[1] >= -1 && box[2] <= right + 1 && box[3] <= bottom + 1;
          assert.ok(inside, `${name}: "${words}" is cut off at ${box}`);
          assert.ok(size * POINTS >= 7, `${name}: "${words}" has ${size * POINTS} points`);
        }
        texts.forEach((one, at) => {
          for (const other of texts.slice(0, at)) {
            assert.ok(!meet(one, other), `${name}: "${one.words}" over "${other.words}"`);
          }
        });
      }
    } finally {
      await browser.close();
    }
  });
}

function meet({ box: a }: Text, { box: b }: Text): boolean {
  const across = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const down = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return across > TOUCH && down > TOUCH;
}

/** All text of the picture on the page: its lines, their type's size in pixels, and their boxes. */
const TEXTS = `[...document.querySelectorAll('svg text')].flatMap((text) => {
  const lines = [...text.querySelectorAll(':scope > tspan.line')];
  return (lines.length > 0 ? lines : [text]).map((line) => {
    const { left, top, right, bottom } = line.getBoundingClientRect();
    const inner = line.querySelector('tspan') ?? line;
    return { words: line.textContent, size: parseFloat(getComputedStyle(inner).fontSize), box: [left, top, right, bottom] };
  });
}).filter(({ words }) => words.trim() !== '')`;
