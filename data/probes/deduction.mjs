// Puzzles in the form of BIG-Bench-Hard's logical deduction (Suzgun et al. 2022): a few objects in a fixed order,
// clues that leave exactly one order, and one statement to be chosen. The wording is ours.

const SCENES = [
  {
    open: (n, list) => `On a shelf, there are ${n} books: ${list}.`,
    things: ['a red book', 'a blue book', 'a green book', 'a white book', 'a black book', 'a gray book', 'a yellow book'],
    more: ['to the left of', 'to the right of'],
    rank: (i, n) =>
      i === 0 ? 'the leftmost' : i === n - 1 ? 'the rightmost' : `the ${ORDINALS[i]} from the left`,
  },
  {
    open: (n, list) => `In a race, there were ${n} runners: ${list}.`,
    things: ['Ada', 'Ben', 'Cora', 'Dan', 'Eve', 'Finn', 'Gus'],
    verb: 'finished',
    more: ['ahead of', 'behind'],
    rank: (i, n) => (i === n - 1 ? 'last' : ORDINALS[i]),
  },
  {
    open: (n, list) => `A market sells ${n} fruits: ${list}.`,
    things: ['apples', 'pears', 'plums', 'melons', 'grapes', 'cherries', 'lemons'],
    plural: true,
    more: ['cheaper than', 'more expensive than'],
    rank: (i, n) =>
      i === 0
        ? 'the cheapest'
        : i === n - 1
          ? 'the most expensive'
          : `the ${ORDINALS[i]}-cheapest`,
  },
  {
    open: (n, list) => `In a village, there are ${n} buildings: ${list}.`,
    things: ['a mill', 'a school', 'a church', 'an inn', 'a bakery', 'a library', 'a barn'],
    more: ['older than', 'newer than'],
    rank: (i, n) =>
      i === 0 ? 'the oldest' : i === n - 1 ? 'the newest' : `the ${ORDINALS[i]}-oldest`,
  },
  {
    open: (n, list) => `On a branch, there are ${n} birds: ${list}.`,
    things: ['a robin', 'a crow', 'an owl', 'a hawk', 'a jay', 'a wren', 'a finch'],
    more: ['to the left of', 'to the right of'],
    rank: (i, n) =>
      i === 0 ? 'the leftmost' : i === n - 1 ? 'the rightmost' : `the ${ORDINALS[i]} from the left`,
  },
];
const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];
const NUMBERS = { 3: 'three' };

/** `a, b, and c`. */
function enumerate(list) {
  return `${list.slice(0, -1).join(', ')}, and ${list.at(-1)}`;
}

function permutations(n) {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
  );
}

/**
 * One puzzle of n objects: `{ prompt, options, answer }`. Clues are drawn until they leave one order; those that
 * the others imply are dropped, so that every clue is needed.
 */
export function deductionItem(n, draw) {
  const scene = draw.pick(SCENES);
  const things = draw.some(scene.things, n);
  const place = draw.shuffled(things.map((_, i) => i)); // place[thing]
  const bare = things.map((thing) => thing.replace(/^an? /, 'the '));
  const named = (thing) => bare[thing].replace(/^the /, 'The ').replace(/^[a-z]/, (c) => `The ${c}`);
  const inside = (thing) => (/^[a-z]/.test(bare[thing]) && !bare[thing].startsWith('the ') ? `the ${bare[thing]}` : bare[thing]);
  const verb = scene.verb ?? (scene.plural ? 'are' : 'is');
  const clues = [];
  for (let a = 0; a < n; a++) {
    clues.push({
      about: a,
      text: `${named(a)} ${verb} ${scene.rank(place[a], n)}.`,
      holds: (order) => order[a] === place[a],
    });
    for (let b = 0; b < n; b++) {
      if (a === b) continue;
      const before = place[a] < place[b];
      clues.push({
        text: `${named(a)} ${verb} ${scene.more[before ? 0 : 1]} ${inside(b)}.`,
        holds: (order) => order[a] < order[b] === before,
      });
    }
  }
  const orders = permutations(n);
  const left = (chosen) => orders.filter((order) => chosen.every(({ holds }) => holds(order))).length;
  let chosen = [];
  for (const clue of draw.shuffled(clues)) {
    if (left(chosen) === 1) break;
    if (left([...chosen, clue]) < left(chosen)) chosen.push(clue);
  }
  for (const clue of [...chosen]) {
    const others = chosen.filter((each) => each !== clue);
    if (left(others) === 1) chosen = others;
  }
  // The place of an object whose place no clue gives outright.
  const told = new Set(chosen.map(({ about }) => about));
  const asked = place[draw.pick(things.map((_, thing) => thing).filter((thing) => !told.has(thing)))];
  const letters = 'ABCDE';
  const statements = things.map((_, thing) => `${named(thing)} ${verb} ${scene.rank(asked, n)}.`);
  const prompt =
    `Q: The following paragraph describes a set of ${NUMBERS[n]} objects arranged in a fixed order. ` +
    `The statements are logically consistent within the paragraph. ${scene.open(NUMBERS[n], enumerate(things))} ` +
    `${chosen.map(({ text }) => text).join(' ')}\nOptions:\n` +
    `${statements.map((text, i) => `(${letters[i]}) ${text}`).join('\n')}\nA: (`;
  return {
    prompt,
    options: [...letters.slice(0, n)],
    answer: place.indexOf(asked),
  };
}
