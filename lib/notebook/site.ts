import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OUT } from '../environment/paths';
import { Problem, writing } from '../environment/problem';
import { ledger } from '../findings/ledger';
import { studyRuns } from '../study/run-folder';
import { runJupyter } from './execute';
import { figuresIn, notebookPaths, readNotebook, sourceOf } from './file';
import { escapeHtml } from './kernel';
import { ledgerHtml } from './ledger-table';

const PLOTLY = 'plotly.min.js';

/**
 * Turns executed notebooks into an HTML site in out/ that works without a network: one page each, with
 * interactive figures that share one copy of plotly.js, and a front page with the ledger of claims.
 * @param executed paths of executed notebooks.
 * @returns path of the front page.
 */
export async function writeSite(executed: readonly string[]): Promise<string> {
  writing(OUT, () => copyFileSync(require.resolve('plotly.js-dist'), join(OUT, PLOTLY)));
  for (const path of executed) await writePage(path);
  const front = join(OUT, 'index.html');
  // Pages of earlier calls are still there, so they are listed too.
  const items = notebookPaths([]).flatMap((path) => {
    const page = `${basename(path, '.ipynb')}.html`;
    if (!existsSync(join(OUT, page))) return [];
    return [`<li><a href="${page}">${escapeHtml(titleOf(path))}</a></li>`];
  });
  writing(front, () =>
    writeFileSync(
      front,
      '<!doctype html><html lang="en"><meta charset="utf-8"><title>Anatomy of capability emergence</title>' +
        '<style>body{font:16px/1.5 Helvetica,Arial,sans-serif;max-width:88em;margin:3em auto;padding:0 1em}' +
        // The ledger is what the page is for: whole, and as wide as the window.
        'body>div{max-height:none!important;font-size:.8em}</style>' +
        '<h1>Anatomy of capability emergence</h1><p>The notebooks as executed on this machine, from runs whose ' +
        `settings and tables lie beside them.</p><ul>${items.join('')}</ul><h2>Published claims and ours</h2>` +
        `<p>Ours are from the study's whole runs in data/runs; an interval is of 95 %.</p>${ledgerHtml(ledger(studyRuns()))}</html>\n`,
    ),
  );
  return front;
}

async function writePage(path: string): Promise<void> {
  const notebook = readNotebook(path);
  figuresIn(notebook).forEach(({ figure, output }, i) => {
    // Inside a script, "<" could only end it early.
    const spec = JSON.stringify(figure).replaceAll('<', '\\u003c');
    const { width = 760, height = 460 } = figure.layout;
    output.data = {
      'text/html':
        `<div id="figure-${i}" style="width:${width}px;height:${height}px"></div><script>(() => {` +
        `const f = ${spec}; Plotly.newPlot("figure-${i}", f.data, f.layout, f.config);})()</script>`,
    };
  });
  const plain = join(OUT, 'notebooks', `.page-${basename(path)}`);
  const page = `${basename(path, '.ipynb')}.html`;
  writing(plain, () => writeFileSync(plain, JSON.stringify(notebook)));
  const failed = await runJupyter([
    ...['-m', 'nbconvert', '--to', 'html', plain, '--output-dir', OUT, '--output', page],
    '--HTMLExporter.mathjax_url=',
    '--HTMLExporter.require_js_url=',
  ]);
  if (failed !== undefined)
    throw new Problem(`${basename(path)} could not be made HTML:\n${failed}`);
  const html = join(OUT, page);
  const text = readFileSync(html, 'utf8').replace(
    '<head>',
    `<head><script src="${PLOTLY}"></script>`,
  );
  writing(html, () =>
    writeFileSync(html, text.replace(/<title>[^<]*/, `<title>${escapeHtml(titleOf(path))}`)),
  );
}

function titleOf(path: string): string {
  const first = readNotebook(path).cells.find((cell) => cell.cell_type === 'markdown');
  return /^# (.*)$/m.exec(first ? sourceOf(first) : '')?.[1] ?? basename(path, '.ipynb');
}
