/**
 * Loaded by the kernel's process before tslab (see lib/environment/setup.ts): any amount of output arrives in order, an
 * error of the user is one line, a bare frame at the end of a cell is a table, and no kernel outlives its parent.
 */
import { Worker } from 'node:worker_threads';
import type { Publisher } from 'zeromq';
import { usersLine } from '../files/problem';
import { CellText, inOrder, type WriteText } from './output';
import { HOME, report, STARTED_BY } from './reports';
import { isFrame, table } from './table';

type WriteData = (data: unknown, update: boolean) => void;
type Method = (...args: never[]) => Promise<unknown>;

/**
 * Ends this process when the Jupyter that started it is gone, or the command that started that Jupyter: killed, it would
 * leave its kernels behind with a gigabyte of memory each. A thread of its own looks, since a compilation blocks the
 * main one.
 */
const WATCH = `
const parent = process.ppid;
const command = Number(process.env.${STARTED_BY} ?? parent);
setInterval(() => {
  try {
    process.kill(command, 0);
    if (process.ppid === parent) return;
  } catch {}
  process.kill(process.pid, 'SIGKILL');
}, 2000);`;

// Without the kernel's own arguments: its preload would load this file again in the thread.
new Worker(WATCH, { eval: true, execArgv: [] }).unref();

process.chdir(process.env[HOME] ?? '.');

const { ZmqServer, JupyterHandlerImpl } = require('tslab/dist/jupyter');

const bindSocket: Method = ZmqServer.prototype.bindSocket;
ZmqServer.prototype.bindSocket = function (socket: Publisher, ...rest: never[]) {
  if (socket === this.iopub) {
    socket.sendHighWaterMark = 0; // None: above it, ZeroMQ drops messages in silence.
    // The socket itself takes no other methods.
    const send = inOrder((message) => socket.send(message as never));
    this.iopub = { send, close: () => socket.close() };
  }
  return bindSocket.call(this, ...([socket, ...rest] as never[]));
};

const execute: Method = JupyterHandlerImpl.prototype.handleExecuteImpl;
JupyterHandlerImpl.prototype.handleExecuteImpl = async function (
  request: unknown,
  write: WriteText,
  show: WriteData,
) {
  const text = new CellText(write);
  const showBelow: WriteData = (...given) => {
    text.flush();
    show(...given);
  };
  try {
    return await execute.call(this, ...([request, text.print, showBelow] as never[]));
  } finally {
    text.close();
    report({ kind: 'cell' });
  }
};

const { error, log } = console;
console.error = (...args) => error(...args.map((one) => usersLine(one) ?? one));
console.log = (...args) => (args.length === 1 && isFrame(args[0]) ? table(args[0]) : log(...args));
