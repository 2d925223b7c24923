import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { PNG } from 'pngjs';
import { needBrowser } from '../environment/browser';
import { Problem } from '../files/problem';
import type { Plot } from './plot';

export const PICTURE_FORMATS = ['svg', 'png', 'pdf'] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

/** @throws Problem where pictures cannot have that format. */
export function toFormat(name: string): PictureFormat {
  if (!(PICTURE_FORMATS as readonly string[]).includes(name)) {
    throw new Problem(`Unknown picture format "${name}": use ${PICTURE_FORMATS.join(', ')}.`);
  }
  return name as PictureFormat;
}

/** Keeps Chromium from calling out; `--no-sandbox` is what lets root, as in containers, start it. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

/** JavaScript for the browser: pixels of a word; 0 where the machine has no fonts, of which Chromium says nothing. */
const WIDTH_OF_A_WORD = `document.createElement('canvas').getContext('2d').measureText('word').width`;

/**
 * Draws figures with plotly.js in a browser of this machine.
 * @param scale pixels of a PNG to each of the figure's own.
 * @returns the bytes of each picture, in order.
 * @throws Problem where there is no browser, or it finds no fonts.
 */
export async function drawPictures(
  figures: readonly Plot[],
  format: PictureFormat,
  scale = 2,
): Promise<Buffer[]> {
  const executablePath = needBrowser();
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    const page = await browser.newPage();
    if ((await page.evaluate(WIDTH_OF_A_WORD)) === 0) {
      throw new Problem(
        `${executablePath} finds no fonts and would draw figures without any text: install some ` +
          '(Debian, Ubuntu: "apt install fonts-liberation"), then run again.',
      );
    }
    await page.addScriptTag({ content: readFileSync(require.resolve('plotly.js-dist'), 'utf8') });
    const draw = async ({ data, layout }: Plot): Promise<Buffer> => {
      const { width = 760, height = 460 } = layout;
      const size = { width, height };
      const options = format === 'png' ? { format, scale, ...size } : { format: 'svg', ...size };
      const url = await page.evaluate(
        ([spec, options]) => (globalThis as never as PlotlyPage).Plotly.toImage(spec, options),
        [{ data, layout }, options] as const,
      );
      const [, image] = url.split(/,(.*)/s);
      if (format === 'png') return smaller(Buffer.from(image, 'base64'));
      const svg = stableIds(decodeURIComponent(image));
      if (format === 'svg') return Buffer.from(svg);
      const paper = await browser.newPage();
      await paper.setContent(`<style>body{margin:0}svg{display:block}</style>${svg}`);
      const pdf = { width: `${width}px`, height: `${height}px`, printBackground: true };
      return paper.pdf(pdf).finally(() => paper.close());
    };
    const pictures: Buffer[] = [];
    for (const figure of figures) pictures.push(await draw(figure));
    return pictures;
  } finally {
    await browser.close();
  }
}

/** The same pixels in fewer bytes: Chromium's filter suits photographs, and even areas compress better without one. */
function smaller(png: Buffer): Buffer {
  const options = { filterType: 0, deflateLevel: 9, deflateStrategy: 0 } as const;
  const packed = PNG.sync.write(PNG.sync.read(png), options);
  return packed.length < png.length ? packed : png;
}

interface PlotlyPage {
  Plotly: { toImage(spec: unknown, options: unknown): Promise<string> };
}

/**
 * plotly.js draws the names of clip paths, legends, color keys and traces at random; numbered in order, equal figures give
 * equal bytes.
 */
function stableIds(svg: string): string {
  const drawn = /(clip|defs-|legend|["#]g|cb|"trace [a-z]+ trace)([0-9a-f]{6})/g;
  const names = new Map<string, string>();
  return svg.replace(drawn, (_, kind, id) => {
    if (!names.has(id)) names.set(id, String(names.size).padStart(6, '0'));
    return kind + names.get(id);
  });
}
