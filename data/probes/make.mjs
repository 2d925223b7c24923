// Writes the probe sets, data/probes/*.json and data/probes/novels/*.json: node data/probes/make.mjs
//
// The sets and their sizes are the paper's; the items are ours, since the paper does not print its own. Every sentence
// of the first was written for this project; facts are common knowledge. The others are from novels.mjs. The paper's
// seventh set, 200 passages of general text, is drawn when it is needed (lib/pythia/probes.ts). Sets that follow a
// pattern are drawn from word lists with a fixed seed. An item is a prompt, the options that may follow it, and the
// place of the right one. Options start with the space that a tokenizer expects before a word.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deductionItem } from './deduction.mjs';
import { novelSets } from './novels.mjs';
import * as words from './words.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** mulberry32: a small generator of numbers in [0, 1), the same everywhere. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws for one set: pick one, several, shuffle. */
function draws(seed) {
  const random = generator(seed);
  const below = (n) => Math.floor(random() * n);
  const shuffled = (list) => {
    const all = [...list];
    for (let i = all.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [all[i], all[j]] = [all[j], all[i]];
    }
    return all;
  };
  return {
    below,
    shuffled,
    pick: (list) => list[below(list.length)],
    some: (list, count) => shuffled(list).slice(0, count),
    /** The item with its options in random order. */
    item: (prompt, right, wrong) => {
      const options = shuffled([right, ...wrong]);
      return { prompt, options, answer: options.indexOf(right) };
    },
  };
}

/** `make` until there are `count` items with different prompts. */
function distinct(count, make) {
  const items = new Map();
  for (let tries = 0; items.size < count; tries++) {
    if (tries > 100 * count) throw new Error(`only ${items.size} different items`);
    const item = make(items.size);
    items.set(item.prompt, item);
  }
  return [...items.values()];
}

/** `A|B` lines as pairs. */
const pairs = (text) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split('|'));

function syntax() {
  const draw = draws(1);
  const { nouns, people, places } = words;
  const agreement = () => {
    const plural = draw.below(2);
    const [head, attractor] = draw.some(nouns, 2);
    const form = draw.below(3);
    const subject = head[plural];
    const other = attractor[1 - plural];
    const near = draw.pick(['near', 'behind', 'beside', 'next to']);
    const prompt = [
      `The ${subject} ${near} the ${other}`,
      `The ${subject} that the ${draw.pick(people)[1 - plural]} bought`,
      `Everyone could see that the ${subject} in the ${draw.pick(places)}`,
    ][form];
    const [one, many] = draw.pick([[' is', ' are'], [' was', ' were'], [' has', ' have']]);
    return draw.item(prompt, plural ? many : one, [plural ? one : many]);
  };
  const reflexive = () => {
    const [one, many, pronoun] = draw.pick(words.gendered);
    const plural = draw.below(2);
    const verb = draw.pick(words.reflexiveVerbs);
    const other = draw.pick(people.filter(([person]) => person !== one))[1 - plural];
    return draw.item(
      `The ${plural ? many : one} who knew the ${other} ${verb}`,
      plural ? ' themselves' : pronoun,
      [plural ? pronoun : ' themselves'],
    );
  };
  const determiner = () => {
    const [one, many] = draw.pick(nouns);
    const plural = draw.below(2);
    const verb = draw.pick(['bought', 'found', 'painted', 'sold', 'wanted', 'forgot', 'cleaned']);
    const person = draw.pick(words.names);
    const prompt = `${person} ${verb} ${plural ? draw.pick(['these', 'those', 'several']) : draw.pick(['this', 'that', 'one'])}`;
    return draw.item(prompt, plural ? ` ${many}` : ` ${one}`, [plural ? ` ${one}` : ` ${many}`]);
  };
  return distinct(36, (i) => [agreement, agreement, reflexive, determiner][i % 4]());
}

