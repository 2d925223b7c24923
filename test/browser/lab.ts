import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { findBrowser } from '../../lib/environment/browser';
import { OUT, ROOT } from '../../lib/environment/paths';
import { type Notebook, readNotebook } from '../../lib/notebook/files/notebook-file';
import { setParameters } from '../../lib/notebook/files/parameters';
import { OWN } from '../../lib/notebook/files/scratch';

/** Longest time for anything a test waits for; only a fault takes so long. */
export const PATIENCE = 600_000;
/** Copies of notebooks live inside the clone, where the kernel finds the library. */
const FOLDER = join(OUT, 'browser');

/** A real JupyterLab of `npm run lab` and a page of a real browser that looks at it. */
export class Lab {
  private constructor(
    private readonly server: ChildProcess,
    private readonly browser: Browser,
    private readonly address: string,
    private readonly token: string,
    readonly page: Page,
  ) {}

  static async open(): Promise<Lab> {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(join(FOLDER, 'settings'), { recursive: true });
    cpSync(OWN, join(FOLDER, 'own'), { recursive: true });
    const [port, token] = [await freePort(), 'a-token-for-tests'];
    const server = spawn(
      process.execPath,
      [
        ...[join(ROOT, 'lib/cli.mjs'), 'lab', '--no-browser', `--port=${port}`],
        `--IdentityProvider.token=${token}`,
        // The user's own settings stay as they are.
        `--LabApp.user_settings_dir=${join(FOLDER, 'settings')}`,
        `--LabApp.workspaces_dir=${join(FOLDER, 'workspaces')}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    server.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    const address = `http://127.0.0.1:${port}`;
    for (const end = Date.now() + PATIENCE; ; await sleep(500)) {
      if (server.exitCode !== null || Date.now() > end)
        throw new Error(`JupyterLab did not start:\n${said}`);
      if (
        await fetch(`${address}/api?token=${token}`).then(
          (r) => r.ok,
          () => false,
        )
      )
        break;
    }
    const browser = await chromium.launch({
      executablePath: findBrowser(),
      args: ['--no-sandbox', '--disable-gpu'],
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    page.setDefaultTimeout(PATIENCE);
    return new Lab(server, browser, address, token, page);
  }

  /** Status that the server gives to a request without the token. */
  async statusWithoutToken(): Promise<number> {
    return (await fetch(`${this.address}/api/contents`)).status;
  }

  /** Opens a copy of a notebook without outputs and with other parameters. */
  async notebook(path: string, parameters: Record<string, string>): Promise<void> {
    const notebook = readNotebook(path);
    setParameters(path, notebook, parameters);
    for (const cell of notebook.cells) if (cell.cell_type === 'code') cell.outputs = [];
    writeFileSync(join(FOLDER, basename(path)), JSON.stringify(notebook));
    await this.page.goto(
      `${this.address}/lab/tree/out/browser/${basename(path)}?token=${this.token}&reset`,
    );
    await this.page.locator('.jp-Notebook .jp-CodeCell').first().waitFor();
    await this.page.locator('#jp-main-statusbar :text("(tslab) | Idle")').first().waitFor();
  }

  /** Saves the notebook that is open, the copy of that one, and reads it. */
  async saved(path: string): Promise<Notebook> {
    const copy = join(FOLDER, basename(path));
    const before = statSync(copy).mtimeMs;
    await this.menu('File', 'Save Notebook');
    for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(200)) {
      // JupyterLab writes in place: for a moment the file is half there.
      const there = statSync(copy).mtimeMs !== before && /\}\s*$/.test(readFileSync(copy, 'utf8'));
      if (there) return readNotebook(copy);
    }
    throw new Error(`${copy} was not saved.`);
  }

  /** Chooses from the menu bar: `menu('Run', 'Run All Cells')`. */
  async menu(name: string, ...entries: string[]): Promise<void> {
    await this.page.locator(`.lm-MenuBar-itemLabel:text-is("${name}")`).click();
    for (const entry of entries) {
      await this.page.locator(`.lm-Menu-itemLabel:text-is("${entry}")`).click();
    }
  }

  /** Changes the theme, and waits until it is there. */
  async theme(name: 'Light' | 'Dark'): Promise<void> {
    await this.menu('Settings', 'Theme', `JupyterLab ${name}`);
    await this.page.waitForFunction(
      `document.body.dataset.jpThemeLight === '${name === 'Light'}' && ` +
        `document.querySelector('link[href*="theme-${name.toLowerCase()}"], body') !== null`,
    );
    await sleep(1500);
  }

  /** Runs all cells, and by default waits until they have run. */
  async runAll(wait: 'to the end' | 'without waiting' = 'to the end'): Promise<void> {
    await this.menu('Run', 'Run All Cells');
    // The first cell shows that the kernel has taken them.
    await this.cells().first().locator('.jp-InputPrompt:not(:text("[ ]"))').waitFor();
    if (wait === 'to the end') await this.idle();
  }

  /** What stands below each code cell: its prompt, its error if any, its figures. */
  async outputs(): Promise<
    { prompt: string; error: string; figures: { drawn: boolean; title: string }[] }[]
  > {
    return this.page.evaluate(`[...document.querySelectorAll('.jp-CodeCell')].map((cell) => ({
      prompt: cell.querySelector('.jp-InputPrompt').textContent,
      error: [...cell.querySelectorAll('[data-mime-type="application/vnd.jupyter.stderr"]')]
        .map((output) => output.textContent).join(''),
      figures: [...cell.querySelectorAll('.js-plotly-plot')].map((figure) => ({
        drawn: figure.querySelectorAll('svg.main-svg path').length > 0,
        title: figure.querySelector('.gtitle')?.textContent ?? '',
      })),
    }))`);
  }

  /** Code cells, in order. */
  cells(): Locator {
    return this.page.locator('.jp-Notebook .jp-CodeCell');
  }

  /** Waits until nothing runs any more. */
  async idle(): Promise<void> {
    await this.page.waitForFunction(
      `(() => {
        const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')];
        return prompts.length > 0 && !prompts.some((prompt) => prompt.textContent.includes('*'));
      })()`,
      undefined,
      { timeout: PATIENCE, polling: 300 },
    );
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.kill('SIGTERM');
    await new Promise((resolve) =>
      this.server.exitCode === null ? this.server.once('exit', resolve) : resolve(undefined),
    );
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
