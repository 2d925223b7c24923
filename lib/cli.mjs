// The door of every npm script: makes sure that what the command needs is set up, then runs it.
// Plain JavaScript on Node's own modules, because on a fresh clone nothing else is there yet.
// Messages go to standard error, so that a command's --json output stays clean.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamps = join(root, '.cache', 'setup');
const NPM_MINUTES = 10;

const [command, ...argv] = process.argv.slice(2);
checkNode();
try {
  installPackages();
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
process.exitCode = await main(command ?? 'help', argv);

/** TensorFlow's binding uses functions that Node 23 removed (tensorflow/tfjs #8425). */
function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major !== 20 && major !== 22) {
    fail(
      `Node ${process.versions.node} does not work with @tensorflow/tfjs-node-gpu: ` +
        'install Node 22 or 20 (for example "nvm install 22") and run the command again.',
    );
  }
}

/** Installs the locked npm packages where they are missing or the lock file has changed. */
function installPackages() {
  const lock = join(root, 'package-lock.json');
  const key = hash(readFileSync(lock), process.platform, process.arch);
  const present = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(present) && stamped('npm', key)) return;
  say('Installing npm packages (about half a minute) …');
  const flags = ['--no-audit', '--no-fund', '--fetch-retries=1', '--fetch-timeout=60000'];
  const done = spawnSync('npm', ['ci', '--ignore-scripts', ...flags], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    timeout: NPM_MINUTES * 60_000,
    env: { ...process.env, NODE_ENV: '' },
  });
  if (done.error?.code === 'ETIMEDOUT') {
    fail(`npm took over ${NPM_MINUTES} minutes: check the network, then run the command again.`);
  }
  if (done.status !== 0) {
    fail(
      'npm could not install the packages (see above): check the network and the registry or proxy ' +
        'that "npm config list" shows, then run the command again; it carries on from here.',
    );
  }
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
  const needed = /^(?!test\/|\s)/m.test(done.stdout) || ['test', 'check'].includes(command);
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
