import { escapeHtml } from './html';
import { newPlace } from './show';

/** A danfo DataFrame or Series, derived ones included, which are of another class. */
interface Frame {
  readonly columns: readonly string[];
  readonly values: unknown;
  readonly index: readonly (string | number)[];
}

/** What {@link table} takes: a frame, or plain rows. */
export type TableData = Frame | readonly object[];

export function isFrame(data: unknown): data is Frame {
  const { columns, values, index } = Object(data);
  return [columns, values, index].every(Array.isArray);
}

export interface TableOptions {
  /** Significant digits of numbers that are not whole, 4 by default. */
  readonly digits?: number;
  /** Column to sort by, and whether largest first. Missing values and NaN come last either way. */
  readonly sortBy?: string;
  readonly descending?: boolean;
  readonly caption?: string;
}

/**
 * Shows a DataFrame, or plain rows, as a table: numbers to the right with one number of decimals a column, text
 * escaped, rows after the thirtieth folded away. A click on a heading sorts. Missing values and NaN show as –.
 *
 * ```ts
 * const frame = new DataFrame(loadRun('nano-s0').training);
 * table(frame.query(frame.column('step').le(100)), { sortBy: 'loss', caption: 'the first 100 updates' });
 * ```
 * @throws RangeError for a column to sort by that is not there, or what is neither frame nor rows.
 */
export function table(data: TableData, options: TableOptions = {}): void {
  const { columns, rows } = toRows(data);
  newPlace().html(tableHtml(columns, rows, options));
}

/**
 * Columns and rows of a frame or of plain objects, whose columns are all fields that occur. An index of names, as
 * `describe` makes it, is the first column.
 */
export function toRows(data: TableData): { columns: string[]; rows: Cell[][] } {
  if (isFrame(data)) {
    const { columns, index } = data;
    const rows = (data.values as (Cell | Cell[])[]).map((row) => [row].flat() as Cell[]);
    if (index.every((name) => typeof name === 'number')) return { columns: [...columns], rows };
    return { columns: ['', ...columns], rows: rows.map((row, i) => [index[i], ...row]) };
  }
  if (!Array.isArray(data) || data.some((row) => typeof row !== 'object' || row === null)) {
    throw new RangeError('This is no table: give a DataFrame, or an array of rows like {step: 1}.');
  }
  const columns = [...new Set(data.flatMap(Object.keys))];
  return { columns, rows: data.map((row) => columns.map((name) => row[name])) };
}

type Cell = string | number | boolean | null | undefined;

/** Rows before the rest is folded away, and rows that a page holds at all. */
const [OPEN, MOST] = [30, 1000];
/** Characters up to which a text is kept on one line. */
const SHORT = 36;
/** Decimals and whole digits up to which a column is not written in powers of ten. */
const [DECIMALS, LARGEST] = [6, 1e9];

/** In the colors of the page around it; headings and first column stay in sight. */
const STYLE =
  '<style>.anatomy-table{max-height:660px;overflow:auto}' +
  '.anatomy-table table{border-collapse:separate;border-spacing:0;font-variant-numeric:tabular-nums;margin:0}' +
  '.anatomy-table caption{text-align:left;padding:4px 10px;min-width:20em}' +
  '.anatomy-table tr{background:var(--jp-layout-color0,Canvas)}' +
  '.anatomy-table :is(td,th){padding:2px 10px;text-align:right;vertical-align:top;white-space:nowrap;background:inherit}' +
  '.anatomy-table th{position:sticky;top:0;z-index:1;cursor:pointer;border-bottom:1px solid #8888}' +
  '.anatomy-table :is(td,th):first-child{position:sticky;left:0}.anatomy-table th:first-child{z-index:2}' +
  '@media print{.anatomy-table{max-height:none;overflow:visible}}</style>';

/** Sorts all rows of the table, folded ones too, by the heading that was clicked; a second click turns them round. */
const SORT =
  "const h=event.target.closest('th'),d=h.closest('.anatomy-table'),i=h.cellIndex,u=d.dataset.by===String(i)?-1:1," +
  "b=[...d.querySelectorAll('tbody')],n=b.map(x=>x.rows.length),v=r=>r.cells[i].textContent," +
  "m=x=>Number(x.replace(/,/g,'')),c=(x,y)=>x==='–'?1:y==='–'?-1:u*(m(x)-m(y)||x.localeCompare(y))," +
  "r=b.flatMap(x=>[...x.rows]).sort((x,y)=>v(x)===v(y)?0:c(v(x),v(y)));d.dataset.by=u>0?i:'';" +
  'for(const[k,x]of b.entries())x.append(...r.splice(0,n[k]))';

