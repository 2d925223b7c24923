import assert from 'node:assert/strict';
import test from 'node:test';
import { RUNG_COLORS } from '../../lib/figures/ladder-figure';
import { logTicks, TASK_COLORS } from '../../lib/figures/style';
import { setTitle } from '../../lib/figures/title';

/** What eyes make of linear RGB: Machado, Oliveira & Fernandes 2009, at full severity. */
const VISIONS = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
/** Least distance of two colors in CIELAB (1976); 2 is just noticeable. */
const APART = 15;

/** Linear RGB of `#rrggbb`. */
const linear = (color: string) =>
  [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));

const times = (matrix: number[][], vector: number[]) =>
  matrix.map((row) => row.reduce((sum, value, i) => sum + value * vector[i], 0));

function lab(rgb: number[]): number[] {
  const clipped = rgb.map((value) => Math.min(1, Math.max(0, value)));
  const [x, y, z] = times(
    [
      [0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505],
      [0.2126, 0.7152, 0.0722],
      [0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089],
    ],
    clipped,
  ).map((value) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const luminance = (color: string) => times([[0.2126, 0.7152, 0.0722]], linear(color))[0];

function contrast(one: string, two: string): number {
  const [light, dark] = [luminance(one), luminance(two)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const PALETTES = { tasks: TASK_COLORS, rungs: RUNG_COLORS };

for (const [of, colors] of Object.entries(PALETTES)) {
  test(`colors of ${of} are told apart by all color visions, on white and on dark pages`, () => {
    const names = Object.keys(colors) as (keyof typeof colors)[];
    for (const [vision, matrix] of Object.entries(VISIONS)) {
      const seen = names.map((name) => lab(times(matrix, linear(colors[name]))));
      seen.forEach((one, i) => {
        seen.slice(0, i).forEach((other, j) => {
          const distance = Math.hypot(...one.map((value, at) => value - other[at]));
          assert.ok(
            distance >= APART,
            `${vision}: ${names[i]} and ${names[j]}, ${distance.toFixed(1)}`,
          );
        });
      });
    }
    for (const name of names) {
      for (const page of ['#ffffff', '#111111']) {
        const seen = contrast(colors[name], page);
        assert.ok(seen >= 2.2, `${name} on ${page}: ${seen.toFixed(2)}`);
      }
    }
  });
}

test('a log axis names few values over many decades, and several within one', () => {
  assert.deepEqual(logTicks(0.04, 1000).tickvals, [0.1, 1, 10, 100, 1000]);
  assert.deepEqual(logTicks(9, 130).tickvals, [10, 20, 50, 100]);
  assert.deepEqual(logTicks(2, 3.2).tickvals, [2, 2.5, 3]);
  assert.deepEqual(logTicks(800, 12_000).ticktext, ['1,000', '2,000', '5,000', '10,000']);
});

test('a title wraps, keeps what looks like a tag, and can be set again', () => {
  const words = 'Geometry tells the order<br><sub>nano, p < 0.001; many words about it all</sub>';
  const sizes = { finding: 11, under: 9.5 };
  const narrow = setTitle(words, 130, sizes);
  const text = (narrow.layout as { text: string }).text;
  assert.match(text, /^Geometry tells the<br>order<br><span[^>]*>nano, p < 0.001; many</);
  const wide = setTitle(text, 800, sizes);
  assert.equal(
    (wide.layout as { text: string }).text,
    'Geometry tells the order<br><span style="font-size:9.5px">nano, p < 0.001; many words about it all</span>',
  );
  assert.ok(wide.height < narrow.height);
});
