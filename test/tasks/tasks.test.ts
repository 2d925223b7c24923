import assert from 'node:assert/strict';
import test from 'node:test';
import {
  CHARACTERS,
  CONTEXT,
  decode,
  END,
  encode,
  generator,
  numbered,
  pack,
  type Question,
  RUNGS,
  TASKS,
  type Task,
  TaskSet,
  taskSet,
  VOCABULARY,
} from '../../lib/tasks';

/** Each task's rule once more, written independently of lib/tasks, with the paper's ranges. */
const RULES: Record<string, (input: string[], answer: string, level: number) => boolean> = {
  COPY: (input, answer, level) =>
    input.length === [3, 5, 8][level - 1] && answer === input.join(' '),
  REV: (input, answer, level) =>
    input.length === [3, 5, 8][level - 1] && answer === [...input].reverse().join(' '),
  CMP: ([a, b], answer, level) =>
    between([a, b], level) &&
    answer === (Number(a) < Number(b) ? 'LESS' : a === b ? 'EQUAL' : 'GREATER'),
  PAR: (input, answer, level) =>
    input.length === [4, 6, 8][level - 1] &&
    answer === (input.filter((bit) => bit === '1').length % 2 ? 'ODD' : 'EVEN'),
  ADD: ([a, b], answer, level) =>
    between([a, b], level) && Number(answer) === Number(a) + Number(b),
  MOD: ([x, p], answer, level) =>
    [
      [2, 3, 5, 7],
      [7, 11, 13],
      [13, 17, 19, 23],
    ][level - 1].includes(Number(p)) &&
    Number(x) <= 10 * Number(p) &&
    Number(answer) === Number(x) - Number(p) * Math.floor(Number(x) / Number(p)),
  SORT: (input, answer, level) =>
    input.length === [3, 5, 8][level - 1] && answer === [...input].sort().join(' '),
  MUL: ([a, b], answer, level) =>
    between([a], level === 3 ? 2 : 1) &&
    between([b], level === 1 ? 1 : 2) &&
    BigInt(answer) === BigInt(a) * BigInt(b),
};

function between(numbers: string[], digits: number): boolean {
  return numbers.every((text) => text.length === digits && String(Number(text)) === text);
}

const set = taskSet();

for (const at of set.levels) {
  test(`${at.task} ${at.level}: every answer follows the rule`, () => {
    assert.ok(RULES[at.task], `RULES lacks ${at.task}: write its rule once more there`);
    for (let i = 0; i < 1000; i++) {
      const { prompt, answer } = set.text(at, i);
      const match = /^([A-Z]+) (.*) =$/.exec(prompt)!;
      assert.equal(match[1], at.task);
      const input = match[2].split(' ');
      assert.ok(RULES[at.task](input, answer, at.level), `${prompt}${answer}`);
    }
  });
}

test('the alphabet has 41 symbols and every line fits the context', () => {
  assert.equal(VOCABULARY, 41);
  assert.equal(decode(encode(CHARACTERS)), CHARACTERS);
  const longest = set.levels.flatMap((at) =>
    set.samples(at).map((question) => set.sequence(at, question).tokens.length - 1),
  );
  assert.ok(Math.max(...longest) <= CONTEXT, String(Math.max(...longest)));
  assert.throws(() => encode('a'), /"a" in "a" is not in the alphabet/);
});

test('a line is TASK input =answer and END; format is a choice', () => {
  const at = set.level('SORT', 1);
  const question: Question = { input: [3, 1, 2], answer: [1, 2, 3] };
  const { tokens, answerFrom } = set.sequence(at, question);
  assert.equal(decode(tokens), 'SORT 3 1 2 =1 2 3.');
  assert.equal(decode(tokens.slice(answerFrom)), '1 2 3.');
  const other = taskSet(['SORT'], { listBlanks: false, blankAfterEquals: true, endToken: false });
  assert.equal(decode(other.sequence(other.level('SORT', 1), question).tokens), 'SORT 312 = 123');
});

test('chance and blind answers agree with counting by hand', () => {
  const chance = (task: string, level: number) => set.blind.chance(set.level(task, level));
  const close = (found: number, wanted: number) =>
    assert.ok(Math.abs(found - wanted) < 1e-12, `${found}`);
  close(chance('PAR', 3), 1 / 2);
  close(chance('CMP', 1), 0.45);
  close(chance('ADD', 1), 1 / 10);
  close(chance('COPY', 3), 1e-8);
  // Of 0 × 0 … 9 × 9, 19 are 0.
  close(chance('MUL', 1), 0.19);
  // x mod p is 0 at 11 of 10 p + 1 numbers; p is drawn first.
  close(chance('MOD', 2), (11 / 71 + 11 / 111 + 11 / 131) / 3);
  // The formula of large levels is that of small ones, which are counted.
  const { levels } = TASKS.find(({ name }) => name === 'SORT')!;
  const counts = new Map<string, number>();
  for (const [{ answer }, share] of levels[0].every!()) {
    counts.set(answer.join(), (counts.get(answer.join()) ?? 0) + share);
  }
  close(Math.max(...counts.values()), 6 / 1000);
  assert.ok(Math.abs(chance('SORT', 3) - 40_320 / 1e8) < 1e-12);
  const first = set.blind.next('level', set.level('PAR', 1), 0, encode('=')[0]);
  assert.deepEqual(
    first.tokens.map((token) => decode([token])),
    ['E', 'O'],
  );
  assert.ok(Math.abs(first.entropy - Math.LN2) < 1e-12);
  const end = set.blind.next('level', set.level('COPY', 1), 5, encode('7')[0]);
  assert.deepEqual([end.tokens, end.entropy], [[END], 0]);
});

