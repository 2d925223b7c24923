import { extname, resolve } from 'node:path';
import type { Config, Data, Layout } from 'plotly.js';
import { OUT } from '../environment/paths';

/** A Plotly figure: plain data that JupyterLab, a browser or an exporter draws. */
export class Figure {
  constructor(
    readonly data: Data[],
    readonly layout: Partial<Layout>,
    readonly config: Partial<Config> = {},
  ) {}

  /**
   * Writes the figure as it is printed, dark ink on white: `await figure.save('floors.pdf', '85mm')`.
   * @param name a path that ends in .svg, .pdf or .png; a relative one is below out/.
   * @param width for example `85mm` or `600px`, at least 40 mm; the figure's own by default.
   * @returns the file's path.
   * @throws Problem for another ending, a width that cannot be read, a full disk, or where there is no browser.
   */
  async save(name: string, width?: string): Promise<string> {
    // Only those who save need the browser's driver.
    const { drawPictures, toFormat, writePicture } = await import('./pictures.js');
    const { forPaper, pixels } = await import('./paper.js');
    const path = resolve(OUT, name);
    const format = toFormat(extname(name).slice(1).toLowerCase());
    const printed = forPaper(this, width === undefined ? undefined : pixels(width));
    const [bytes] = await drawPictures([printed], format);
    writePicture(path, bytes);
    return path;
  }
}