function semantics() {
  const draw = draws(2);
  const others = (list, right, near) =>
    draw.some([...new Set(list.map(([, b]) => b))].filter((word) => word !== right && word !== near), 3);
  const from = (text, prompt) => {
    const list = pairs(text);
    return draw.some(list, 10).map(([a, b]) =>
      draw.item(prompt(a), ` ${b}`, others(list, b, a).map((word) => ` ${word}`)),
    );
  };
  return [
    ...from(words.antonyms, (a) => `The opposite of "${a}" is "`).map((item) => ({
      ...item,
      // A quotation mark, not a space, comes before the word.
      options: item.options.map((option) => option.slice(1)),
    })),
    ...from(words.kinds, (a) => `${/^[aeiou]/.test(a) ? 'An' : 'A'} ${a} is a kind of`),
    ...from(words.uses, (a) => `${a} with a`),
  ];
}

function arithmetic() {
  const draw = draws(3);
  return distinct(200, (i) => {
    const level = i % 4;
    const a = level < 2 ? 1 + draw.below(9) : 10 + draw.below(40);
    const b = level < 2 ? 1 + draw.below(9) : 1 + draw.below(level === 2 ? 9 : 40);
    const sign = draw.pick(level < 2 ? ['plus', 'minus', 'times'] : ['plus', 'minus']);
    const [x, y] = sign === 'minus' && a < b ? [b, a] : [a, b];
    const right = { plus: x + y, minus: x - y, times: x * y }[sign];
    const wrong = new Set();
    while (wrong.size < 3) {
      const near = right + draw.pick([-10, -3, -2, -1, 1, 2, 3, 10]);
      if (near >= 0 && near !== right) wrong.add(near);
    }
    return draw.item(
      `Q: What is ${x} ${sign} ${y}?\nA:`,
      ` ${right}`,
      [...wrong].map((value) => ` ${value}`),
    );
  });
}

function inContext() {
  const draw = draws(4);
  const { things, colors, nonsense } = words;
  /** A list is repeated and breaks off: what came next the first time comes next again. */
  const repeat = () => {
    const list = draw.some(things, 6);
    const cut = 2 + draw.below(3);
    return draw.item(
      `${list.join(' ')} . ${list.slice(0, cut).join(' ')}`,
      ` ${list[cut]}`,
      list.filter((_, i) => i > cut || i < cut - 1).slice(0, 3).map((word) => ` ${word}`),
    );
  };
  /** Made-up names get colors; one is asked for again. */
  const lookUp = () => {
    const keys = draw.some(nonsense, 4);
    const values = draw.some(colors, 4);
    const asked = draw.below(3);
    return draw.item(
      `${keys.map((key, i) => `${key}: ${values[i]}`).join('\n')}\n${keys[asked]}:`,
      ` ${values[asked]}`,
      values.filter((_, i) => i !== asked).map((value) => ` ${value}`),
    );
  };
  /** Three examples of a rule over made-up labels, then a new case. */
  const rule = () => {
    const [one, two] = draw.some(nonsense, 2);
    const [first, second] = draw.some(words.classes, 2);
    const cases = draw.shuffled([
      ...draw.some(first, 4).map((word) => [word, one]),
      ...draw.some(second, 4).map((word) => [word, two]),
    ]);
    const [asked, label] = cases.pop();
    return draw.item(
      `${cases.map(([word, own]) => `${word} - ${own}`).join('\n')}\n${asked} -`,
      ` ${label}`,
      [` ${label === one ? two : one}`],
    );
  };
  return distinct(16, (i) => [repeat, lookUp, rule][i % 3]());
}

function facts() {
  const draw = draws(5);
  const all = words.facts.flatMap(([prompt, text]) => {
    const list = pairs(text);
    return list.map(([a, b]) => {
      const wrong = draw.some([...new Set(list.map(([, other]) => other))].filter((other) => other !== b), 3);
      return draw.item(prompt.replace('…', a), ` ${b}`, wrong.map((other) => ` ${other}`));
    });
  });
  return draw.some(all, 51);
}