test('a finer rung of blind answers is never the less certain on average', () => {
  const entropy = RUNGS.map((rung) => {
    let [sum, count] = [0, 0];
    for (const at of set.levels) {
      for (const question of set.samples(at).slice(0, 100)) {
        const { tokens, answerFrom } = set.sequence(at, question);
        for (let i = answerFrom; i < tokens.length; i++, count++) {
          sum += set.blind.next(rung, at, i - answerFrom, tokens[i - 1]).entropy;
        }
      }
    }
    return sum / count;
  });
  const [token, previous, task, level] = entropy;
  assert.ok(token > previous && previous > task && task > level, String(entropy));
});

test('batches depend on seed and step alone; tasks and levels are drawn evenly', () => {
  const tokens = (seed: number, step: number) =>
    set.batchAt(seed, step, 64).map((line) => line.tokens);
  assert.deepEqual(tokens(1, 7), tokens(1, 7));
  assert.notDeepEqual(tokens(1, 7), tokens(1, 8));
  assert.notDeepEqual(tokens(1, 7), tokens(2, 7));
  const counts = new Float64Array(set.levels.length);
  for (let step = 1; step <= 300; step++) {
    for (const { at } of set.batchAt(0, step, 64)) counts[at.index]++;
  }
  // 800 of each are expected; five standard deviations are 138.
  assert.ok(
    counts.every((count) => Math.abs(count - 800) < 138),
    String(counts),
  );
});

test("packed rows hold every line once, in order, and nothing of one line is another's", () => {
  const lines = set.batchAt(3, 1, 64);
  const packed = pack(lines, CONTEXT);
  assert.equal(packed.inputs.length % (4 * CONTEXT), 0);
  lines.forEach(({ tokens, answerFrom }, i) => {
    const start = packed.starts[i];
    const own = [...packed.inputs.subarray(start, start + tokens.length - 1)];
    assert.deepEqual(own, tokens.slice(0, -1));
    const next = [...packed.targets.subarray(start, start + tokens.length - 1)];
    assert.deepEqual(next, tokens.slice(1));
    const weights = packed.weights.subarray(start, start + tokens.length - 1);
    assert.equal(
      weights.reduce((a, b) => a + b),
      tokens.length - answerFrom,
    );
    assert.equal(packed.owners[start], i);
    assert.equal(Math.floor(start / CONTEXT), Math.floor((start + tokens.length - 2) / CONTEXT));
  });
  assert.equal(
    packed.owners.filter((owner) => owner >= 0).length,
    lines.reduce((sum, { tokens }) => sum + tokens.length - 1, 0),
  );
  assert.throws(() => pack(lines, 20), /A line has \d+ tokens and the context holds 21/);
});

test("a task of one's own is one object; other runs keep their samples", () => {
  const double: Task = {
    name: 'DOUBLE',
    rule: 'give twice the number',
    levels: [numbered('double a digit', 10, (n) => ({ input: [n], answer: [2 * n] }))],
  };
  const wider = new TaskSet([...TASKS, double]);
  assert.equal(wider.levels.length, set.levels.length + 1);
  const at = wider.level('DOUBLE', 1);
  assert.match(decode(wider.sequence(at, wider.samples(at)[0]).tokens), /^DOUBLE \d =\d+\.$/);
  assert.equal(wider.blind.chance(at), 1 / 10);
  assert.deepEqual(wider.samples(wider.level('ADD', 2)), set.samples(set.level('ADD', 2)));
  assert.notEqual(wider.info.fingerprint, set.info.fingerprint);
  assert.throws(() => new TaskSet([double, double]), /Two tasks are called DOUBLE/);
  const strange = { ...double, name: 'double' };
  assert.throws(() => new TaskSet([strange]), /"d" in "double . =" is not in the alphabet/);
});

test('what is unknown is named with what is known', () => {
  assert.throws(() => taskSet(['ADD', 'DIV']), /Unknown task "DIV": use one or more of COPY, REV/);
  assert.throws(() => set.level('DIV', 1), /Unknown task "DIV"/);
  assert.throws(() => set.level('ADD', 4), /Unknown level 4 of ADD: use one of 1, 2, 3/);
});

test('random numbers are even and normal, and keyed', () => {
  const random = generator(0, 'test');
  const draws = Array.from({ length: 20_000 }, () => random.gaussian());
  const mean = draws.reduce((a, b) => a + b) / draws.length;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.04, `${mean} ${variance}`);
  assert.notEqual(generator(0, 'a').uniform(), generator(0, 'b').uniform());
});
