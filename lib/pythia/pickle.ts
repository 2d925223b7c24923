/**
 * Reads a pickle without executing anything. A pickle is a program for a small stack machine that may call
 * any Python function; here the machine can build plain values only, and the few functions that a PyTorch
 * checkpoint names stand on an allow-list of makers given by the caller. All else is refused.
 */

/** Thrown for whatever is not allowed or cannot be read; the caller adds the file's name. */
export class PickleError extends Error {}

/** What a maker makes of its arguments. */
export type Maker = (args: unknown[]) => unknown;

/** What may appear in a pickle besides plain values. */
export interface Allowed {
  /** Names as `module name`, with what they stand for: a maker, or a plain value such as a type. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** What a persistent id stands for. */
  readonly persistent: (id: unknown) => unknown;
}

const MARK = Symbol('mark');
const STOP = '.';

/**
 * Runs the pickle's program (protocols 2 to 5) on plain values. Dictionaries become Maps, lists and tuples
 * arrays.
 * @throws PickleError for a name that is not on the list, an operation outside the allowed ones, or bytes that
 * end early.
 */
export function readPickle(bytes: Buffer, allowed: Allowed): unknown {
  const machine = new Machine(bytes, allowed);
  for (;;) {
    const code = machine.byte();
    const name = String.fromCharCode(code);
    if (name === STOP) return machine.pop();
    if (!Object.hasOwn(OPERATIONS, name)) {
      throw new PickleError(`it holds operation 0x${code.toString(16)}, which is not allowed`);
    }
    OPERATIONS[name](machine);
  }
}

/** The operations that are allowed, by their codes in Python's pickletools. */
const OPERATIONS: Readonly<Record<string, (m: Machine) => void>> = {
  '\x80': (m) => m.byte(), // PROTO: a newer one shows in its operations
  '\x95': (m) => m.take(8), // FRAME: only a hint
  '(': (m) => m.push(MARK),
  '0': (m) => m.pop(),
  N: (m) => m.push(null),
  '\x88': (m) => m.push(true),
  '\x89': (m) => m.push(false),
  K: (m) => m.push(m.byte()),
  M: (m) => m.push(m.bytes.readUInt16LE(m.take(2))),
  J: (m) => m.push(m.bytes.readInt32LE(m.take(4))),
  '\x8a': (m) => m.push(m.long(m.byte())),
  G: (m) => m.push(m.bytes.readDoubleBE(m.take(8))),
  X: (m) => m.push(m.text(m.uint32())),
  '\x8c': (m) => m.push(m.text(m.byte())),
  ']': (m) => m.push([]),
  '}': (m) => m.push(new Map()),
  ')': (m) => m.push([]),
  '\x85': (m) => m.push(m.pops(1)),
  '\x86': (m) => m.push(m.pops(2)),
  '\x87': (m) => m.push(m.pops(3)),
  t: (m) => m.push(m.popsToMark()),
  a: (m) => m.append(m.pops(1)),
  e: (m) => m.append(m.popsToMark()),
  s: (m) => m.setItems(m.pops(2)),
  u: (m) => m.setItems(m.popsToMark()),
  q: (m) => m.remember(m.byte()),
  r: (m) => m.remember(m.uint32()),
  '\x94': (m) => m.remember(m.memo.size),
  h: (m) => m.push(m.recall(m.byte())),
  j: (m) => m.push(m.recall(m.uint32())),
  c: (m) => m.push(m.named([m.line(), m.line()])),
  '\x93': (m) => m.push(m.named(m.pops(2))),
  Q: (m) => m.push(m.allowed.persistent(m.pop())),
  R: (m) => m.call(m.pops(2)),
  b: (m) => m.build(),
};

class Machine {
  readonly memo = new Map<number, unknown>();
  private readonly stack: unknown[] = [];
  private at = 0;

  constructor(
    readonly bytes: Buffer,
    readonly allowed: Allowed,
  ) {}

  /** Where the next `count` bytes begin; they count as read. */
  take(count: number): number {
    if (this.at + count > this.bytes.length) throw new PickleError('it ends early');
    this.at += count;
    return this.at - count;
  }

  byte(): number {
    return this.bytes[this.take(1)];
  }

  uint32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  text(count: number): string {
    const from = this.take(count);
    return this.bytes.toString('utf8', from, from + count);
  }

  line(): string {
    const end = this.bytes.indexOf('\n', this.at);
    const words = this.text(end < 0 ? this.bytes.length : end - this.at);
    this.take(1);
    return words;
  }

  /** A whole number, little-endian, signed. Of more than 6 bytes none is exact here, and no checkpoint has one. */
  long(count: number): number {
    if (count > 6) throw new PickleError('it holds an integer of more than 6 bytes');
    return count === 0 ? 0 : this.bytes.readIntLE(this.take(count), count);
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length === 0) {
      throw new PickleError('its stack is empty where a value is needed');
    }
    const value = this.stack.pop();
    if (value === MARK) throw new PickleError('a mark stands where a value is needed');
    return value;
  }

  /** The last values, in the order in which they were pushed. */
  pops(count: number): unknown[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  popsToMark(): unknown[] {
    const from = this.stack.lastIndexOf(MARK);
    if (from < 0) throw new PickleError('a mark is missing');
    return this.stack.splice(from).slice(1);
  }

  append(items: unknown[]): void {
    const list = this.top<unknown[]>(Array, 'a list');
    for (const item of items) list.push(item);
  }

  setItems(items: unknown[]): void {
    const map = this.top<Map<unknown, unknown>>(Map, 'a dictionary');
    if (items.length % 2) throw new PickleError('a key has no value');
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  }

  remember(index: number): void {
    this.memo.set(index, this.stack.at(-1));
  }

  recall(index: number): unknown {
    if (this.memo.has(index)) return this.memo.get(index);
    throw new PickleError(`it recalls value ${index}, which it never kept`);
  }

  named([module, name]: unknown[]): unknown {
    const key = `${module} ${name}`;
    if (Object.hasOwn(this.allowed.globals, key)) return this.allowed.globals[key];
    throw new PickleError(
      `it names ${module}.${name}, which is not on the list of what is allowed`,
    );
  }

  call([maker, args]: unknown[]): void {
    if (typeof maker !== 'function' || !Array.isArray(args)) {
      throw new PickleError('it calls something that is not a function on the list');
    }
    this.push((maker as Maker)(args));
  }

  /** State of an ordered dictionary (versions of modules), which is not needed. */
  build(): void {
    this.pop();
    this.top(Map, 'a dictionary');
  }

  private top<T>(type: new () => T, what: string): T {
    const value = this.stack.at(-1);
    if (value instanceof type) return value;
    throw new PickleError(`something else stands where ${what} is needed`);
  }
}
