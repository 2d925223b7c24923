import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { readTokenizer } from '../../lib/pythia/config';
import { CORPUS, NOVEL_PROBES, probeSets, readCorpus, readSets } from '../../lib/pythia/probes';
import { bitsPerToken, encodeProbes, probeBehavior } from '../../lib/pythia/scoring';

const sets = probeSets();
const set = (name: string) => sets.find((each) => each.name === name)!;

/** The paper's sizes (shared with data/pythia/paper.json's source), and our 100 puzzles of deduction. */
const SIZES = {
  ...{ syntactic: 36, semantic: 30, arithmetic: 200, 'in-context': 16, factual: 51, logical: 26 },
  ...{ general: 200, deduction: 100 },
};

test("the paper's seven sets in its sizes, and deduction; each item sound and asked once", () => {
  assert.deepEqual(Object.fromEntries(sets.map(({ name, items }) => [name, items.length])), SIZES);
  for (const { name, items, chance } of [...sets, ...readSets(NOVEL_PROBES)]) {
    assert.equal(new Set(items.map(({ prompt }) => prompt)).size, items.length, name);
    if (name === 'general') continue;
    assert.ok(chance >= 0.2 && chance <= 0.5, name);
    // Always choosing one place does not pay; of few items more can stand there by chance.
    for (const place of [0, 1, 2]) {
      const share = items.filter(({ answer }) => answer === place).length / items.length;
      const most = chance + 0.05 + 1 / Math.sqrt(items.length);
      assert.ok(share < most, `${name}: ${share} of the answers stand at place ${place}`);
    }
  }
});

test('general text: passages of one length from where no stand-in trains, or from a file', () => {
  const tokenizer = readTokenizer(CORPUS);
  const general = set('general');
  const { sequences, unigram, ...encoded } = encodeProbes([general], tokenizer, 512);
  assert.ok(
    sequences.every(({ tokens, scored }) => tokens.length === 128 && scored.length === 127),
  );
  assert.deepEqual(sequences[3].scored[5], { at: 5, next: sequences[3].tokens[6] });
  const total = [...unigram.values()].reduce((sum, share) => sum + share, 0);
  assert.ok(Math.abs(total - 1) < 1e-9);
  // A model that gives every token one bit of doubt loses one bit per token.
  const half = sequences.map(({ scored }) => scored.map(() => ({ logProb: -Math.LN2, top: true })));
  assert.ok(Math.abs(bitsPerToken({ sequences, unigram, ...encoded }, half)! - 1) < 1e-12);
  const trained = tokenizer.decode([...readCorpus(tokenizer).training.subarray(-200_000)]);
  for (const { prompt } of general.items) assert.ok(!trained.includes(prompt.slice(50, 150)));

  const file = join(mkdtempSync(join(tmpdir(), 'anatomy-text-')), 'pile.txt');
  writeFileSync(file, 'one passage\n\nanother one\n');
  const own = probeSets(file).find(({ name }) => name === 'general')!;
  assert.deepEqual(
    own.items.map(({ prompt }) => prompt),
    ['one passage', 'another one'],
  );
  assert.match(own.about, /2 passages of pile.txt/);
  writeFileSync(file, 'a single line');
  assert.throws(() => probeSets(file), /holds under two lines/);
  assert.throws(() => probeSets(`${file}.none`), /pile.txt.none is no file: .*--text/);
});

test('arithmetic is right', () => {
  for (const { prompt, options, answer } of set('arithmetic').items) {
    const [, a, sign, b] = /^Q: What is (\d+) (plus|minus|times) (\d+)\?\nA:$/.exec(prompt)!;
    const [x, y] = [Number(a), Number(b)];
    const value = { plus: x + y, minus: x - y, times: x * y }[sign as 'plus'];
    assert.deepEqual(
      options.map((option) => Number(option) === value),
      options.map((_, i) => i === answer),
    );
  }
});

/** All orders of 0 … n − 1. */
function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
  );
}

