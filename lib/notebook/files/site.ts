import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { machineWords } from '../../environment/machine';
import { OUT } from '../../environment/paths';
import { findingOf } from '../../figures/plot';
import { writing } from '../../files/problem';
import { writeWhole } from '../../files/whole';
import { derivedTables, longTable } from '../../findings/derived';
import type { LedgerRow } from '../../ledger/ledger';
import { VERDICTS, type Verdict } from '../../ledger/verdict';
import { studyRuns } from '../../study/run/run-folder';
import { escapeHtml } from '../html';
import { ledgerRows, valueText, verdictCounts } from '../ledger';
import { saveTable } from '../save-table';
import { figuresIn, type Notebook, notebookPaths, readNotebook, textOf } from './notebook-file';
import { figuresHtml, markdownHtml, notebookHtml, PLOTLY_FILE, pageHtml } from './page';

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
 * Writes the report, out/index.html, a page for each notebook, as last executed, and the derived tables. The report
 * holds all it shows where there is a browser to draw its figures, so that it can be sent alone.
 * @param others executed notebooks of one's own, which get a page too.
 */
export async function writeSite(others: readonly string[] = []): Promise<string> {
  const [runs, rows] = [studyRuns(), ledgerRows()];
  const paths = [...new Set([...notebookPaths(), ...others])];
  const pages = paths.map((path) => pageOf(path, rows));
  const footer = await provenance();
  writing(OUT, () => {
    mkdirSync(OUT, { recursive: true });
    copyFileSync(require.resolve('plotly.js-dist'), join(OUT, PLOTLY_FILE));
  });
  pages.forEach(({ heading, notebook, file }, i) => {
    const before = i > 0 ? pageLink(pages[i - 1], '← ') : '';
    const next = i + 1 < pages.length ? pageLink(pages[i + 1], '→ ') : '';
    const nav = `<a href="index.html">↑ Report</a>${before}${next}`;
    const html = pageHtml(heading, { nav, main: notebookHtml(notebook), footer });
    writeWhole(join(OUT, file), html);
  });
  const derived = derivedTables(runs);
  for (const [name, table] of Object.entries({ ...derived, all: longTable(derived) })) {
    saveTable(table, `tables/${name}.csv`);
  }
  const report = join(OUT, 'index.html');
  writeWhole(report, pageHtml(TITLE, { main: await reportHtml(pages, rows), footer }));
  return report;
}

const isText = ({ cell_type }: Notebook['cells'][number]) => cell_type === 'markdown';

