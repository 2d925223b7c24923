/**
 * Reads a pickle without executing anything. A pickle is a program for a small stack machine that may call any Python
 * function; here it builds plain values, and calls what stands on an allow-list of makers. All else is refused.
 */

/** Thrown for whatever is not allowed or cannot be read; the caller adds the file's name. */
export class PickleError extends Error {}

/** What a maker makes of its arguments. */
export type Maker = (args: unknown[]) => unknown;

/** What may appear in a pickle besides plain values. */
export interface Allowed {
  /** By `module name`: a maker, or a plain value such as a type. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** What a persistent id stands for. */
  readonly persistent: (id: unknown) => unknown;
}

const MARK = Symbol('mark');
const STOP = '.';

/**
 * Runs the pickle's program (protocols 2 to 5). Dictionaries become Maps, lists and tuples arrays.
 * @throws PickleError for a name or an operation that is not allowed, or bytes that end early.
 */
export function readPickle(bytes: Buffer, { globals, persistent }: Allowed): unknown {
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = 0;

  /** Where the next `count` bytes begin; they count as read. */
  const take = (count: number): number => {
    if (at + count > bytes.length) throw new PickleError('it ends early');
    at += count;
    return at - count;
  };
  const byte = () => bytes[take(1)];
  const uint32 = () => bytes.readUInt32LE(take(4));
  const text = (count: number) => bytes.toString('utf8', take(count), at);
  const line = () => {
    const end = bytes.indexOf('\n', at);
    const words = text(end < 0 ? bytes.length : end - at);
    take(1);
    return words;
  };
  /** A whole number, little-endian, signed. Of more than 6 bytes none is exact here, and no checkpoint has one. */
  const long = (count: number): number => {
    if (count > 6) throw new PickleError('it holds an integer of more than 6 bytes');
    return count === 0 ? 0 : bytes.readIntLE(take(count), count);
  };

  const push = (value: unknown) => stack.push(value);
  const pop = (): unknown => {
    if (stack.length === 0) throw new PickleError('its stack is empty where a value is needed');
    const value = stack.pop();
    if (value === MARK) throw new PickleError('a mark stands where a value is needed');
    return value;
  };
  /** The last values, in the order in which they were pushed. */
  const pops = (count: number) => Array.from({ length: count }, pop).reverse();
  const popsToMark = (): unknown[] => {
    const from = stack.lastIndexOf(MARK);
    if (from < 0) throw new PickleError('a mark is missing');
    return stack.splice(from).slice(1);
  };
  const top = <T>(type: new () => T, what: string): T => {
    const value = stack.at(-1);
    if (value instanceof type) return value;
    throw new PickleError(`something else stands where ${what} is needed`);
  };

  const append = (items: unknown[]) => {
    const list = top<unknown[]>(Array, 'a list');
    for (const item of items) list.push(item);
  };
  const setItems = (items: unknown[]) => {
    const map = top<Map<unknown, unknown>>(Map, 'a dictionary');
    if (items.length % 2) throw new PickleError('a key has no value');
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  };
  const remember = (index: number) => memo.set(index, stack.at(-1));
  const recall = (index: number): unknown => {
    if (memo.has(index)) return memo.get(index);
    throw new PickleError(`it recalls value ${index}, which it never kept`);
  };
  const named = ([module, name]: unknown[]): unknown => {
    const key = `${module} ${name}`;
    if (Object.hasOwn(globals, key)) return globals[key];
    throw new PickleError(
      `it names ${module}.${name}, which is not on the list of what is allowed`,
    );
  };
  const call = ([maker, args]: unknown[]): unknown => {
    if (typeof maker === 'function' && Array.isArray(args)) return (maker as Maker)(args);
    throw new PickleError('it calls something that is not a function on the list');
  };
  /** State of an ordered dictionary (versions of modules), which is not needed. */
  const build = (_state: unknown) => top(Map, 'a dictionary');

  /** The operations that are allowed, by their codes in Python's pickletools. */
  const operations: Readonly<Record<string, () => unknown>> = {
    '\x80': byte, // PROTO: a newer one shows in its operations
    '\x95': () => take(8), // FRAME: only a hint
    '(': () => push(MARK),
    '0': pop,
    N: () => push(null),
    '\x88': () => push(true),
    '\x89': () => push(false),
    K: () => push(byte()),
    M: () => push(bytes.readUInt16LE(take(2))),
    J: () => push(bytes.readInt32LE(take(4))),
    '\x8a': () => push(long(byte())),
    G: () => push(bytes.readDoubleBE(take(8))),
    X: () => push(text(uint32())),
    '\x8c': () => push(text(byte())),
    ']': () => push([]),
    '}': () => push(new Map()),
    ')': () => push([]),
    '\x85': () => push(pops(1)),
    '\x86': () => push(pops(2)),
    '\x87': () => push(pops(3)),
    t: () => push(popsToMark()),
    a: () => append(pops(1)),
    e: () => append(popsToMark()),
    s: () => setItems(pops(2)),
    u: () => setItems(popsToMark()),
    q: () => remember(byte()),
    r: () => remember(uint32()),
    '\x94': () => remember(memo.size),
    h: () => push(recall(byte())),
    j: () => push(recall(uint32())),
    c: () => push(named([line(), line()])),
    '\x93': () => push(named(pops(2))),
    Q: () => push(persistent(pop())),
    R: () => push(call(pops(2))),
    b: () => build(pop()),
  };
  for (;;) {
    const code = byte();
    const name = String.fromCharCode(code);
    if (name === STOP) return pop();
    if (!Object.hasOwn(operations, name)) {
      throw new PickleError(`it holds operation 0x${code.toString(16)}, which is not allowed`);
    }
    operations[name]();
  }
}
