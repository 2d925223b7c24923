/**
 * Loaded by the kernel's process before tslab (see lib/environment/kernel.ts): any amount of output arrives in
 * order, an error of the user is one line, and a bare frame at the end of a cell is a table.
 */
import { usersLine } from '../files/problem';
import './end-with-parent';
import { CellText, inOrder } from './output';
import { HOME, report } from './reports';
import { isFrame, table } from './table';

interface Socket {
  send(message: unknown): Promise<void>;
  close(): void;
  sendHighWaterMark: number;
}
type WriteText = (stream: string, text: string) => void;
type WriteData = (data: unknown, update: boolean) => void;
type Method = (...args: never[]) => Promise<unknown>;

process.chdir(process.env[HOME] ?? '.');

const { ZmqServer, JupyterHandlerImpl } = require('tslab/dist/jupyter');

const bindSocket: Method = ZmqServer.prototype.bindSocket;
ZmqServer.prototype.bindSocket = function (socket: Socket, ...rest: never[]) {
  if (socket === this.iopub) {
    socket.sendHighWaterMark = 0; // None: above it, ZeroMQ drops messages in silence.
    // The socket itself takes no other methods.
    const send = inOrder((message) => socket.send(message));
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
  const showBelow: WriteData = (data, update) => {
    text.flush();
    show(data, update);
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