/** What the report says of a notebook. */
function pageOf(path: string, rows: readonly LedgerRow[]) {
  const notebook = executedNotebook(path);
  const cells = notebook.cells.filter(({ metadata }) => !metadata.tags?.includes('live'));
  const [ofStudy] = figuresIn(path, { ...notebook, cells });
  const first = textOf(notebook.cells.find(isText)?.source);
  const name = basename(path, '.ipynb');
  return {
    file: `${name}.html`,
    heading: /^# (.*)$/m.exec(first)?.[1] ?? name,
    /** What it asks: the first paragraph after its heading. */
    question: first
      .replace(/^#.*$/m, '')
      .trim()
      .split(/\n\s*\n/)[0],
    notebook,
    /** The first figure of the study; of the short live training where there is no other. */
    figure: (ofStudy ?? figuresIn(path, notebook)[0])?.figure,
    claims: rows.filter((row) => row.notebook === name.slice(0, 2)),
  };
}
type Page = ReturnType<typeof pageOf>;

function pageLink({ file, heading }: Page, before = ''): string {
  return `<a href="${file}">${before}${escapeHtml(heading)}</a>`;
}

/** The claims that answer the questions of notebooks 01 to 06. */
const ANSWERS: readonly string[] = [
  'floor-invariance-v1',
  'order-v1',
  'precursor-v4',
  'cross-class-v4',
  'pythia-global',
  'collapse-needed',
];

async function reportHtml(pages: readonly Page[], rows: readonly LedgerRow[]): Promise<string> {
  const asks = (page: Page) => page.claims.length > 0 || /^\*\*.*question\./i.test(page.question);
  const findings = pages.filter(asks);
  const figures = findings.flatMap(({ figure }) => figure ?? []);
  const drawn = await figuresHtml(figures);
  const sections = findings.map(
    (page) =>
      `<section><h2>${pageLink(page)}</h2>${markdownHtml(page.question)}` +
      `${page.figure ? drawn[figures.indexOf(page.figure)] : ''}${claimsHtml(page.claims)}</section>`,
  );
  const more = pages.filter((page) => !asks(page)).map((page) => pageLink(page));
  return (
    `<h1>${TITLE}</h1><p class="lead">${QUESTION}</p>` +
    `<p>A replication of <a href="${PAPER}">arXiv:2602.15997</a>, from trainings whose settings and tables lie ` +
    `beside this report.</p><ol>${findings.map(answerHtml).join('')}</ol>${countsHtml(rows)}${sections.join('\n')}` +
    `${more.length > 0 ? `<h2>Beside this</h2><p>${more.join(' · ')}</p>` : ''}`
  );
}

/** A notebook's answer: its main claim with both verdicts and our number; without a claim what its figure finds. */
function answerHtml({ claims, figure, heading }: Page): string {
  const main = claims.find(({ id }) => ANSWERS.includes(id));
  if (!main) {
    const finding = figure ? findingOf(figure) : '';
    return `<li><b>${escapeHtml(heading.replace(/^\d+ /, ''))}</b> ${escapeHtml(finding)}</li>`;
  }
  const { claim, by_its_rule, worth } = main;
  const sentence = (text: string) => escapeHtml(text[0].toUpperCase() + text.slice(1));
  return (
    `<li><b>${sentence(claim)}:</b> ${verdictHtml(by_its_rule.verdict)} by the paper's rule, ` +
    `${verdictHtml(worth.verdict)} by our test of it. ${sentence(by_its_rule.value)}</li>`
  );
}

function verdictHtml(verdict: Verdict): string {
  const sign = ['✓', '◐', '✗', '–'][VERDICTS.indexOf(verdict)];
  return `<span class="${verdict.replaceAll(' ', '-')}">${sign} ${verdict}</span>`;
}

function countsHtml(rows: readonly LedgerRow[]): string {
  const worth = verdictCounts(rows, 'worth');
  const body = verdictCounts(rows, 'by_its_rule').map(({ verdict, count }, i) => {
    return `<tr><th>${verdictHtml(verdict)}</th><td>${count}</td><td>${worth[i].count}</td></tr>`;
  });
  return (
    `<h2>${rows.length} published claims</h2><table class="counts"><thead><tr><th></th><th>by the paper's rule</th>` +
    `<th>what that is worth</th></tr></thead><tbody>${body.join('')}</tbody></table>`
  );
}

/** Claims, each folded: both verdicts, then what was published and where, and what is ours. */
function claimsHtml(rows: readonly LedgerRow[]): string {
  if (rows.length === 0) return '';
  const claims = rows.map(({ claim, version, published, by_its_rule, worth }) => {
    const [at] = version.match(/v\d/) ?? [''];
    const facts = [
      [`Published (<a href="${PAPER}${at}">${escapeHtml(version)}</a>)`, published],
      ["By the paper's rule", valueText(by_its_rule)],
      ['What that is worth', `${worth.test}: ${worth.value}`],
    ];
    return (
      `<details class="claim"><summary>${verdictHtml(by_its_rule.verdict)}${verdictHtml(worth.verdict)}` +
      `<span>${escapeHtml(claim)} <small>(${escapeHtml(version)})</small></span></summary><dl>` +
      `${facts.map(([name, text]) => `<dt>${name}</dt><dd>${escapeHtml(text)}</dd>`).join('')}</dl></details>`
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
  const commit = escapeHtml(here.commit || 'unknown');
  return (
    `<p>Made on ${new Date().toISOString().slice(0, 10)} from commit <code>${commit}</code> on ` +
    `${escapeHtml(machineWords(here))}, TensorFlow ${escapeHtml(here.tensorflow)}, Node ${escapeHtml(here.node)}.</p>` +
    `<p>To make it again: <code>git checkout ${commit.replace('+changes', '')}</code>, then ` +
    `<code>npm start</code>; one notebook: <code>npm run notebooks -- 01</code>.</p>`
  );
}