function reasoning() {
  const draw = draws(6);
  const { names, comparisons, containers, objects } = words;
  const order = () => {
    const [a, b, c] = draw.some(names, 3);
    const [than, most, least] = draw.pick(comparisons);
    const top = draw.below(2);
    const said = draw.shuffled([`${a} is ${than} than ${b}.`, `${b} is ${than} than ${c}.`]);
    return draw.item(`${said.join(' ')} The ${top ? most : least} of the three is`, ` ${top ? a : c}`, [
      ` ${b}`,
      ` ${top ? c : a}`,
    ]);
  };
  const where = () => {
    const [one, two] = draw.some(names, 2);
    const [x, y] = draw.some(objects, 2);
    const [p, q, r] = draw.some(containers, 3);
    const moved = draw.below(2);
    const prompt =
      `${one} put the ${x} in the ${p} and the ${y} in the ${q}.` +
      (moved ? ` Later ${two} moved the ${x} to the ${r}.` : ` Later ${two} looked into the ${r}.`) +
      ` Now the ${x} is in the`;
    return draw.item(prompt, ` ${moved ? r : p}`, [` ${q}`, ` ${moved ? p : r}`]);
  };
  const all = () => {
    const [kind, other] = draw.some(nonsenseKinds, 2);
    const [good, bad] = draw.some(words.colors, 2);
    const name = draw.pick(names);
    return draw.item(
      `All ${kind} are ${good}. All ${other} are ${bad}. ${name} is one of the ${kind}. So the color of ${name} is`,
      ` ${good}`,
      [` ${bad}`],
    );
  };
  const nonsenseKinds = words.nonsense.map((word) => `${word.toLowerCase()}s`);
  const drawn = distinct(18, (i) => [order, where, all][i % 3]());
  const common = draw.some(pairs(words.commonSense), 8).map(([prompt, right, wrong]) =>
    draw.item(prompt, ` ${right}`, [` ${wrong}`]),
  );
  return [...drawn, ...common];
}

function deduction() {
  const draw = draws(8);
  return distinct(100, () => deductionItem(3, draw));
}

const SETS = {
  syntactic: [syntax, 'agreement of verbs past a distracting noun, reflexives, and determiners'],
  semantic: [semantics, 'opposites, kinds of things, and what is done with what'],
  arithmetic: [arithmetic, 'sums, differences and products of small numbers'],
  'in-context': [inContext, 'lists that repeat, look-up of made-up names, labels learned from examples'],
  factual: [facts, 'capitals, languages, authors, chemistry, animals and other common knowledge'],
  logical: [reasoning, 'order of three, where a thing is now, class membership, and everyday sense'],
  deduction: [deduction, 'order of three objects from clues, in the form of BIG-Bench-Hard'],
};

const OURS = { source: 'written for this project (data/probes/make.mjs)', license: 'MIT' };
const AUSTEN = {
  source: 'the end of data/corpus/austen.txt.gz, which the stand-ins never train on (data/probes/novels.mjs)',
  license: 'public domain',
};

/** Writes one set, after a look at its items. */
function write(path, head, items) {
  const prompts = new Set(items.map(({ prompt }) => prompt));
  if (prompts.size !== items.length) throw new Error(`${path} has a prompt twice`);
  for (const { prompt, options, answer } of items) {
    if (new Set(options).size !== options.length || answer < 0) throw new Error(`${path}: ${prompt}`);
  }
  const lines = items.map((item) => `    ${JSON.stringify(item)}`).join(',\n');
  const text = JSON.stringify(head, null, 2).slice(0, -2);
  writeFileSync(join(here, path), `${text},\n  "items": [\n${lines}\n  ]\n}\n`);
  process.stdout.write(`${head.name}: ${items.length} items\n`);
}

for (const [name, [make, about]] of Object.entries(SETS)) {
  write(`${name}.json`, { name, about, ...OURS }, make());
}
mkdirSync(join(here, 'novels'), { recursive: true });
const { words: novelWords, forms } = novelSets(join(here, '..', 'corpus', 'austen.txt.gz'), draws(9));
const about = 'in sentences of the novels that no stand-in has read';
write('novels/words.json', { name: 'novel-words', about: `the next word, of four that are equally common, ${about}`, ...AUSTEN }, novelWords);
write('novels/forms.json', { name: 'novel-forms', about: `the right form of two (was or were, he or him), ${about}`, ...AUSTEN }, forms);
