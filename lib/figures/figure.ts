import { extname, resolve } from 'node:path';
import type { Data, Layout } from 'plotly.js';
import { OUT } from '../environment/paths';
import { writeWhole } from '../files/whole';
import { type Plot, QUIET } from './plot';

interface SaveOptions {
  /** For example `85mm` or `600px`, at least 40 mm; the figure's own by default. */
  readonly width?: string;
  /** Dots to the inch of a PNG, 192 by default. */
  readonly dpi?: number;
  /** False to leave the title to the caption. */
  readonly title?: boolean;
}

/** A figure in a notebook: shown with `show(figure)`, and saved. */
export class Figure implements Plot {
  readonly config = QUIET;

  constructor(
    readonly data: Data[],
    readonly layout: Partial<Layout>,
  ) {}

  /**
   * Writes the figure as it is printed, dark ink on white.
   *
   * ```ts
   * const figure = new Figure([{ x: [1, 2], y: [3, 4] }], { title: { text: 'Loss' } });
   * await figure.save('loss.pdf', { width: '85mm' }); // to out/loss.pdf
   * ```
   * @param name a path that ends in .svg, .pdf or .png; a relative one is below out/.
   * @returns the file's path.
   * @throws Problem for another ending, a width that cannot be read, a full disk, or where there is no browser.
   */
  async save(name: string, { width, dpi = 192, title }: SaveOptions = {}): Promise<string> {
    // Only those who save need the browser's driver.
    const { drawPictures, toFormat } = await import('./pictures.js');
    const { forPaper, pixels } = await import('./paper.js');
    const path = resolve(OUT, name);
    const format = toFormat(extname(name).slice(1).toLowerCase());
    const printed = forPaper(this, { width: width === undefined ? width : pixels(width), title });
    const [bytes] = await drawPictures([printed], format, dpi / 96);
    writeWhole(path, bytes);
    return path;
  }
}
