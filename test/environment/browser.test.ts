import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import test from 'node:test';
import { findBrowser, needBrowser } from '../../lib/environment/browser';
import { Figure } from '../../lib/figures/figure';
import { drawPictures } from '../../lib/figures/pictures';

const home = mkdtempSync(join(tmpdir(), 'anatomy-browser-'));
const { PATH, CHROMIUM } = process.env;
test.afterEach(() => {
  process.env.PATH = PATH;
  if (CHROMIUM === undefined) delete process.env.CHROMIUM;
  else process.env.CHROMIUM = CHROMIUM;
});
test.after(() => rmSync(home, { recursive: true }));

test('CHROMIUM comes before the machine, and is not replaced in silence where it is missing', () => {
  const [named, installed] = ['mine', 'chromium'].map((name) => join(home, name));
  for (const path of [named, installed]) writeFileSync(path, '', { mode: 0o755 });
  process.env.PATH = `${home}${delimiter}${PATH}`;
  delete process.env.CHROMIUM;
  assert.equal(findBrowser(), installed);
  process.env.CHROMIUM = named;
  assert.equal(findBrowser(), named);
  process.env.CHROMIUM = '/nowhere/chromium';
  assert.throws(needBrowser, /CHROMIUM names \/nowhere\/chromium, and there is no such file/);
});

test('a browser without fonts is refused instead of drawing figures without text', async (t) => {
  const real = findBrowser();
  if (!real) return t.skip('no browser on this machine: see npm run doctor');
  writeFileSync(join(home, 'fonts.conf'), `<fontconfig><dir>${home}</dir></fontconfig>`);
  const bare = join(home, 'bare');
  const script = `#!/bin/sh\nexport FONTCONFIG_FILE=${home}/fonts.conf\nexec ${real} "$@"\n`;
  writeFileSync(bare, script, { mode: 0o755 });
  process.env.CHROMIUM = bare;
  const figure = new Figure([{ x: [1, 2], y: [1, 2] }], { title: { text: 'A title' } });
  await assert.rejects(
    drawPictures([figure], 'svg'),
    /finds no fonts .*apt install fonts-liberation/,
  );
});
