import assert from 'node:assert/strict';
import test from 'node:test';
import {
  batchAt,
  CONTEXT,
  decode,
  diagnostics,
  diagnosticsFingerprint,
  END,
  type Example,
  encode,
  generator,
  PAD,
  pack,
  packedRows,
  TASK_LEVELS,
  tagToken,
  taskLevel,
  VOCABULARY,
} from '../../lib/tasks';

/** Each task's rule once more, written independently of lib/tasks. */
const RULES: Record<string, (example: Example, level: number) => boolean> = {
  COPY: ({ prompt, answer }) => prompt === answer,
  REV: ({ prompt, answer }) =>
    answer.length === prompt.length &&
    [...answer].every((letter, i) => letter === prompt.at(-1 - i)),
  CMP: ({ prompt, answer }) => {
    const [a, b] = prompt.split(',').map(Number);
    return a !== b && answer === (a < b ? '<' : '>');
  },
  PAR: ({ prompt, answer }) =>
    Number(answer) === [...prompt].reduce((parity, bit) => parity ^ Number(bit), 0),
  ADD: ({ prompt, answer }) => {
    const [a, b] = prompt.split('+').map(BigInt);
    return BigInt(answer) === a + b;
  },
  MOD: ({ prompt, answer }, level) => {
    const [a, b] = prompt.split('+').map(Number);
    const p = [7, 23, 53][level - 1];
    return a < p && b < p && Number(answer) < p && (a + b - Number(answer)) % p === 0;
  },
  SORT: ({ prompt, answer }) => {
    const count = (text: string) => [...'0123456789'].map((d) => text.split(d).length - 1).join();
    const rising = [...answer].every((digit, i) => i === 0 || answer[i - 1] <= digit);
    return rising && count(prompt) === count(answer);
  },
  MUL: ({ prompt, answer }) => {
    const [a, b] = prompt.split('*').map(BigInt);
    return BigInt(answer) === a * b && a > 1n && b > 1n;
  },
};

for (const at of TASK_LEVELS) {
  test(`${at.task} ${at.level}: every answer follows the rule`, () => {
    const random = generator(1, 'test');
    const lengths = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      const example = at.draw(random);
      assert.ok(RULES[at.task](example, at.level), `${example.prompt}=${example.answer}`);
      const label = at.probe.label(example);
      assert.ok(Number.isInteger(label) && label >= 0 && label < at.probe.classes);
      lengths.add(example.prompt.length + example.answer.length);
    }
    assert.equal(lengths.size, 1, 'all sequences of a task-level have one length');
  });
}

test('sizes of input spaces and chance agree with counting, where that is feasible', () => {
  for (const at of TASK_LEVELS.filter(({ inputs }) => inputs <= 1000)) {
    const answers = new Map<string, string>();
    const random = generator(2, 'count');
    for (let i = 0; i < at.inputs * 25; i++) {
      const { prompt, answer } = at.draw(random);
      answers.set(prompt, answer);
    }
    assert.equal(answers.size, at.inputs, `${at.task} ${at.level}`);
    const counts = new Map<string, number>();
    for (const answer of answers.values()) counts.set(answer, (counts.get(answer) ?? 0) + 1);
    const most = Math.max(...counts.values()) / at.inputs;
    assert.ok(
      Math.abs(most - at.chance) < 1e-12,
      `${at.task} ${at.level}: ${most} and ${at.chance}`,
    );
  }
});

test('text survives encoding, and characters outside the alphabet are named', () => {
  assert.equal(decode(encode('12+34=046')), '12+34=046');
  assert.throws(() => encode('1?2'), /"\?" in "1\?2" is not in the alphabet/);
});

test('a sequence is tag, prompt, =, answer, END, with weight on answer and END only', () => {
  const at = taskLevel('ADD', 1);
  const { inputs, targets, weights, promptPosition, examples } = diagnostics(at);
  const { prompt, answer } = examples[0];
  const all = [tagToken(at.index), ...encode(`${prompt}=${answer}`), END];
  assert.deepEqual([...inputs.subarray(0, all.length - 1)], all.slice(0, -1));
  assert.deepEqual([...targets.subarray(0, all.length - 1)], all.slice(1));
  assert.equal(decode([inputs[promptPosition[0]]]), '=');
  const weighted = [...weights.subarray(0, CONTEXT)].flatMap((w, i) => (w ? [targets[i]] : []));
  assert.deepEqual(weighted, [...encode(answer), END]);
  assert.equal(inputs[CONTEXT - 1], PAD);
  assert.ok(Math.max(...inputs) < VOCABULARY);
});

