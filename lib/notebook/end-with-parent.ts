import { STARTED_BY } from './reports';

/**
 * Loaded by the kernel's process: ends it when the Jupyter that started it is gone, however that ended, or the command
 * that started that Jupyter. Jupyter stops its kernels only where it is asked to stop; killed, it would leave each of
 * them behind with a gigabyte of memory.
 */
const SECONDS = 2;

const parent = process.ppid;
const command = Number(process.env[STARTED_BY] ?? parent);

setInterval(() => {
  try {
    process.kill(command, 0);
    if (process.ppid === parent) return;
  } catch {}
  process.exit(1);
}, SECONDS * 1000).unref();
