import { Worker } from 'node:worker_threads';
import { STARTED_BY } from './reports';

/**
 * Loaded by the kernel's process: ends it when the Jupyter that started it is gone, however that ended, or the command
 * that started that Jupyter. Jupyter stops its kernels only where it is asked to stop; killed, it would leave each of
 * them behind with a gigabyte of memory. A thread of its own looks, since a compilation blocks the main one; a training
 * has been saved some seconds before.
 */
const SECONDS = 2;

const WATCH = `
const parent = process.ppid;
const command = Number(process.env.${STARTED_BY} ?? parent);
setInterval(() => {
  try {
    process.kill(command, 0);
    if (process.ppid === parent) return;
  } catch {}
  process.kill(process.pid, 'SIGKILL');
}, ${SECONDS * 1000});`;

// Without the kernel's own arguments: its preload would load this file again in the thread.
new Worker(WATCH, { eval: true, execArgv: [] }).unref();
