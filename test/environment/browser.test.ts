import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { ROOT } from '../../lib/environment/paths';

const home = mkdtempSync(join(tmpdir(), 'anatomy-browser-'));
test.after(() => rmSync(home, { recursive: true }));

/** A clone in which no browser was fetched, with nothing on its PATH. */
function bareClone(name: string): string {
  const root = join(home, name);
  mkdirSync(join(root, 'lib'), { recursive: true });
  writeFileSync(join(root, 'package-lock.json'), '{}');
  cpSync(join(ROOT, 'lib/dist/lib/environment'), join(root, 'lib/dist/lib/environment'), {
    recursive: true,
  });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

function needBrowser(root: string, env: NodeJS.ProcessEnv) {
  const script = `try { console.log(require(${JSON.stringify(
    join(root, 'lib/dist/lib/environment/browser.js'),
  )}).needBrowser()) } catch (e) { console.error(e.name + ': ' + e.message); process.exit(1) }`;
  const done = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { PATH: join(root, 'bin'), HOME: home, ...env },
  });
  return { code: done.status, out: done.stdout.trim(), said: done.stderr };
}

/** A download host in a process of its own; it answers every request in the same way. */
async function host(answer: string): Promise<{ url: string; close(): void }> {
  const child = spawn(process.execPath, [
    '-e',
    `require('node:http').createServer((q, r) => { ${answer} }).listen(0, '127.0.0.1', function () { console.log(this.address().port); })`,
  ]);
  const port = await new Promise<string>((resolve) =>
    child.stdout.once('data', (d) => resolve(`${d}`)),
  );
  return { url: `http://127.0.0.1:${port.trim()}`, close: () => child.kill() };
}

test('where there is no browser, one is fetched into the clone, once', async () => {
  const root = bareClone('fetches');
  const folder = join(home, 'chrome-headless-shell-linux64');
  mkdirSync(folder);
  writeFileSync(join(folder, 'chrome-headless-shell'), '#!/bin/sh\n', { mode: 0o755 });
  const zip = join(home, 'shell.zip');
  const zipped = spawnSync('python3', ['-m', 'zipfile', '-c', zip, folder]);
  assert.equal(zipped.status, 0, String(zipped.stderr));
  const server = await host(`r.end(require('node:fs').readFileSync(${JSON.stringify(zip)}))`);
  const first = needBrowser(root, { PLAYWRIGHT_DOWNLOAD_HOST: server.url });
  server.close();
  assert.equal(first.code, 0, first.said);
  assert.ok(first.out.startsWith(join(root, '.cache', 'browsers')), first.out);
  assert.match(first.said, /Fetching a headless Chromium/);
  const second = needBrowser(root, { PLAYWRIGHT_DOWNLOAD_HOST: server.url });
  assert.deepEqual([second.out, second.said], [first.out, '']);
});

test('a host that refuses is named by its answer, with what to do', async () => {
  const server = await host('r.statusCode = 404; r.end()');
  const { code, said } = needBrowser(bareClone('refused'), {
    PLAYWRIGHT_DOWNLOAD_HOST: server.url,
  });
  server.close();
  assert.equal(code, 1);
  assert.match(said, /none could be fetched \(.*404.*\): install Chromium/);
});

test('a browser that is named and missing is not replaced in silence', () => {
  const { code, said } = needBrowser(bareClone('named'), { CHROMIUM: '/nowhere/chromium' });
  assert.equal(code, 1);
  assert.match(said, /CHROMIUM names \/nowhere\/chromium, and there is no such file/);
});
