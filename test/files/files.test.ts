import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { appendCsv, type Column, cutCsv, readCsv } from '../../lib/files/csv';
import { readJson } from '../../lib/files/json';
import { lockFolder } from '../../lib/files/lock';
import { writing } from '../../lib/files/problem';
import { makeFolder, writeWhole } from '../../lib/files/whole';

const home = mkdtempSync(join(tmpdir(), 'anatomy-files-'));
test.after(() => rmSync(home, { recursive: true }));

const COLUMNS: Column[] = [
  { name: 'step' },
  { name: 'note', text: true },
  { name: 'value', optional: true, digits: 3 },
];

test('rows come back as they went, quoted where they must be', () => {
  const path = join(home, 'a.csv');
  appendCsv(path, COLUMNS, [{ step: 0, note: 'a "b", c\nd', value: 1.23456 }]);
  appendCsv(path, COLUMNS, [
    { step: 1, note: '', value: undefined },
    { step: 2, note: 'x', value: Number.NaN },
  ]);
  assert.deepEqual(readCsv(path, COLUMNS), [
    { step: 0, note: 'a "b", c d', value: 1.23 },
    { step: 1, note: '', value: undefined },
    { step: 2, note: 'x', value: undefined },
  ]);
  assert.equal(cutCsv(path, COLUMNS, 1).length, 2);
  assert.equal(readCsv(path, COLUMNS).length, 2);
});

test('a table that cannot be read is not cut', () => {
  const path = join(home, 'edited.csv');
  for (const text of [
    '',
    'step',
    'step\r0\r9\r',
    'step,value\r\n0,1\r\n9,1\r\n',
    'step,value\n0,1,5\n9,1,5\n',
  ]) {
    writeFileSync(path, text);
    assert.throws(() => cutCsv(path, COLUMNS, 3), /edited.csv/);
    assert.equal(readFileSync(path, 'utf8'), text);
  }
});

test('a column more leaves older tables readable, and they are written anew when rows come', () => {
  const path = join(home, 'b.csv');
  appendCsv(path, COLUMNS.slice(0, 2), [{ step: 0, note: 'old' }]);
  assert.deepEqual(readCsv(path, COLUMNS), [{ value: undefined, step: 0, note: 'old' }]);
  appendCsv(path, COLUMNS, [{ step: 1, note: 'new', value: 2 }]);
  assert.equal(readFileSync(path, 'utf8'), 'step,note,value\n0,old,\n1,new,2\n');
});

test('a full disk is said, and the file from before stays', (t) => {
  if (!existsSync('/dev/full')) return t.skip('needs /dev/full, which only Linux has');
  const full = () => writing('x.csv', () => appendFileSync('/dev/full', 'a row'));
  assert.throws(full, /Cannot write x.csv: the disk is full/);
  const whole = join(home, 'whole.txt');
  writeWhole(whole, 'before');
  assert.throws(() => writeWhole(join(whole, 'inside'), 'x'));
  assert.equal(readFileSync(whole, 'utf8'), 'before');
});

test('JSON that is none is named with its remedy', () => {
  const path = join(home, 'x.json');
  for (const text of ['', '[1]', 'null', '{']) {
    writeFileSync(path, text);
    assert.throws(() => readJson(path, 'restore it'), /x.json cannot be read \(.*\): restore it\./);
  }
});

test('one process holds a folder; a lock of a process that is gone is taken over', () => {
  const path = mkdtempSync(join(home, 'lock-'));
  const lock = join(path, 'lock');
  const unlock = lockFolder(path, 'the run');
  assert.throws(() => lockFolder(path, 'the run'), /the run is in use by process \d+/);
  unlock();
  assert.ok(!existsSync(lock));
  writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 - 1, host: 'elsewhere', started: '' }));
  assert.throws(() => lockFolder(path, 'the run'), /in use by process 4194303 on elsewhere/);
  // A machine that has been silent for half an hour.
  const before = new Date(Date.now() - 30 * 60_000);
  utimesSync(lock, before, before);
  lockFolder(path, 'the run')();
  assert.ok(!existsSync(lock));
  writeFileSync(lock, '');
  lockFolder(path, 'the run')();
  assert.ok(!existsSync(lock));
});

test('what a killed process has left half written goes when the folder is held again; nobody else’s does', () => {
  const path = mkdtempSync(join(home, 'left-'));
  mkdirSync(join(path, 'weights'));
  const dead = [
    'lock.4194303',
    'run.json.4194303.partial',
    'weights/a.safetensors.4194303.partial',
  ];
  const stay = [`x.csv.${process.pid}.partial`, 'my.partial', 'lock.txt'];
  for (const name of [...dead, ...stay]) writeFileSync(join(path, name), '');
  lockFolder(path, 'the run')();
  assert.deepEqual(readdirSync(path).sort(), [...stay, 'weights'].sort());
  assert.deepEqual(readdirSync(join(path, 'weights')), []);
});

test('of many processes that find the lock of one that is gone, one at a time holds the folder', async () => {
  const path = mkdtempSync(join(home, 'race-'));
  const log = join(home, 'race.log');
  const gone = { pid: 2 ** 22 - 1, host: hostname(), started: '' };
  writeFileSync(join(path, 'lock'), JSON.stringify(gone));
  const module = join(__dirname, '../../lib/files/lock.js');
  const script = `
    const { appendFileSync } = require('node:fs');
    const unlock = require(${JSON.stringify(module)}).lockFolder(${JSON.stringify(path)}, 'the run');
    appendFileSync(${JSON.stringify(log)}, 'in ');
    setTimeout(() => { appendFileSync(${JSON.stringify(log)}, 'out '); unlock(); }, 100);`;
  const ends = Array.from({ length: 8 }, () => {
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    return new Promise((resolve) => child.on('close', resolve));
  });
  await Promise.all(ends);
  assert.match(readFileSync(log, 'utf8'), /^(in out )+$/);
  assert.ok(!existsSync(join(path, 'lock')));
});

test('folders are made one by one, also where the system never lets them be', () => {
  makeFolder(join(home, 'a', 'b', 'c'));
  assert.ok(existsSync(join(home, 'a', 'b', 'c')));
  writeFileSync(join(home, 'file'), '');
  assert.throws(() => makeFolder(join(home, 'file', 'x')), /Cannot write .*a part of this path/);
  if (existsSync('/proc/self')) assert.throws(() => makeFolder('/proc/anatomy/x'), /Cannot write/);
});
