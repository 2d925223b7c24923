import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findBrowser } from '../../environment/browser';
import { machineWords } from '../../environment/machine';
import { OUT } from '../../environment/paths';
import { writing } from '../../environment/problem';
import { drawPictures } from '../../figures/pictures';
import { findingOf, type Plot } from '../../figures/plot';
import type { LedgerRow } from '../../findings/ledger';
import { VERDICTS } from '../../findings/verdict';
import { escapeHtml } from '../html';
import { ledgerRows, valueText, verdictCounts } from '../ledger-rows';
import {
  figuresIn,
  headingOf,
  type Notebook,
  notebookPaths,
  readNotebook,
  textOf,
} from './notebook-file';
import {
  fitted,
  markdownHtml,
  notebookHtml,
  PLOTLY_FILE,
  pageHtml,
  plotHtml,
  stillHtml,
} from './page';

const PAPER = 'https://arxiv.org/abs/2602.15997';
const TITLE = 'Anatomy of capability emergence';
const QUESTION =
  'Do the representations of a small transformer collapse before it learns a task, and does their geometry ' +
  'tell what it will learn, and when?';

/** A notebook as last executed: ours in out/notebooks, where it is there. */
export function executedNotebook(path: string): Notebook {
  const executed = join(OUT, 'notebooks', basename(path));
  return readNotebook(existsSync(executed) ? executed : path);
}

/**
 * Writes the report, out/index.html, and a page for each notebook, as last executed. The report holds all it
 * shows where there is a browser to draw its figures, so that it can be sent alone.
 * @param others executed notebooks of one's own, which get a page too.
 * @returns path of the report.
 */
export async function writeSite(others: readonly string[] = []): Promise<string> {
  const own = notebookPaths();
  const notebooks = [...own, ...others.filter((path) => !own.includes(path))].map((path) => ({
    ...{ path, page: `${basename(path, '.ipynb')}.html`, notebook: executedNotebook(path) },
  }));
  const footer = await provenance();
  write(PLOTLY_FILE, (file) => copyFileSync(require.resolve('plotly.js-dist'), file));
  notebooks.forEach(({ path, page, notebook }, i) => {
    const link = (to: (typeof notebooks)[number] | undefined, words: string) =>
      to ? `<a href="${to.page}">${words} ${escapeHtml(headingOf(to.path, to.notebook))}</a>` : '';
    const nav = `<a href="index.html">↑ Report</a>${link(notebooks[i - 1], '←')}${link(notebooks[i + 1], '→')}`;
    const main = notebookHtml(notebook);
    const html = pageHtml(headingOf(path, notebook), { nav, main, footer });
    write(page, (file) => writeFileSync(file, html));
  });
  const main = await reportHtml(notebooks);
  const report = pageHtml(TITLE, { main, footer });
  return write('index.html', (file) => writeFileSync(file, report));
}

function write(name: string, work: (path: string) => void): string {
  const path = join(OUT, name);
  writing(path, () => {
    mkdirSync(OUT, { recursive: true });
    work(path);
  });
  return path;
}

interface Finding {
  readonly path: string;
  readonly page: string;
  readonly notebook: Notebook;
}

async function reportHtml(notebooks: readonly Finding[]): Promise<string> {
  const rows = ledgerRows();
  const leading = notebooks.map(leadingFigure);
  const figures = leading.flatMap((figure) => (figure ? [figure] : []));
  const [wide, narrow] = findBrowser()
    ? [
        await drawPictures(
          figures.map((figure) => fitted(figure, 'wide')),
          'svg',
        ),
        await drawPictures(
          figures.map((figure) => fitted(figure, 'narrow')),
          'svg',
        ),
      ]
    : [[], []];
  const figureHtml = leading.map((figure, i) => {
    if (!figure) return '';
    const at = figures.indexOf(figure);
    return wide[at]
      ? stillHtml(wide[at].toString(), 'wide', `w${i}`) +
          stillHtml(narrow[at].toString(), 'narrow', `n${i}`)
      : plotHtml(figure);
  });
  const findings = notebooks.map(({ path, page, notebook }, i) => {
    const number = basename(path).slice(0, 2);
    const ofNotebook = rows.filter((row) => row.notebook === number);
    return (
      `<section><h2><a href="${page}">${escapeHtml(headingOf(path, notebook))}</a></h2>` +
      markdownHtml(questionOf(notebook)) +
      `${figureHtml[i]}${ofNotebook.length > 0 ? ledgerHtml(ofNotebook) : ''}</section>`
    );
  });
  const answers = figures.map((figure) => `<li>${escapeHtml(findingOf(figure))}</li>`);
  return (
    `<h1>${TITLE}</h1><p class="lead">${QUESTION}</p>` +
    `<p>A replication of <a href="${PAPER}">arXiv:2602.15997</a>, from trainings whose settings and tables lie ` +
    `beside this report.</p><ol>${answers.join('')}</ol>${countsHtml(rows)}${findings.join('\n')}`
  );
}

