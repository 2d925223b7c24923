// Questions about the novels of data/corpus, from their end, which the stand-ins never train on: the only sets of
// which they can have read the like. The prompt is what stands before a word; the right option is that word.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Share of the text, at its end, from which items are drawn; training leaves the last 5 % of the tokens out. */
const HELD_OUT = 0.048;
/** Words before the one that is asked for. */
const CONTEXT = [12, 32];

/** Forms of which grammar allows one in most places. */
const FORMS = [
  ['was', 'were'],
  ['is', 'are'],
  ['has', 'have'],
  ['he', 'him'],
  ['they', 'them'],
  ['I', 'me'],
  ['himself', 'herself'],
  ['this', 'these'],
];

/** Places in the held-out text: a word of small letters (or `I`), and the words before it, in one paragraph. */
function places(text) {
  const border = Math.ceil(text.length * (1 - HELD_OUT));
  const paragraphs = text.slice(text.indexOf('\n', border) + 1).split('\n');
  return paragraphs.flatMap((paragraph) => {
    const words = paragraph.split(' ');
    return words.flatMap((full, at) => {
      const word = full.replace(/[.,;:!?"]+$/, '');
      const whole = /^([a-z]+|I)$/.test(word) && at >= CONTEXT[0];
      return whole ? [{ word, prompt: words.slice(Math.max(0, at - CONTEXT[1]), at).join(' ') }] : [];
    });
  });
}

/** How often each word stands in the text that may be trained on. */
function frequencies(text) {
  const counts = new Map();
  const known = text.slice(0, Math.floor(text.length * (1 - HELD_OUT)));
  for (const [word] of known.matchAll(/(?<![A-Za-z'-])[a-z]+(?![A-Za-z'-])/g)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Both sets: `words`, four of one frequency to choose from, and `forms`, two forms of a word. */
export function novelSets(corpus, draw) {
  const text = gunzipSync(readFileSync(corpus)).toString('utf8');
  const found = draw.shuffled(places(text));
  const counts = frequencies(text);
  const band = (word) => Math.floor(Math.log2(counts.get(word) ?? 0));
  const bands = new Map();
  for (const word of [...counts.keys()].sort()) {
    if (word.length >= 4) bands.set(band(word), [...(bands.get(band(word)) ?? []), word]);
  }

  // From 64 to 2,047 times: known to a model that has read, and not words of grammar alone.
  const content = found.filter(({ word }) => word.length >= 4 && band(word) >= 6 && band(word) <= 10);
  const words = content.slice(0, 160).map(({ word, prompt }) => {
    const others = bands.get(band(word)).filter((other) => other !== word);
    return draw.item(prompt, ` ${word}`, draw.some(others, 3).map((other) => ` ${other}`));
  });

  const forms = FORMS.flatMap(([one, other]) => {
    const of = (right, wrong) =>
      found
        .filter(({ word }) => word === right)
        .slice(0, 10)
        .map(({ prompt }) => draw.item(prompt, ` ${right}`, [` ${wrong}`]));
    return [...of(one, other), ...of(other, one)];
  });
  return { words, forms };
}
