/**
 * Runs `work` with a signal that aborts when the user interrupts: the stop button of JupyterLab or Ctrl-C.
 * tslab rejects only the cell that waits and lets its loops run on, so long work must watch the signal.
 * The second interrupt of a terminal ends the process, should the first be too slow.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);
  try {
    return await work(stop.signal);
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
  }
}