/** A table as HTML that reads without styles and scripts as well. @throws RangeError as {@link table}. */
export function tableHtml(
  columns: readonly string[],
  rows: readonly Cell[][],
  { digits = 4, sortBy, descending = false, caption }: TableOptions = {},
): string {
  const by = sortBy === undefined ? -1 : columns.indexOf(sortBy);
  if (sortBy !== undefined && by < 0) {
    throw new RangeError(`There is no column "${sortBy}": sort by one of ${columns.join(', ')}.`);
  }
  if (rows.length === 0) return `<p>${caption ? `${escapeHtml(caption)}: ` : ''}no rows.</p>`;
  const sorted = by < 0 ? rows : [...rows].sort((a, b) => compare(a[by], b[by], descending));
  const formats = columns.map((_, i) => columnFormat(rows, i, digits));
  const head = columns.map((name, i) => formats[i].cell('th', escapeHtml(name))).join('');
  const html = (part: readonly Cell[][]) => {
    const body = part.map((row) => {
      const cells = row.map((value, i) => formats[i].cell('td', formats[i].text(value)));
      return `<tr>${cells.join('')}</tr>`;
    });
    return (
      `<thead onclick="${escapeHtml(SORT)}"><tr>${head}</tr></thead>\n` +
      `<tbody>${body.join('\n')}</tbody></table>`
    );
  };
  const folded = sorted.slice(OPEN, MOST);
  const hidden = Math.max(0, rows.length - MOST);
  const count = (number: number) => number.toLocaleString('en-US');
  return (
    `${STYLE}<div class="anatomy-table"><table>` +
    `${caption ? `<caption>${escapeHtml(caption)}</caption>` : ''}${html(sorted.slice(0, OPEN))}` +
    (folded.length > 0
      ? `<details><summary>${count(folded.length)} more rows</summary><table>${html(folded)}</details>`
      : '') +
    `${hidden > 0 ? `<p>${count(hidden)} rows are not shown: saveTable writes all.</p>` : ''}</div>`
  );
}

function isMissing(value: Cell): boolean {
  return value == null || Number.isNaN(value);
}

function compare(a: Cell, b: Cell, descending: boolean): number {
  if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b));
  const order =
    typeof a === 'number' && typeof b === 'number'
      ? Math.sign(a - b) || 0 // Two equal infinities have no difference.
      : String(a).localeCompare(String(b));
  return descending ? -order : order;
}

/** How one column is written, and on which side. */
function columnFormat(rows: readonly Cell[][], column: number, digits: number) {
  const values = rows.map((row) => row[column]).filter((value) => value != null);
  const numbers = values.flatMap((value) => (typeof value === 'number' ? value : []));
  const numeric = numbers.length === values.length;
  const write = numberFormat(numbers, digits);
  return {
    text: (value: Cell) => {
      if (isMissing(value)) return '–';
      return typeof value === 'number' ? write(value) : escapeHtml(String(value));
    },
    cell: (tag: 'td' | 'th', text: string) => {
      if (numeric) return `<${tag}>${text}</${tag}>`;
      // Sentences wrap instead of pushing other columns out of sight.
      const wraps = text.length > SHORT ? ';white-space:normal;min-width:16em;max-width:30em' : '';
      return `<${tag} style="text-align:left${wraps}">${text}</${tag}>`;
    },
  };
}

/**
 * Whole numbers whole, others with one number of decimals, so that points stand below each other: as many as give the
 * largest `digits` significant ones, or the smallest two; where that takes too many, in powers of ten.
 */
function numberFormat(values: readonly number[], digits: number): (value: number) => string {
  const sizes = values.filter(Number.isFinite).map(Math.abs);
  const largest = sizes.reduce((most, value) => Math.max(most, value), 0);
  const whole = sizes.every(Number.isInteger) && largest < 1e15;
  // What is a rounding error beside the largest is a zero.
  const smallest = sizes
    .filter((value) => value > 1e-9 * largest)
    .reduce((least, value) => Math.min(least, value), largest);
  const places = (value: number, significant: number) =>
    Math.max(0, significant - 1 - Math.floor(Math.log10(value)));
  const decimals = Math.max(places(largest, digits), places(smallest, 2));
  const plain = decimals <= DECIMALS && largest < LARGEST;
  return (value) => {
    if (!Number.isFinite(value)) return String(value);
    if (whole) return value.toLocaleString('en-US');
    return plain ? value.toFixed(decimals) : value.toExponential(digits - 1);
  };
}
