// What XLA has compiled, kept in .cache/xla for the next process: compiling a run's functions takes up to minutes.
//
// XLA writes an entry in place and takes one that was cut short for an error. So each process has a folder of its own:
// it begins with links to the entries that are whole, and what is new in it moves to the others once it is written.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const { join } = require('node:path');

const ROOT = join(__dirname, '..', '..', '..');
const LIBRARIES = join(ROOT, '.cache', 'tensorflow', 'tensorflow');
const CACHE = join(ROOT, '.cache', 'xla');
const FLAG = '--tf_xla_persistent_cache_directory';
/** Bytes that may lie there; the oldest go. A nano run takes 4 MB, the tests 200. */
const LIMIT = 2e9;

/** Folders of this processor's entries and of this process; undefined where nothing is kept. */
let kept;
let own;

/**
 * Sets the cache up, before the library is loaded. Nothing is kept where the clone is read-only or the user has set
 * the flag (to nothing, say: `TF_XLA_FLAGS=--tf_xla_persistent_cache_directory=`).
 */
exports.open = () => {
  // A parent process may have left its own folder there.
  const flags = (process.env.TF_XLA_FLAGS ?? '').split(` ${FLAG}='${CACHE}`)[0];
  if (flags.includes(FLAG)) return;
  try {
    kept = join(CACHE, machine(flags));
    fs.mkdirSync(kept, { recursive: true });
    const names = sweep();
    own = fs.mkdtempSync(join(kept, `process-${process.pid}-`));
    for (const name of names) fs.linkSync(join(kept, name), join(own, name));
  } catch {
    own = undefined;
    return;
  }
  process.env.TF_XLA_FLAGS = `${flags} ${FLAG}='${own}'`;
  process.on('exit', () => {
    try {
      fs.rmSync(own, { recursive: true, force: true });
    } catch {
      // The next process takes it away.
    }
  });
};

/** Gives what this process has compiled to the next ones. */
exports.keep = () => {
  if (!own) return;
  try {
    for (const name of fs.readdirSync(own)) {
      const path = join(own, name);
      if (fs.statSync(path).nlink === 1) fs.renameSync(path, join(kept, name));
    }
  } catch {
    // A full disk, or a cache that somebody empties, costs the next process its time and this one nothing.
  }
};

/** What decides over XLA's code, besides the function: its own version, the processor, the threads, its flags. */
function machine(flags) {
  const libraries = fs.readdirSync(LIBRARIES).map((name) => {
    const { size, mtimeMs } = fs.statSync(join(LIBRARIES, name));
    return [name, size, mtimeMs];
  });
  const cpuinfo = fs.existsSync('/proc/cpuinfo') ? fs.readFileSync('/proc/cpuinfo', 'utf8') : '';
  const features = /^(flags|Features)\s*:.*$/m.exec(cpuinfo)?.[0];
  const processor = [os.cpus()[0]?.model, features, os.availableParallelism()];
  const all = JSON.stringify([libraries, processor, process.env.XLA_FLAGS, flags]);
  return createHash('sha256').update(all).digest('hex').slice(0, 16);
}

/**
 * Takes away the folders of processes that have died, entries that a full disk or a power cut has cut short, and the
 * oldest ones where there are too many.
 * @returns names of the entries that are left.
 */
function sweep() {
  for (const name of fs.readdirSync(kept)) {
    const pid = /^process-(\d+)-/.exec(name)?.[1];
    if (pid && !isLive(Number(pid))) fs.rmSync(join(kept, name), { recursive: true, force: true });
  }
  const all = fs.readdirSync(kept).filter((name) => name.endsWith('.pb'));
  const entries = all.map((name) => ({ name, ...fs.statSync(join(kept, name)) }));
  let bytes = 0;
  const left = entries
    .sort((a, b) => b.mtimeMs - a.mtimeMs)
    .filter(({ name, size }) => {
      bytes += size;
      const path = join(kept, name);
      if (bytes <= LIMIT && isWhole(path, size)) return true;
      fs.rmSync(path, { force: true });
      return false;
    });
  return left.map(({ name }) => name);
}

/** True for a file that is a sequence of protocol buffers' fields with lengths, as XLA's entries are, to its end. */
function isWhole(path, size) {
  const file = fs.openSync(path);
  const head = Buffer.alloc(11);
  let at = 0;
  while (at < size) {
    fs.readSync(file, head, 0, head.length, at);
    let end = 1;
    let length = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      length += (head[end] & 127) * 2 ** shift;
      if (head[end++] < 128) break;
    }
    if ((head[0] & 7) !== 2) break;
    at += end + length;
  }
  fs.closeSync(file);
  return size > 0 && at === size;
}

function isLive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
