import { closeSync, fstatSync, openSync } from 'node:fs';
import * as yauzl from 'yauzl';
import { type Maker, PickleError, readPickle } from './pickle';
import {
  DamagedWeights,
  damagedFile,
  NUMBER_BYTES,
  type NumberType,
  openPlaces,
  readRange,
  type TensorPlace,
  type WeightFile,
} from './weight-file';

/** PyTorch's storage types. A state dict names no others. */
const STORAGES: Record<string, NumberType> = {
  ...{ DoubleStorage: 'F64', FloatStorage: 'F32', HalfStorage: 'F16', BFloat16Storage: 'BF16' },
  ...{ LongStorage: 'I64', IntStorage: 'I32', ShortStorage: 'I16', CharStorage: 'I8' },
  ...{ ByteStorage: 'U8', BoolStorage: 'BOOL' },
};

/** Longest pickle that is read; those of Pythia have some 100 KB. */
const MAX_PICKLE = 64 * 2 ** 20;

class Storage {
  constructor(
    readonly type: NumberType,
    readonly key: string,
  ) {}
}

class Tensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
  ) {}
}

/** One member of the zip archive: where its bytes lie, as they are. */
type Member = Readonly<Record<'offset' | 'size', number>>;

/**
 * Opens a `pytorch_model.bin`: a zip archive of one pickle, which says which tensors there are, and of their
 * numbers. The pickle is read by {@link readPickle}, with an allow-list of the tensor types and nothing else,
 * and executes nothing.
 * @throws Problem saying what is wrong with the file, or what it tries that is not allowed.
 */
export async function openTorchFile(path: string): Promise<WeightFile> {
  const file = openSync(path, 'r');
  try {
    const members = await zipMembers(file, path);
    const name = [...members.keys()].find((key) => key.endsWith('/data.pkl'));
    if (!name) throw damagedFile(path, 'it has no data.pkl');
    const folder = name.slice(0, -'data.pkl'.length);
    const { offset, size } = members.get(name)!;
    if (size > MAX_PICKLE) throw damagedFile(path, `its data.pkl has ${size} bytes`);
    const order = members.get(`${folder}byteorder`);
    const bytes = order && readRange(file, path, order.offset, Math.min(order.size, 16));
    if (bytes && decode(bytes) !== 'little') {
      throw damagedFile(path, 'its numbers are not little-endian');
    }
    const dict = stateDict(readRange(file, path, offset, size), path);
    return openPlaces(path, places(dict, members, folder, path));
  } finally {
    closeSync(file);
  }
}

/** yauzl's promises, which its types do not know yet. */
const { fromRandomAccessReaderPromise: openZip } = yauzl as unknown as {
  fromRandomAccessReaderPromise(
    reader: yauzl.RandomAccessReader,
    size: number,
    options: { autoClose: boolean },
  ): Promise<{ eachEntry(): AsyncIterable<yauzl.Entry> }>;
};

/** An open file for yauzl: an impossible place becomes its error, where Node's own reading would throw past it. */
class OpenFile extends yauzl.RandomAccessReader {
  constructor(
    private readonly file: number,
    private readonly path: string,
  ) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, read?: number) => void,
  ): void {
    let problem: Error | null = null;
    try {
      buffer.set(readRange(this.file, this.path, position, length), offset);
    } catch (error) {
      problem = error as Error;
    }
    setImmediate(callback, problem, length);
  }
}

