// The door of every npm script: makes sure that what the command needs is set up, then runs it.
// Plain JavaScript on Node's own modules, because on a fresh clone nothing else is there yet.
// Messages go to standard error, so that a command's --json output stays clean.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamps = join(root, '.cache', 'setup');
/** Holds the number of the process that is setting up. */
const turn = join(stamps, 'turn');
const NPM_MINUTES = 10;

const [command, ...argv] = process.argv.slice(2);
checkNode();
try {
  checkHome();
  await takeTurn();
  await installPackages();
  build();
} catch (error) {
  if (['ENOSPC', 'EROFS', 'EACCES', 'EDQUOT'].includes(error.code)) {
    fail(
      `Cannot write ${error.path ?? root} (${error.code}): set-up writes only inside the clone; ` +
        'free space or make it writable, then run the command again.',
    );
  }
  throw error;
}
const require = createRequire(import.meta.url);
const { main } = require(join(root, 'lib/dist/lib/commands/main.js'));
process.exitCode = await main(command ?? 'help', argv, endTurn);

/** Node 20 is the oldest that is tried; newer ones work as they come. */
function checkNode() {
  if (Number(process.versions.node.split('.')[0]) >= 20) return;
  fail(
    `Node ${process.versions.node} is too old: install Node 20 or newer (for example "nvm install --lts") ` +
      'and run the command again.',
  );
}

/** Where there is no home folder or it cannot be written, npm, pip and browsers take one inside the clone. */
function checkHome() {
  try {
    accessSync(homedir(), constants.W_OK);
  } catch {
    process.env.HOME = join(root, '.cache', 'home');
    if (!existsSync(process.env.HOME)) mkdirSync(process.env.HOME, { recursive: true });
  }
}

/** Waits for a set-up that another process does here: two would delete each other's work. */
async function takeTurn() {
  for (let told = false; ; ) {
    try {
      mkdirSync(stamps, { recursive: true });
      writeFileSync(turn, `${process.pid}`, { flag: 'wx' });
      process.once('exit', endTurn);
    } catch (error) {
      if (error.code === 'EROFS' || error.code === 'EACCES') return; // What stands can be used.
      if (error.code !== 'EEXIST') throw error;
    }
    const other = holder();
    if (other === process.pid) return;
    if (other && !alive(other)) {
      try {
        rmSync(turn, { force: true });
      } catch {
        return; // It was set up to where that one came, and nothing can be written any more.
      }
    } else if (other && !told) {
      say(`Process ${other} sets up this clone: waiting for it.`);
      told = true;
    }
    await new Promise((resolve) => setTimeout(resolve, 100 + 100 * Math.random()));
  }
}

function endTurn() {
  if (holder() === process.pid) rmSync(turn, { force: true });
}

/** Who sets up; 0 where nobody does, or the file is just being written. */
function holder() {
  try {
    return Number(readFileSync(turn, 'utf8'));
  } catch {
    return 0;
  }
}

function alive(id) {
  try {
    return process.kill(id, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Installs the locked npm packages where they are missing or the lock file has changed. */
async function installPackages() {
  const lock = join(root, 'package-lock.json');
  const key = hash(readFileSync(lock), process.platform, process.arch);
  const present = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(present) && stamped('npm', key)) return;
  const flags = ['--no-audit', '--no-fund', '--fetch-retries=1', '--fetch-timeout=60000'];
  const child = spawn('npm', ['ci', '--ignore-scripts', ...flags], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    timeout: NPM_MINUTES * 60_000,
    env: { ...process.env, NODE_ENV: '' },
  });
  const start = Date.now();
  const seconds = () => `npm packages ${Math.round((Date.now() - start) / 1000)} s`;
  // On a terminal npm itself shows that it works.
  const timer = setInterval(() => process.stderr.isTTY || say(`  ${seconds()}`), 15_000);
  const [status, signal] = await new Promise((resolve) => {
    child.on('error', () => resolve([1, null]));
    child.on('close', (...end) => resolve(end));
  });
  clearInterval(timer);
  if (signal === 'SIGTERM') {
    fail(`npm took over ${NPM_MINUTES} minutes: check the network, then run the command again.`);
  }
  if (status !== 0) {
    fail(
      'npm could not install the packages (see above): check the network and the registry or proxy ' +
        'that "npm config list" shows, then run the command again; it carries on from here.',
    );
  }
  say(`  ${seconds()}: done`);
  stamp('npm', key);
}

/** Compiles lib/ and test/ to lib/dist where a source has changed. */
function build() {
  const sources = [...list(join(root, 'lib')), ...list(join(root, 'test'))].sort();
  const state = sources.map((path) => {
    const { size, mtimeMs } = statSync(path);
    return `${path} ${size} ${mtimeMs}`;
  });
  const key = hash(readFileSync(join(root, 'tsconfig.json')), ...state);
  if (existsSync(join(root, 'lib/dist/lib/index.js')) && stamped('build', key)) return;
  say('Compiling TypeScript …');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const done = spawnSync(process.execPath, [tsc, '-p', root], {
    cwd: root,
    stdio: ['ignore', 'pipe', 2],
    encoding: 'utf8',
  });
  if (done.status === 0) {
    stamp('build', key);
    return;
  }
  process.stderr.write(done.stdout);
  // What is wrong in a test alone keeps nobody from working.
  const needed = /^(?!test\/)\S/m.test(done.stdout) || ['test', 'check'].includes(command);
  if (needed) fail('TypeScript found errors (see above): mend them and run the command again.');
}

function* list(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'dist' || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* list(path);
    else if (entry.name.endsWith('.ts')) yield path;
  }
}

function hash(...parts) {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return sum.digest('hex');
}

function stamped(name, key) {
  const path = join(stamps, name);
  return existsSync(path) && readFileSync(path, 'utf8') === key;
}

function stamp(name, key) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, name), key);
}

function say(message) {
  process.stderr.write(`${message}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
