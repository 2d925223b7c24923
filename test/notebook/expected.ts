import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OUT } from '../../lib/environment/paths';
import { figuresIn, type Notebook, readNotebook } from '../../lib/notebook/files/notebook-file';
import { ledgerRows } from '../../lib/notebook/ledger';
import { NOTEBOOK_RUNS } from '../../lib/study/run/run-folder';
import { differences } from './committed';

/** A live run of the tests, short and long enough for the floors; nobody else uses the seed. */
const LIVE = { steps: '300', seed: '7' };

/** Least figures of each notebook. */
const FIGURES: Record<string, number> = { '01': 3, '02': 3, '03': 2, '04': 1, '05': 4, '07': 3 };

/** Words that each notebook shows. */
const WORDS: Record<string, readonly string[]> = {
  '01': ['300 of 300 (100 %)', 'Trained here', 'MOD'],
  ...{ '02': ['300 updates'], '03': ['300 updates'], '04': ['300 updates'] },
  '05': ['General text, last layer'],
  '07': ['Trained here', 'DOUBLE', 'custom, seed 1'],
};

const numberOf = (path: string) => basename(path).slice(0, 2);

/** Other parameters for a notebook under test: 05 has no such run, 07 none that is longer. */
export function parametersFor(path: string): Record<string, string> {
  return ['05', '07'].includes(numberOf(path)) ? {} : LIVE;
}

/** Takes away what an earlier test has trained, where the notebook is to train it. */
export function beforeRun(path: string): void {
  const own: Record<string, readonly string[]> = {
    '01': [join(NOTEBOOK_RUNS, 'nano-s7')],
    '05': [join(OUT, 'pythia-live')],
    '07': ['own-s0', 'own-s1', 'own-double'].map((name) => join(NOTEBOOK_RUNS, name)),
  };
  for (const folder of own[numberOf(path)] ?? []) rmSync(folder, { recursive: true, force: true });
}

/** Holds a notebook, executed with {@link parametersFor}, against what it should show and what is committed. */
export function asExpected(path: string, notebook: Notebook): void {
  const number = numberOf(path);
  const figures = figuresIn(path, notebook);
  assert.ok(figures.length >= (FIGURES[number] ?? 1), `${figures.length} figures`);
  for (const { figure } of figures) assert.ok(figure.data.length > 0);
  const html = JSON.stringify(notebook.cells.map(({ outputs }) => outputs));
  for (const words of WORDS[number] ?? []) assert.ok(html.includes(words), words);
  for (const { id, by_its_rule } of ledgerRows(number)) {
    assert.ok(html.includes(`>${by_its_rule.verdict}<`), id);
  }
  assert.ok(!/>NaN<|>undefined</.test(html));
  assert.deepEqual(differences(readNotebook(path), notebook), []);
}
