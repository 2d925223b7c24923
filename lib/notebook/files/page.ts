import MarkdownIt from 'markdown-it';
import { findBrowser } from '../../environment/browser';
import { forPaper } from '../../figures/paper';
import { drawPictures } from '../../figures/pictures';
import { type Plot, QUIET, titleOf } from '../../figures/plot';
import { INK, TRANSPARENT } from '../../figures/style';
import { escapeHtml } from '../html';
import { PLOTLY_MIME } from '../show';
import { type CellOutput, type Notebook, textOf } from './notebook-file';
import { PAGE_STYLE } from './page-style';

/** The file that pages with interactive figures share. */
export const PLOTLY_FILE = 'plotly.min.js';
/** Width of a figure in a narrow window, in pixels. */
const NARROW = 360;

/** Tags in Markdown are shown, not obeyed: what a note says of a run comes from a file. */
const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });

export const markdownHtml = (text: string): string => markdown.render(text);

/** A whole page, which fetches nothing from elsewhere. */
export function pageHtml(
  title: string,
  { nav = '', main, footer }: { nav?: string; main: string; footer: string },
): string {
  const bar = nav && `<nav>${nav}</nav>`;
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width,initial-scale=1">' +
    `<title>${escapeHtml(title)}</title><style>${PAGE_STYLE}</style></head><body>` +
    `${bar}<main>${main}</main>${bar}<footer>${footer}</footer>` +
    `${main.includes('class="plot"') ? DRAW : ''}<script>${OPEN_FOR_PRINT}</script></body></html>\n`
  );
}

/** On paper nothing can be unfolded. */
const OPEN_FOR_PRINT =
  "addEventListener('beforeprint',()=>{for(const d of document.querySelectorAll('details:not(.code)'))d.open=true})";

/** Draws the figures of a page, in a narrow window as in a column of print. */
const DRAW =
  `<script src="${PLOTLY_FILE}"></script><script>for(const place of document.querySelectorAll('.plot')){` +
  'const f=JSON.parse(place.firstElementChild.textContent);' +
  'Plotly.newPlot(place.lastElementChild,f.data,innerWidth<=560?f.narrow:f.layout,f.config)}</script>';

/** A notebook's cells in their order: text, folded code, outputs. */
export function notebookHtml({ cells }: Notebook): string {
  return cells
    .map((cell) => {
      const source = textOf(cell.source);
      if (cell.cell_type === 'markdown') return markdownHtml(source);
      if (cell.cell_type === 'raw' || source.trim() === '') return '';
      const code = `<details class="code"><summary>code</summary><pre>${escapeHtml(source)}</pre></details>`;
      return code + (cell.outputs ?? []).map(outputHtml).join('');
    })
    .join('\n');
}

/** One output: of what it holds, what reads best on a page. */
function outputHtml({ data = {}, text, traceback }: CellOutput): string {
  const figure = data[PLOTLY_MIME] as Plot | undefined;
  const of = (type: string) => textOf(data[type]);
  let html: string;
  if (figure) html = plotHtml(figure);
  else if (of('image/svg+xml')) html = `<div class="still">${of('image/svg+xml')}</div>`;
  else if (of('text/html')) html = of('text/html');
  else if (of('text/markdown')) html = markdownHtml(of('text/markdown'));
  else if (of('image/png')) html = `<img alt="" src="data:image/png;base64,${of('image/png')}">`;
  else html = `<pre>${escapeHtml(of('text/plain') || textOf(text) || textOf(traceback))}</pre>`;
  return `<div class="output">${html}</div>`;
}

/** A figure that the page draws. */
function plotHtml({ data, layout = {}, config }: Plot): string {
  const narrow = fitted({ data, layout }, 'narrow').layout;
  // Inside a script, "<" could only end it early.
  const spec = JSON.stringify({ data, layout, narrow, config: { ...QUIET, ...config } });
  return (
    `<div class="plot" role="img" aria-label="${escapeHtml(titleOf(layout).replace(/<[^>]*>/g, ' '))}">` +
    `<script type="application/json">${spec.replaceAll('<', '\\u003c')}</script><div></div></div>`
  );
}

/** A figure in the width of a page or of a narrow window, in the page's colors. */
function fitted(figure: Plot, room: 'wide' | 'narrow'): Plot {
  const width = room === 'narrow' ? NARROW : undefined;
  return forPaper(figure, { width, ink: INK, ground: TRANSPARENT });
}

/** Each figure as pictures for wide and narrow windows; where there is no browser, as one that the page draws. */
export async function figuresHtml(figures: readonly Plot[]): Promise<string[]> {
  if (!findBrowser()) return figures.map(plotHtml);
  const html = figures.map(() => '');
  for (const room of ['wide', 'narrow'] as const) {
    const specs = figures.map((figure) => fitted(figure, room));
    (await drawPictures(specs, 'svg')).forEach((svg, i) => {
      // Ids of its own in the page.
      const own = `${svg}`.replace(/(clip|defs-|legend|["#]g|cb)(\d{6})/g, `$1${room[0]}${i}-$2`);
      html[i] += `<div class="plot still ${room}">${own}</div>`;
    });
  }
  return html;
}