/** The first figure of the study; of the short live training where there is no other. */
function leadingFigure({ path, notebook }: Finding): Plot | undefined {
  const cells = notebook.cells.filter(({ metadata }) => !metadata.tags?.includes('live'));
  const [ofStudy] = figuresIn(path, { ...notebook, cells });
  return (ofStudy ?? figuresIn(path, notebook)[0])?.figure;
}

/** What a notebook asks: the first paragraph after its heading. */
function questionOf({ cells }: Notebook): string {
  const first = cells.find(({ cell_type }) => cell_type === 'markdown');
  return (
    textOf(first?.source)
      .replace(/^#.*$/m, '')
      .trim()
      .split(/\n\s*\n/)[0] ?? ''
  );
}

const SIGNS = ['✓', '◐', '✗', '–'];

function verdictHtml(verdict: (typeof VERDICTS)[number]): string {
  const sign = SIGNS[VERDICTS.indexOf(verdict)];
  return `<span class="${verdict.replaceAll(' ', '-')}">${sign} ${verdict}</span>`;
}

/** How many claims have which verdict, in both ways of judging. */
function countsHtml(rows: readonly LedgerRow[]): string {
  const worth = verdictCounts(rows, 'worth');
  const body = verdictCounts(rows, 'by_its_rule').map(
    ({ verdict, count }, i) =>
      `<tr><th>${verdictHtml(verdict)}</th><td>${count}</td><td>${worth[i].count}</td></tr>`,
  );
  return (
    `<h2>${rows.length} published claims</h2><table class="counts"><thead><tr><th></th><th>by the paper's rule</th>` +
    `<th>what that is worth</th></tr></thead><tbody>${body.join('')}</tbody></table>`
  );
}

/** The claims of one notebook, each folded. */
function ledgerHtml(rows: readonly LedgerRow[]): string {
  const claims = rows.map(({ claim, version, published, by_its_rule, worth }) => {
    const facts = [
      [`Published (${version})`, published],
      ["By the paper's rule", valueText(by_its_rule)],
      ['What that is worth', `${worth.test}${worth.value === null ? '' : `: ${worth.value}`}`],
    ];
    return (
      `<details class="claim"><summary>${verdictHtml(by_its_rule.verdict)}${verdictHtml(worth.verdict)}` +
      `<span>${escapeHtml(claim)} <small>(${escapeHtml(version)})</small></span></summary><dl>` +
      `${facts.map(([name, text]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(text)}</dd>`).join('')}</dl></details>`
    );
  });
  return (
    `<div class="columns"><span>by the paper's rule</span><span>what that is worth</span><span>claim</span></div>` +
    claims.join('')
  );
}

/** When, from what and on what the pages were made, and how to make them again. */
async function provenance(): Promise<string> {
  const { facts } = await import('../../environment/facts.js');
  const here = facts();
  const date = new Date().toISOString().slice(0, 10);
  const commit = here.commit || 'unknown';
  return (
    `<p>Made on ${date} from commit <code>${escapeHtml(commit)}</code> on ${escapeHtml(machineWords(here))}, ` +
    `TensorFlow ${escapeHtml(here.tensorflow)}, Node ${escapeHtml(here.node)}.</p>` +
    `<p>To make it again: <code>git checkout ${escapeHtml(commit.replace('+changes', ''))}</code>, then ` +
    `<code>npm start</code>; one notebook: <code>npm run notebooks -- 01</code>.</p>`
  );
}
