import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { COMMANDS, load } from '../../lib/commands/main';
import {
  choice,
  command,
  flag,
  helpText,
  number,
  readOptions,
  text,
  whole,
} from '../../lib/commands/options';
import { ROOT } from '../../lib/environment/paths';
import { Problem, usersLine } from '../../lib/files/problem';

const walk = command({
  words: { value: 'PLACE', help: 'where to' },
  options: {
    scale: choice(['nano', 'micro'], 'how large').or('nano'),
    steps: whole(1, 'how far', 100).or(4),
    learningRate: number(0, 'how fast', 10),
    keep: whole(0, 'which to keep').list(),
    parameter: text('NAME=VALUE', 'another value', 'p').repeated(),
    noTitle: flag('without'),
  },
  run: async () => 0,
});
const read = (...argv: string[]) => readOptions('walk', walk, argv);

test('options have their types and defaults; what is not given is not there', () => {
  assert.deepEqual(read(), {
    values: { scale: 'nano', steps: 4, parameter: [], noTitle: false },
    words: [],
  });
  const { values, words } = read(
    ...[
      'home',
      '--learning-rate',
      '1e-3',
      '--keep=0,10',
      '-p',
      'a=1',
      '-pb=2',
      '--no-title',
      'away',
    ],
  );
  assert.deepEqual(words, ['home', 'away']);
  assert.deepEqual(values, {
    ...{ scale: 'nano', steps: 4, learningRate: 0.001, keep: [0, 10], noTitle: true },
    parameter: ['a=1', 'b=2'],
  });
});

const BAD: [string[], RegExp][] = [
  [['--steps', '-5'], /^--steps is "-5", which is not a whole number from 1 to 100\.$/],
  [['--steps', '0'], /--steps is "0"/],
  [['--steps', '1e9'], /--steps is "1e9"/],
  [['--steps', '1.5'], /--steps is "1.5"/],
  [['--steps', 'abc'], /--steps is "abc"/],
  [['--steps', ''], /--steps is ""/],
  [['--steps', ' '], /--steps is " "/],
  [['--steps', '0x10'], /--steps is "0x10"/],
  [['--steps', '10,000'], /--steps is "10,000"/],
  [['--steps', 'NaN'], /--steps is "NaN"/],
  [['--steps', 'Infinity'], /--steps is "Infinity"/],
  [['--steps'], /--steps has no value: give a whole number from 1 to 100/],
  [['--steps', '--scale', 'nano'], /--steps has no value/],
  [['--steps', '5', '--steps', '6'], /--steps is given twice/],
  [['--stps', '5'], /no option --stps: did you mean --steps\?; "npm run walk -- --help" lists/],
  [['--constructor', '5'], /no option --constructor;/],
  [['-5'], /no option -5/],
  [['-x'], /no option -x/],
  [
    ['--scale', 'nanno'],
    /--scale is "nanno", which is not one of nano, micro: did you mean nano\?/,
  ],
  [['--scale', 'NANO'], /did you mean nano/],
  [['--scale', 'tiny'], /--scale is "tiny", which is not one of nano, micro\.$/],
  [['--learning-rate', '0'], /--learning-rate is "0", which is not a number above 0/],
  [['--learning-rate', '-1e-3'], /--learning-rate is "-1e-3"/],
  [['--keep', '1,abc'], /--keep is "1,abc", and "abc" is not a whole number of 0 or more/],
  [['--keep', '1,,2'], /and "" is not/],
  [['--keep', 'abc'], /--keep is "abc"/],
  [['--no-title=no'], /--no-title takes no value, and "no" was given/],
  [['-p', ''], /-p is ""/],
];
for (const [argv, said] of BAD) {
  test(`"${argv.join(' ')}" is refused as typed`, () => {
    assert.throws(
      () => read(...argv),
      (error: Error) => error instanceof Problem && said.test(error.message),
    );
  });
}

test('what is left over is refused, and so is what npm keeps for itself', (context) => {
  const strict = { options: walk.options };
  assert.throws(
    () => readOptions('walk', strict, ['steps']),
    /"steps" is left over: did you mean --steps/,
  );
  Object.assign(process.env, { npm_config_no_title: 'true', npm_lifecycle_event: 'walk' });
  context.after(() => {
    delete process.env.npm_config_no_title;
    delete process.env.npm_lifecycle_event;
  });
  assert.throws(
    () => read(),
    /npm kept --no-title for itself: write "npm run walk -- --no-title …"/,
  );
});

test('help comes from the declarations', () => {
  const help = helpText('walk', 'Walks.', walk);
  assert.match(help, /^npm run walk -- \[PLACE …\] \[options\]\n\nWalks\.\n/);
  assert.match(help, /--steps N +how far \(a whole number from 1 to 100; default 4\)/);
  assert.match(help, /--learning-rate X +how fast \(a number above 0 and below 10\)/);
  assert.match(help, /--keep N,… +which to keep/);
  assert.match(help, /-p, --parameter NAME=VALUE +another value\n/);
  assert.ok(help.split('\n').every((line) => line.length <= 100));
});

test('package.json has a script for every command, and no other', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  assert.deepEqual(Object.keys(scripts).sort(), Object.keys(COMMANDS).sort());
  for (const [name, line] of Object.entries(scripts))
    assert.equal(line, `node lib/cli.mjs ${name}`);
});

test('every command that reads its options has help', () => {
  for (const [name, about] of Object.entries(COMMANDS)) {
    const loaded = load(name);
    if (loaded.passesOn) continue;
    const help = helpText(name, about, loaded);
    assert.match(help, new RegExp(`^npm run ${name}[\\s\\S]*--help +this text`));
  }
});

test('help lists the commands, and an unknown one is named with its nearest', () => {
  const typed = (...argv: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'lib/cli.mjs'), ...argv], { encoding: 'utf8' });
  const help = typed('help');
  assert.equal(help.status, 0);
  for (const name of Object.keys(COMMANDS))
    assert.match(help.stdout, new RegExp(`^  ${name} `, 'm'));
  const wrong = typed('tarin');
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /^There is no command "tarin": did you mean train\?; "npm run help"/m);
  assert.match(typed('start', '--help').stdout, /^npm run start\n/);
});

test('errors of the user are one line; faults of ours keep their trace', () => {
  const file = Object.assign(new Error('EISDIR'), { code: 'EISDIR', path: '/a' });
  assert.equal(usersLine(file), '/a: this is a folder where a file is needed.');
  assert.equal(usersLine(new Problem('no')), 'no');
  assert.equal(
    usersLine(new RangeError('seed is -1: give 0 or more.')),
    'seed is -1: give 0 or more.',
  );
  const deep = (): number => deep() + 1;
  for (const ours of [deep, () => new Array(-1), () => 'x'.repeat(-1)]) {
    assert.throws(ours, (error) => error instanceof RangeError && usersLine(error) === undefined);
  }
  assert.equal(usersLine(new TypeError('x is not a function')), undefined);
});