/** Members of the archive that are stored as they are, which PyTorch's all are. */
async function zipMembers(file: number, path: string): Promise<Map<string, Member>> {
  const { size } = fstatSync(file);
  const first = readRange(file, path, 0, Math.min(4, size));
  if (decode(first.subarray(0, 2)) !== 'PK') {
    const old = 'PyTorch files from before version 1.6 are not read';
    throw damagedFile(path, `it is not a zip archive; ${old}`);
  }
  const members = new Map<string, Member>();
  for await (const entry of entries(file, path, size)) {
    const bad = (what: string) => damagedFile(path, `its member ${entry.fileName} ${what}`);
    if (entry.compressionMethod !== 0 || entry.compressedSize !== entry.uncompressedSize) {
      throw bad('is compressed');
    }
    if (members.has(entry.fileName)) throw bad('is there twice');
    // The data starts after a local header, whose length only the header itself tells.
    const at = entry.relativeOffsetOfLocalHeader;
    const local = new DataView(readRange(file, path, at, 30).buffer);
    const offset = at + 30 + local.getUint16(26, true) + local.getUint16(28, true);
    if (local.getUint32(0, true) !== 0x04034b50 || offset + entry.compressedSize > size) {
      throw bad('does not lie where it should');
    }
    members.set(entry.fileName, { offset, size: entry.compressedSize });
  }
  return members;
}

/** Entries of the archive's directory; what yauzl says of it names the file. */
async function* entries(file: number, path: string, size: number): AsyncIterable<yauzl.Entry> {
  try {
    const zip = await openZip(new OpenFile(file, path), size, { autoClose: false });
    yield* zip.eachEntry();
  } catch (error) {
    throw error instanceof DamagedWeights ? error : damagedFile(path, (error as Error).message);
  }
}

function stateDict(pickle: Uint8Array, path: string): Map<unknown, unknown> {
  const globals: Record<string, Maker | string> = {
    'collections OrderedDict': (args) => {
      if (args.length) throw new PickleError('it makes an ordered dictionary from something');
      return new Map();
    },
    'torch._utils _rebuild_tensor_v2': rebuildTensor,
    'torch._utils _rebuild_parameter': ([tensor]) => tensor,
  };
  for (const name of Object.keys(STORAGES)) globals[`torch ${name}`] = name;
  const persistent = (id: unknown): Storage => {
    const [kind, storage, key] = Array.isArray(id) ? id : [];
    if (kind !== 'storage' || typeof storage !== 'string' || typeof key !== 'string') {
      throw new PickleError('it refers to something outside that is not a storage');
    }
    return new Storage(STORAGES[storage], key);
  };
  try {
    const dict = readPickle(pickle, { globals, persistent });
    if (!(dict instanceof Map)) throw new PickleError('it is not a dictionary of tensors');
    return dict;
  } catch (error) {
    if (!(error instanceof PickleError)) throw error;
    throw new DamagedWeights(
      `${path} is refused: ${error.message}. Nothing of it was executed. Use model.safetensors where there is one.`,
    );
  }
}

/** Takes a tensor that is the whole of its strides: one number after the other. */
function rebuildTensor(args: unknown[]): Tensor {
  const [storage, offset, shape, strides] = args;
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!(storage instanceof Storage) || !whole([offset]) || !whole(shape) || !whole(strides)) {
    throw new PickleError('it makes a tensor of something else than a storage and numbers');
  }
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected)
      throw new PickleError('it holds a tensor in another order');
    expected *= shape[i];
  }
  return new Tensor(storage, offset as number, shape);
}

function places(
  dict: Map<unknown, unknown>,
  members: Map<string, Member>,
  folder: string,
  path: string,
): Map<string, TensorPlace> {
  const found = new Map<string, TensorPlace>();
  for (const [name, tensor] of dict) {
    if (typeof name !== 'string' || !(tensor instanceof Tensor)) {
      throw damagedFile(path, `its entry ${String(name)} is not a tensor`);
    }
    const { storage, offset, shape } = tensor;
    const member = members.get(`${folder}data/${storage.key}`);
    const width = NUMBER_BYTES[storage.type];
    const bytes = shape.reduce((a, b) => a * b, width);
    if (!member || !(offset * width + bytes <= member.size)) {
      throw damagedFile(path, `the numbers of tensor ${name} are missing or too few`);
    }
    found.set(name, { type: storage.type, shape, offset: member.offset + offset * width, bytes });
  }
  return found;
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1').trim();
}
