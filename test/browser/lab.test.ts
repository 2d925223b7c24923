import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test, { after, before } from 'node:test';
import { PNG } from 'pngjs';
import { findBrowser, OWN_BROWSER } from '../../lib/environment/browser';
import { OUT, ROOT } from '../../lib/environment/paths';
import { notebookPaths } from '../../lib/notebook/files/notebook-file';
import { SCRATCH } from '../../lib/notebook/files/scratch';
import { NOTEBOOK_RUNS } from '../../lib/study/run/run-folder';
import { measuredSteps } from '../../lib/training/schedule';
import { asExpected, beforeRun, parametersFor } from '../notebook/expected';
import { notebookOf } from '../notebook/notebook-of';
import { Lab, PATIENCE, sleep } from './lab';

/** Why these tests are left out, or false. */
const skip = findBrowser() ? false : 'no browser on this machine: see npm run doctor';
const GOLDEN = join(ROOT, 'test', 'browser', 'golden');
/** Share of pixels that may differ: fonts are drawn a little differently on each machine. */
const TOLERANCE = 0.03;
/** The browser that set-up fetches has other fonts, and so pictures of its own. */
const FONTS = findBrowser() === OWN_BROWSER ? '-fetched' : '';
/** Live run of these tests; nobody else uses the seed. */
const LONG = join(NOTEBOOK_RUNS, 'nano-s8');

let lab: Lab;
before(async () => {
  if (!skip) lab = await Lab.open();
});
after(async () => {
  await lab?.close();
  rmSync(LONG, { recursive: true, force: true });
});

test('JupyterLab answers on loopback, to its token only, and lays out copies that git ignores', {
  skip,
}, async () => {
  assert.equal(await lab.statusWithoutToken(), 403);
  for (const path of notebookPaths()) {
    const copy = join(SCRATCH, basename(path));
    assert.ok(existsSync(copy));
    assert.equal(spawnSync('git', ['check-ignore', '-q', copy], { cwd: ROOT }).status, 0);
  }
});

for (const path of notebookPaths()) {
  test(`${basename(path)} opens, runs all cells, shows what it should and draws its figures, for light and dark`, {
    skip,
  }, async () => {
    beforeRun(path);
    await lab.notebook(path, parametersFor(path));
    await lab.runAll();
    const cells = await lab.outputs();
    assert.ok(
      cells.every(({ prompt }) => /^\[\d+\]:$/.test(prompt)),
      JSON.stringify(cells),
    );
    assert.deepEqual(
      cells.filter(({ error }) => error).map(({ error }) => error),
      [],
    );
    const figures = cells.flatMap(({ figures }) => figures);
    assert.ok(figures.length > 0);
    for (const { drawn, title } of figures) assert.ok(drawn && title.length > 0, title);
    for (const theme of ['Dark', 'Light'] as const) {
      await lab.theme(theme);
      const contrast = (await lab.page.evaluate(CONTRAST)) as number;
      assert.ok(contrast >= 4.5, `${theme}: contrast of text is ${contrast.toFixed(2)}`);
    }
    asExpected(path, await lab.saved(path));
  });
}

test('progress stays in its place; the stop button saves; the same cell goes on', {
  skip,
}, async () => {
  rmSync(LONG, { recursive: true, force: true });
  const path = join(OUT, 'browser-live.ipynb');
  const source =
    "import { liveRun, rankmeCurves, show } from 'anatomy';\n" +
    "const live = await liveRun({ scale: 'nano', seed: 8, steps: 5000 });";
  writeFileSync(path, JSON.stringify(notebookOf(source, 'show(rankmeCurves(live));')));
  await lab.notebook(path, {});
  rmSync(path);
  await lab.runAll('without waiting');
  const live = lab.cells().filter({ hasText: 'liveRun({' });
  const step = async (above: number) => {
    const found = await lab.page.waitForFunction(
      `(() => {
        const words = [...document.querySelectorAll('.jp-OutputArea-output')].map((o) => o.textContent);
        const step = /: (\\d+) of 5000/.exec(words.join(' '))?.[1];
        return step !== undefined && Number(step) > ${above} && step;
      })()`,
      undefined,
      { timeout: PATIENCE },
    );
    return Number(await found.jsonValue());
  };
  const early = await step(2);
  const places = await live.locator('.jp-OutputArea-child').count();
  const late = await step(early + 3);
  assert.equal(
    await live.locator('.jp-OutputArea-child').count(),
    places,
    'outputs do not pile up',
  );

  const pressed = Date.now();
  await lab.menu('Kernel', 'Interrupt Kernel');
  const said = live.locator('.jp-OutputArea-output').filter({ hasText: 'Stopped at step' });
  await said.waitFor();
  const seconds = (Date.now() - pressed) / 1000;
  await lab.idle();
  const message = (await said.textContent()) ?? '';
  const stopped = Number(/Stopped at step (\d+) of 5000; all work is saved/.exec(message)?.[1]);
  assert.ok(stopped >= late, message);
  assert.match(message, /the same cell\) to go on/);
  // Reported, not asserted: the machine may be busy with other things.
  console.log(`the stop button took ${seconds.toFixed(1)} s`);
  // The cell below draws what is there.
  await lab.page
    .locator('.js-plotly-plot svg.main-svg path')
    .first()
    .waitFor({ state: 'attached' });
  assert.ok((await lab.outputs()).every(({ error }) => error === ''));

  await live.locator('.cm-content').click();
  await lab.page.keyboard.press('Shift+Enter');
  await said.waitFor({ state: 'detached' });
  const first = await step(-1);
  assert.ok(first >= stopped && first < stopped + 200, `goes on at ${first} after ${stopped}`);
  const picture = live.locator('img[src^="data:image/svg+xml"]');
  await picture.waitFor();
  const svg = decodeURIComponent((await picture.getAttribute('src')) ?? '');
  const drawn = /points="([^"]*)"/.exec(svg)?.[1].split(' ').length ?? 0;
  assert.ok(
    drawn >= measuredSteps(stopped).length,
    `curves begin where they began: ${drawn} points`,
  );
  await lab.menu('Kernel', 'Interrupt Kernel');
  await said.waitFor();
  await lab.idle();
});

