import { breathe } from '../environment/pace';

/**
 * Runs `work` with a signal that aborts when the user interrupts: the stop button of JupyterLab or Ctrl-C.
 *
 * tslab's own answer is to reject the cell at once and let its loops run on beside the next cell, so until `work` has
 * ended the interrupt is ours alone. A second one goes to whoever listened before: tslab, which gives the cell back, or in
 * a terminal nobody, which ends the process.
 *
 * ```ts
 * const run = await interruptible((signal) => train({ scale: 'nano', steps: 200, signal }));
 * ```
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  // A notebook runs the synchronous start of a cell with all SIGINT listeners taken away (Node's
  // `breakOnSigint`), and afterwards sets the signal to end the process unless it listens anew from then on.
  await breathe();
  const stop = new AbortController();
  const others = process.listeners('SIGINT');
  const onInterrupt = () => {
    handBack();
    stop.abort();
  };
  const handBack = () => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
    for (const listener of others) process.on('SIGINT', listener);
  };
  for (const listener of others) process.off('SIGINT', listener);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  try {
    return await work(stop.signal);
  } finally {
    if (!stop.signal.aborted) handBack();
  }
}