test('batches depend on seed and step alone and are dealt evenly', () => {
  assert.deepEqual(batchAt(3, 7, 128), batchAt(3, 7, 128));
  assert.notDeepEqual(batchAt(3, 7, 128).inputs, batchAt(3, 8, 128).inputs);
  assert.notDeepEqual(batchAt(3, 7, 128).inputs, batchAt(4, 7, 128).inputs);
  const counts = new Map<number, number>();
  for (let step = 1; step <= 24; step++) {
    const { inputs } = batchAt(0, step, 128);
    for (let row = 0; row < 128; row++) {
      const tag = inputs[row * CONTEXT];
      counts.set(tag, (counts.get(tag) ?? 0) + 1);
    }
  }
  assert.deepEqual([...new Set(counts.values())], [128]);
  assert.equal(counts.size, 24);
});

test('packing keeps every sequence whole, with its positions, in few rows', () => {
  const size = 50;
  const sequences = batchAt(2, 9, size);
  const { inputs, targets, weights, positions } = pack(sequences, 30);
  assert.equal(inputs.length, 30 * CONTEXT);
  const found: string[] = [];
  for (let start = 0; start < inputs.length; start++) {
    if (positions[start] !== 0 || inputs[start] === PAD) continue;
    let end = start + 1;
    while (end % CONTEXT !== 0 && positions[end] === end - start) end++;
    found.push([inputs, targets, weights].map((of) => of.subarray(start, end).join()).join('|'));
  }
  const wanted = Array.from({ length: size }, (_, row) => {
    const length = sequences.targets.subarray(row * CONTEXT, (row + 1) * CONTEXT).indexOf(END) + 1;
    const part = (of: Int32Array | Float32Array) =>
      of.subarray(row * CONTEXT, row * CONTEXT + length).join();
    return [sequences.inputs, sequences.targets, sequences.weights].map(part).join('|');
  });
  assert.deepEqual(found.sort(), wanted.sort());
  const tokens = (of: { targets: Int32Array }) =>
    of.targets.filter((token) => token !== PAD).length;
  assert.equal(tokens({ targets }), tokens(sequences));
  // In whole chunks: the same rows, then padding.
  const [least, chunks] = [pack(sequences), pack(sequences, 0, 16)];
  assert.equal(chunks.inputs.length, 32 * CONTEXT);
  assert.deepEqual(chunks.inputs.subarray(0, least.inputs.length), least.inputs);
  assert.ok(chunks.owners.subarray(least.inputs.length).every((owner) => owner === -1));
});

test('one round of the deal tells how many rows any packed batch takes', () => {
  for (const size of [1, 5, 24, 128]) {
    const most = packedRows(size);
    for (let step = 1; step <= 60; step++) {
      const rows = pack(batchAt(7, step, size)).inputs.length / CONTEXT;
      assert.ok(rows <= most, `${size} sequences at step ${step}: ${rows} of ${most} rows`);
    }
  }
  assert.equal(packedRows(128), 65);
});

test('diagnostic samples are fixed; withheld prompts never come up in training', () => {
  assert.equal(diagnosticsFingerprint(), diagnosticsFingerprint());
  const withheld = new Map(
    TASK_LEVELS.filter((at) => diagnostics(at).withheld).map((at) => [
      tagToken(at.index),
      new Set(diagnostics(at).examples.map(({ prompt }) => prompt)),
    ]),
  );
  assert.ok(withheld.size >= 8);
  for (let step = 1; step <= 300; step++) {
    const { inputs, promptPosition } = batchAt(0, step, 128);
    for (let row = 0; row < 128; row++) {
      const start = row * CONTEXT;
      const prompt = decode(inputs.subarray(start + 1, start + promptPosition[row]));
      assert.ok(!withheld.get(inputs[start])?.has(prompt), prompt);
    }
  }
});

test('the generator is uniform and normal', () => {
  const random = generator(5, 'moments');
  const normal = Array.from({ length: 20_000 }, () => random.gaussian());
  const mean = normal.reduce((a, b) => a + b) / normal.length;
  const variance = normal.reduce((a, b) => a + b * b, 0) / normal.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `${mean} ${variance}`);
  const counts = [0, 0, 0];
  for (let i = 0; i < 9000; i++) counts[random.below(3)]++;
  for (const count of counts) assert.ok(Math.abs(count - 3000) < 200, String(counts));
});

test('unknown tasks and levels are named with the known ones', () => {
  assert.throws(() => taskLevel('SUB', 1), /Unknown task "SUB": use one of COPY, REV/);
  assert.throws(() => taskLevel('ADD', 4), /Unknown level 4 of ADD: use 1, 2 or 3/);
  assert.throws(() => batchAt(0, 1, 8, []), /no task-level/);
});
