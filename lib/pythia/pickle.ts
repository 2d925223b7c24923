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
/** More than any checkpoint has: a hostile file must not fill the memory. */
const MAX_ITEMS = 5_000_000;

/**
 * Runs the pickle's program (protocols 2 to 5) on plain values. Dictionaries become Maps, lists and tuples
 * arrays.
 * @throws PickleError for a name that is not on the list, an operation outside the allowed ones, or bytes that
 * end early.
 */
export function readPickle(bytes: Uint8Array, allowed: Allowed): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = 0;

  const take = (count: number): number => {
    if (at + count > bytes.length) throw new PickleError('it ends early');
    at += count;
    return at - count;
  };
  const text = (count: number): string => {
    const from = take(count);
    return Buffer.from(bytes.subarray(from, from + count)).toString('utf8');
  };
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) throw new PickleError('it ends early');
    const words = text(end - at);
    at++;
    return words;
  };
  const pop = (): unknown => {
    if (stack.length === 0) throw new PickleError('its stack is empty where a value is needed');
    const value = stack.pop();
    if (value === MARK) throw new PickleError('a mark stands where a value is needed');
    return value;
  };
  const push = (value: unknown): void => {
    if (stack.push(value) > MAX_ITEMS) throw new PickleError('it holds too many values');
  };
  const popToMark = (): unknown[] => {
    const from = stack.lastIndexOf(MARK);
    if (from < 0) throw new PickleError('a mark is missing');
    return stack.splice(from).slice(1);
  };
  const top = <T>(type: new () => T, what: string): T => {
    const value = stack[stack.length - 1];
    if (!(value instanceof type))
      throw new PickleError(`something else stands where ${what} is needed`);
    return value;
  };
  const setItems = (items: unknown[]): void => {
    const map = top(Map, 'a dictionary');
    if (items.length % 2) throw new PickleError('a key has no value');
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  };
  const remember = (index: number): void => {
    if (memo.size > MAX_ITEMS) throw new PickleError('it holds too many values');
    memo.set(index, stack[stack.length - 1]);
  };
  const recall = (index: number): unknown => {
    if (!memo.has(index)) throw new PickleError(`it recalls value ${index}, which it never kept`);
    return memo.get(index);
  };
  const named = (module: unknown, name: unknown): unknown => {
    const key = `${module} ${name}`;
    if (!Object.hasOwn(allowed.globals, key)) {
      throw new PickleError(
        `it names ${module}.${name}, which is not on the list of what is allowed`,
      );
    }
    return allowed.globals[key];
  };
  /** A whole number of at most 8 bytes, little-endian, signed. */
  const long = (count: number): number => {
    if (count > 8) throw new PickleError('it holds an integer of more than 8 bytes');
    const from = take(count);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[from + i]);
    if (count && bytes[from + count - 1] & 0x80) value -= 1n << BigInt(8 * count);
    const number = Number(value);
    if (!Number.isSafeInteger(number))
      throw new PickleError('it holds an integer that is too large');
    return number;
  };

  for (;;) {
    const code = bytes[take(1)];
    switch (String.fromCharCode(code)) {
      case '\x80': // PROTO
        if (bytes[take(1)] > 5) throw new PickleError('it is of a newer pickle protocol than 5');
        break;
      case '\x95': // FRAME: only a hint
        take(8);
        break;
      case '.': // STOP
        return pop();
      case '(':
        push(MARK);
        break;
      case '0':
        pop();
        break;
      case 'N':
        push(null);
        break;
      case '\x88':
        push(true);
        break;
      case '\x89':
        push(false);
        break;
      case 'K':
        push(bytes[take(1)]);
        break;
      case 'M':
        push(view.getUint16(take(2), true));
        break;
      case 'J':
        push(view.getInt32(take(4), true));
        break;
      case '\x8a': // LONG1
        push(long(bytes[take(1)]));
        break;
      case 'G':
        push(view.getFloat64(take(8), false));
        break;
      case 'X':
        push(text(view.getUint32(take(4), true)));
        break;
      case '\x8c':
        push(text(bytes[take(1)]));
        break;
      case ']':
        push([]);
        break;
      case '}':
        push(new Map());
        break;
      case ')':
        push([]);
        break;
      case '\x85':
        push([pop()]);
        break;
      case '\x86':
        push([pop(), pop()].reverse());
        break;
      case '\x87':
        push([pop(), pop(), pop()].reverse());
        break;
      case 't':
        push(popToMark());
        break;
      case 'a': {
        const item = pop();
        (top(Array, 'a list') as unknown[]).push(item);
        break;
      }
      case 'e': {
        const items = popToMark();
        const list = top(Array, 'a list') as unknown[];
        for (const item of items) list.push(item);
        break;
      }
      case 's': {
        const value = pop();
        setItems([pop(), value]);
        break;
      }
      case 'u':
        setItems(popToMark());
        break;
      case 'q':
        remember(bytes[take(1)]);
        break;
      case 'r':
        remember(view.getUint32(take(4), true));
        break;
      case '\x94':
        remember(memo.size);
        break;
      case 'h':
        push(recall(bytes[take(1)]));
        break;
      case 'j':
        push(recall(view.getUint32(take(4), true)));
        break;
      case 'c': {
        const module = line();
        push(named(module, line()));
        break;
      }
      case '\x93': {
        const name = pop();
        push(named(pop(), name));
        break;
      }
      case 'Q':
        push(allowed.persistent(pop()));
        break;
      case 'R': {
        const args = pop();
        const maker = pop();
        if (typeof maker !== 'function' || !Array.isArray(args)) {
          throw new PickleError('it calls something that is not a function on the list');
        }
        push((maker as Maker)(args));
        break;
      }
      case 'b': // BUILD: state of an ordered dictionary (versions of modules), which is not needed
        pop();
        top(Map, 'a dictionary');
        break;
      default:
        throw new PickleError(`it holds operation 0x${code.toString(16)}, which is not allowed`);
    }
  }
}
