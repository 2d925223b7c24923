import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { chromium } from 'playwright-core';
import { PNG } from 'pngjs';
import { findBrowser } from '../../lib/environment/browser';
import { chart, line, stepPlaces } from '../../lib/figures/chart';
import { Figure } from '../../lib/figures/figure';
import { forPaper, pixels } from '../../lib/figures/paper';
import { drawPictures } from '../../lib/figures/pictures';
import { nameOf, titleOf } from '../../lib/figures/plot';
import { INK, rankAxis, stepAxis } from '../../lib/figures/style';
import { figuresIn, notebookPaths, readNotebook } from '../../lib/notebook/files/notebook-file';

const home = mkdtempSync(join(tmpdir(), 'anatomy-figures-'));
test.after(() => rmSync(home, { recursive: true }));

/** A small figure of the house. */
const drawn = () =>
  chart({
    title: 'RankMe over three steps.',
    of: 'test',
    panels: [{ heading: 'MOD', marks: [line(stepPlaces([0, 1, 2]), [5, 2, 4], { color: INK })] }],
    x: stepAxis(2, true),
    y: rankAxis('rank', [5, 2, 4]),
  });

test('a figure for a paper has ink, the asked width, and type of 7 points or more', () => {
  const { layout } = forPaper(drawn(), { width: pixels('85mm') });
  assert.equal(layout.width, 321);
  assert.ok((layout.font?.size ?? 0) * 0.75 >= 7);
  assert.equal(layout.paper_bgcolor, '#ffffff');
  assert.equal(layout.yaxis?.linecolor, layout.font?.color);
  assert.throws(() => pixels('85'), /width "85" cannot be read: write 85mm or 800px/);
  assert.throws(() => pixels('2mm'), /too small/);
});

test('a title can be left to the caption, and its room with it; one may be missing', () => {
  for (const width of [321, 760]) {
    const [full, bare] = [true, false].map((title) => forPaper(drawn(), { width, title }).layout);
    assert.ok(titleOf(full).startsWith('RankMe'));
    assert.equal(titleOf(bare), '');
    assert.equal(full.height! - bare.height!, full.margin!.t! - bare.margin!.t!);
    assert.ok(bare.margin!.t! < 30);
  }
  const plain = { data: [{ y: [1, 2] }], layout: {} };
  for (const layout of [{}, { title: 'A title' as never }]) {
    for (const width of [321, 760])
      assert.ok(forPaper({ ...plain, layout }, { width }).layout.height);
  }
  assert.equal(nameOf(plain), 'figure');
});

test('figures carry no toolbar, and their text reads on white', () => {
  const { config, layout } = drawn();
  assert.equal(config.displayModeBar, false);
  const channel = Number.parseInt(String(layout.font?.color).slice(1, 3), 16) / 255;
  const luminance = ((channel + 0.055) / 1.055) ** 2.4;
  assert.ok(1.05 / (luminance + 0.05) >= 4.5);
});

test('pictures are the same bytes each time, and as many dots as asked for', async (t) => {
  if (!findBrowser()) return t.skip('no browser on this machine: see npm run doctor');
  const figure = drawn();
  const [one] = await drawPictures([figure], 'svg');
  const [two] = await drawPictures([figure], 'svg');
  assert.match(one.toString(), /^<svg/);
  assert.match(one.toString(), /RankMe/);
  assert.ok(one.equals(two));
  const pdf = readFileSync(await figure.save(join(home, 'a.pdf'), { width: '85mm' }), 'latin1');
  assert.match(pdf, /^%PDF-/);
  assert.match(pdf, /\/FontFile/, 'fonts are embedded');
  const untitled = new Figure([{ y: [1, 2] }], {});
  const path = await untitled.save(join(home, 'a.png'), { width: '600px', dpi: 300 });
  assert.equal(PNG.sync.read(readFileSync(path)).width, 1875);
  await assert.rejects(figure.save('figure.bmp'), /Unknown picture format "bmp"/);
});

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
