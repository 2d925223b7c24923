/**
 * Loaded before tslab: ends the kernel when the Jupyter that started it is gone, however that ended. Jupyter stops its
 * kernels only where it is asked to stop; killed, it would leave each of them behind with a gigabyte of memory.
 */
const parent = process.ppid;
const SECONDS = 2;

setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, SECONDS * 1000).unref();
