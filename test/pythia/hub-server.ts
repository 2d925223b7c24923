import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with the next requests for a file's content, in this order; then nothing does. */
export interface Fault {
  /** The line breaks after so many bytes. */
  readonly cutAfter?: number;
  readonly status?: number;
  readonly retryAfter?: string;
  /** The hub's own header that tells of limits. */
  readonly rateLimit?: string;
  /** Sent in the place of the file. */
  readonly instead?: Buffer;
  readonly ignoreRange?: true;
  /** A web page in the place of what was asked for, with 200. */
  readonly page?: true;
}

/** A server on this machine that speaks the part of the hub's API that downloads need. */
export class HubServer {
  /** Files by `repo/revision/path`. */
  readonly files = new Map<string, Buffer>();
  readonly faults: Fault[] = [];
  /** What goes wrong with the next listings: a status, or a fault that has one. */
  readonly listFaults: (number | Fault)[] = [];
  /** Every request for content: its path, and where it starts. */
  readonly asked: string[] = [];
  private readonly server = createServer((request, response) => this.answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = decodeURIComponent(request.url!.split('?')[0]);
    const tree = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/(.+)$/.exec(url);
    if (tree) {
      const fault = this.listFaults.shift();
      if (typeof fault === 'object' && fault.page) return void page(response);
      if (fault)
        return void refuse(response, typeof fault === 'number' ? { status: fault } : fault);
      this.list(`${tree[1]}/${tree[2]}/`, response);
      return;
    }
    const file = /^\/([^/]+\/[^/]+)\/resolve\/(.+)$/.exec(url);
    const content = file && this.files.get(`${file[1]}/${file[2]}`);
    if (!content) return void response.writeHead(404, { 'X-Error-Code': 'EntryNotFound' }).end();
    this.send(request, response, content, file[2]);
  }

  private list(prefix: string, response: ServerResponse): void {
    const own = [...this.files].filter(([path]) => path.startsWith(prefix));
    if (own.length === 0) {
      const headers = { 'X-Error-Code': 'RevisionNotFound', 'Content-Type': 'application/json' };
      return void response.writeHead(404, headers).end('{"error": "Invalid rev id"}');
    }
    const entries = own.map(([path, content]) => {
      const sha256 = createHash('sha256').update(content).digest('hex');
      const git = createHash('sha1')
        .update(`blob ${content.length}\0`)
        .update(content)
        .digest('hex');
      const large = /\.(safetensors|bin)$/.test(path);
      return {
        type: 'file',
        oid: git,
        size: content.length,
        path: path.slice(prefix.length),
        ...(large && { lfs: { oid: sha256, size: content.length, pointerSize: 134 } }),
      };
    });
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(entries));
  }

  private send(
    request: IncomingMessage,
    response: ServerResponse,
    content: Buffer,
    path: string,
  ): void {
    const range = /^bytes=(\d+)-/.exec(request.headers.range ?? '');
    const from = range ? Number(range[1]) : 0;
    this.asked.push(`${path}@${from}`);
    const fault: Fault = this.faults.shift() ?? {};
    if (fault.page) return void page(response);
    if (fault.status) return void refuse(response, fault);
    const whole = fault.instead ?? content;
    const start = fault.ignoreRange ? 0 : from;
    const part = whole.subarray(start);
    const headers: Record<string, string | number> = { 'Content-Length': part.length };
    if (start) headers['Content-Range'] = `bytes ${start}-${whole.length - 1}/${whole.length}`;
    response.writeHead(start ? 206 : 200, headers);
    if (fault.cutAfter) {
      response.write(part.subarray(0, fault.cutAfter), () => {
        setTimeout(() => response.destroy(), 20);
      });
      return;
    }
    response.end(part);
  }
}

function page(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end('<h1>Log in</h1>');
}

function refuse(response: ServerResponse, { status = 500, retryAfter, rateLimit }: Fault): void {
  response
    .writeHead(status, {
      ...(retryAfter && { 'Retry-After': retryAfter }),
      ...(rateLimit && { RateLimit: rateLimit }),
    })
    .end();
}