test('every deduction has one solution, found by trying all orders on the text itself', () => {
  const first: Record<string, true> = { leftmost: true, oldest: true, cheapest: true, first: true };
  const last: Record<string, true> = {
    rightmost: true,
    newest: true,
    'most expensive': true,
    last: true,
  };
  const ordinals = ['first', 'second', 'third', 'fourth', 'fifth'];
  for (const { prompt, options, answer } of set('deduction').items) {
    const [, list, clues, choices] = /: ([^:\n]+?)\. ([^\n]+)\nOptions:\n([\s\S]+)\nA: \($/.exec(
      prompt.slice(60),
    )!;
    const things = list.split(/, and |, /).map((thing) => thing.replace(/^an? /, ''));
    const n = things.length;
    assert.equal(options.length, n);
    const thing = (text: string) => {
      const at = things.findIndex((name) => text.toLowerCase().endsWith(name.toLowerCase()));
      assert.ok(at >= 0, `${text} in ${prompt}`);
      return at;
    };
    /** What a statement says of an order, which gives each thing its place. */
    const meaning = (text: string): ((place: number[]) => boolean) => {
      const compared =
        /^(.+?) (?:is|are|finished) (to the left of|to the right of|ahead of|behind|older than|newer than|cheaper than|more expensive than) (.+)$/.exec(
          text,
        );
      if (compared) {
        const [a, b] = [thing(compared[1]), thing(compared[3])];
        const before = /left|ahead|older|cheaper/.test(compared[2]);
        return (place) => place[a] < place[b] === before;
      }
      const [, who, where] = /^(.+?) (?:is|are|finished) (?:the )?(.+)$/.exec(text)!;
      const a = thing(who);
      const at = first[where] ? 0 : last[where] ? n - 1 : ordinals.indexOf(where.split(/[- ]/)[0]);
      assert.ok(at >= 0, text);
      return (place) => place[a] === at;
    };
    const rules = clues.split('. ').map((clue) => meaning(clue.replace(/\.$/, '')));
    const solutions = orders(n).filter((place) => rules.every((holds) => holds(place)));
    assert.equal(solutions.length, 1, prompt);
    const right = choices
      .split('\n')
      .map((line) => meaning(line.replace(/^\(.\) /, '').replace(/\.$/, ''))(solutions[0]));
    assert.deepEqual(
      right,
      options.map((_, i) => i === answer),
      prompt,
    );
  }
});

test('options are scored by the sum of their tokens, given the prompt', () => {
  const tokenizer = readTokenizer(CORPUS);
  const items = [
    { prompt: 'She was', options: [' happy', ' the extraordinary'], answer: 1 },
    { prompt: 'Yes', options: [' a', ' b'], answer: 0 },
  ];
  const { sequences, sets: encoded } = encodeProbes(
    [{ name: 'own', about: '', items, chance: 0.5 }],
    tokenizer,
    64,
  );
  const [first, second] = encoded[0].items;
  const prompt = tokenizer.encode('She was').ids;
  assert.equal(first.prompt.length, prompt.length);
  // One token each: a single sequence serves both options of the second item.
  assert.equal(second.options[0][0].sequence, second.options[1][0].sequence);
  const long = tokenizer.encode(' the extraordinary').ids;
  assert.equal(first.options[1].length, long.length);
  const own = sequences[first.options[1][0].sequence];
  assert.deepEqual(own.tokens, [...prompt, ...long.slice(0, -1)]);
  assert.deepEqual(
    first.options[1].map(({ scored }) => own.scored[scored]),
    long.map((next, i) => ({ at: prompt.length - 1 + i, next })),
  );
  // Scores made up: each token −1, but −3 for the second item's wrong option.
  const scores = sequences.map(({ scored }) => scored.map(() => ({ logProb: -1, top: true })));
  const { sequence, scored } = second.options[1][0];
  scores[sequence][scored] = { logProb: -3, top: false };
  const { accuracy, exact, log_prob } = probeBehavior(encoded[0].items, scores);
  const tokens = first.options.map((option) => option.length);
  assert.equal(accuracy, (tokens[1] < tokens[0] ? 0.5 : 0) + 0.5);
  assert.equal(log_prob, (-tokens[1] - 1) / 2);
  assert.equal(exact, 1);
  scores[sequence][second.options[0][0].scored] = { logProb: -1, top: false };
  assert.equal(probeBehavior([second], scores).exact, 0);
  const even = sequences.map((each) => each.scored.map(() => ({ logProb: -1, top: false })));
  assert.equal(probeBehavior([second], even).accuracy, 0, 'a tie is wrong');
  assert.throws(
    () => encodeProbes([{ name: 'own', about: '', items, chance: 0.5 }], tokenizer, 1),
    /Item 0 of probe set own has \d+ tokens; this model takes 1 to 1/,
  );
});

test('a probe set that is not one is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'anatomy-probes-'));
  const write = (content: object) =>
    writeFileSync(join(folder, 'bad.json'), JSON.stringify({ name: 'bad', about: '', ...content }));
  write({ items: [] });
  assert.throws(() => readSets(folder), /bad.json is not a probe set/);
  for (const item of [
    { prompt: 'a', options: ['b'], answer: 0 },
    { prompt: 'a', options: ['b', 'b'], answer: 0 },
    { prompt: 'a', options: ['b', 'c'], answer: 2 },
    { prompt: '', options: ['b', 'c'], answer: 1 },
  ]) {
    write({ items: [item] });
    assert.throws(() => readSets(folder), /bad.json, item 0: it needs/);
  }
  rmSync(folder, { recursive: true });
});