test('figures read well on light and dark, and look as they did', { skip }, async () => {
  const path = join(OUT, 'browser-figure.ipynb');
  const source = [
    "import { chart, Figure, line, show } from 'anatomy';",
    'const steps = Array.from({ length: 40 }, (_, i) => Math.round(1.2 ** i));',
    "const colors = ['#0072b2', '#d55e00', '#cc79a7', '#8866ee'];",
    'const rank = (step: number, t: number) => 4 + t + 9 * (Math.log10(step) / 3 - 0.4 - 0.1 * t) ** 2;',
    'const panels = colors.map((color, t) => ({',
    "  heading: 'task ' + t, marks: [line(steps, steps.map((step) => rank(step, t)), { color: color, name: 'rank' })],",
    '}));',
    "const axis = { type: 'log' as const, title: { text: 'step' } };",
    "const drawn = chart({ title: 'Ranks fall and rise.', of: 'made up', panels: panels, columns: 2, x: axis, y: { title: { text: 'rank' } } });",
    'show(new Figure(drawn.data, { ...drawn.layout, width: 600, height: 420 }));',
  ].join('\n');
  writeFileSync(path, JSON.stringify(notebookOf(source)));
  await lab.notebook(path, {});
  await lab.runAll();
  rmSync(path);
  for (const theme of ['Light', 'Dark'] as const) {
    await lab.theme(theme);
    const contrast = (await lab.page.evaluate(CONTRAST)) as number;
    assert.ok(contrast >= 4.5, `${theme}: contrast of text is ${contrast.toFixed(2)}`);
    const picture = await lab.page.locator('.js-plotly-plot .svg-container').screenshot();
    const share = await differing(picture, `figure-${theme.toLowerCase()}${FONTS}`);
    assert.ok(share < TOLERANCE, `${theme}: ${(100 * share).toFixed(1)} % of the pixels differ`);
  }
  await lab.theme('Light');
});

test('names are completed, and Shift-Tab shows what a function does', { skip }, async () => {
  const path = join(OUT, 'browser-editor.ipynb');
  writeFileSync(
    path,
    JSON.stringify(notebookOf("import * as anatomy from 'anatomy';\nanatomy.loadR")),
  );
  await lab.notebook(path, {});
  rmSync(path);
  const { page } = lab;
  await lab.cells().first().locator('.cm-content').click();
  await page.keyboard.press('Control+End');
  // The only name that fits is put in at once; JupyterLab drops an answer that takes it too long, as the
  // first of a session may.
  const completed = lab.cells().first().locator('.cm-line', { hasText: 'anatomy.loadRun' });
  for (const end = Date.now() + PATIENCE; !(await completed.isVisible()) && Date.now() < end; ) {
    await page.keyboard.press('Tab');
    await sleep(4000);
  }
  assert.match(
    (await lab.cells().first().locator('.cm-content').textContent()) ?? '',
    /anatomy.loadRun/,
  );
  await page.keyboard.press('Shift+Tab');
  const tooltip = page.locator('.jp-Tooltip');
  await tooltip.waitFor();
  assert.match((await tooltip.textContent()) ?? '', /loadRun\(nameOrFolder: string\)[\s\S]*run/);
});

/** Least contrast of the figure's texts with the page behind them, by WCAG 2.2's definition. */
const CONTRAST = `(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = (color) => rgb(color)
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
  const page = light(getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor);
  return Math.min(...[...document.querySelectorAll('.js-plotly-plot svg text')]
    .filter((text) => text.textContent.trim() !== '')
    .map((text) => light(getComputedStyle(text).fill))
    .map((ink) => (Math.max(ink, page) + 0.05) / (Math.min(ink, page) + 0.05)));
})()`;

/** Share of pixels that differ from the picture kept under that name; ANATOMY_GOLDEN=1 keeps this one. */
async function differing(picture: Buffer, name: string): Promise<number> {
  const kept = join(GOLDEN, `${name}.png`);
  if (process.env.ANATOMY_GOLDEN || !existsSync(kept)) {
    assert.ok(process.env.ANATOMY_GOLDEN, `${kept} is missing: make it with ANATOMY_GOLDEN=1`);
    mkdirSync(GOLDEN, { recursive: true });
    writeFileSync(kept, picture);
  }
  const { default: pixelmatch } = await import('pixelmatch');
  const [now, then] = [PNG.sync.read(picture), PNG.sync.read(readFileSync(kept))];
  assert.deepEqual([now.width, now.height], [then.width, then.height]);
  const different = pixelmatch(now.data, then.data, undefined, now.width, now.height, {
    threshold: 0.2,
  });
  return different / (now.width * now.height);
}
