import * as yauzl from 'yauzl';
import { type Maker, PickleError, readPickle } from './pickle';
import { areCounts, DamagedWeights, NUMBER_BYTES, type NumberType, WeightFile } from './weights';

/** PyTorch's storage types. A state dict names no others. */
const STORAGES: Record<string, NumberType> = {
  ...{ DoubleStorage: 'F64', FloatStorage: 'F32', HalfStorage: 'F16', BFloat16Storage: 'BF16' },
  ...{ LongStorage: 'I64', IntStorage: 'I32', ShortStorage: 'I16', CharStorage: 'I8' },
  ...{ ByteStorage: 'U8', BoolStorage: 'BOOL' },
};

/** Longest pickle that is read, so that a hostile file does not fill the memory; those of Pythia have some 100 KB. */
const MAX_PICKLE = 4 * 2 ** 20;

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
 * Opens a `pytorch_model.bin`: a zip archive of one pickle, which says which tensors there are, and of their numbers. The
 * pickle is read by {@link readPickle} with an allow-list of the tensor types, and executes nothing.
 * @throws DamagedWeights saying what is wrong with the file, or what it tries that is not allowed.
 */
export async function openTorchFile(path: string): Promise<WeightFile> {
  const file = new WeightFile(path);
  try {
    const members = await zipMembers(file);
    const content = ({ offset, size }: Member) => file.bytes(offset, size);
    const [name, pickle] = [...members].find(([key]) => key.endsWith('/data.pkl')) ?? [];
    if (!name || !pickle) throw file.damaged('it has no data.pkl');
    if (pickle.size > MAX_PICKLE) throw file.damaged(`its data.pkl has ${pickle.size} bytes`);
    const folder = name.slice(0, -'data.pkl'.length);
    const order = members.get(`${folder}byteorder`);
    if (order && content(order).toString().trim() !== 'little') {
      throw file.damaged('its numbers are not little-endian');
    }
    placeTensors(file, stateDict(content(pickle), path), (key) =>
      members.get(`${folder}data/${key}`),
    );
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** yauzl's promises, which its types do not know yet. */
const { fromRandomAccessReaderPromise: openZip } = yauzl as unknown as {
  fromRandomAccessReaderPromise(
    reader: yauzl.RandomAccessReader,
    size: number,
    options: { autoClose: boolean },
  ): Promise<{
    eachEntry(): AsyncIterable<yauzl.Entry>;
    /** Where its data begins; it is refused where it does not lie inside the file. */
    readLocalFileHeaderPromise(
      entry: yauzl.Entry,
      options: { minimal: true },
    ): Promise<{ fileDataStart: number }>;
  }>;
};

/** The file for yauzl: an impossible place becomes its error, where Node's own reading would throw past it. */
class OpenFile extends yauzl.RandomAccessReader {
  constructor(private readonly file: WeightFile) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, read?: number) => void,
  ): void {
    try {
      buffer.set(this.file.bytes(position, length), offset);
    } catch (error) {
      return void setImmediate(callback, error as Error);
    }
    setImmediate(callback, null, length);
  }
}

/** Members of the archive that are stored as they are, which PyTorch's all are. */
async function zipMembers(file: WeightFile): Promise<Map<string, Member>> {
  if (file.bytes(0, Math.min(2, file.size)).toString() !== 'PK') {
    const old = 'PyTorch files from before version 1.6 are not read';
    throw file.damaged(`it is not a zip archive; ${old}`);
  }
  const members = new Map<string, Member>();
  try {
    const zip = await openZip(new OpenFile(file), file.size, { autoClose: false });
    for await (const entry of zip.eachEntry()) {
      const { fileName, compressionMethod, compressedSize: size, uncompressedSize } = entry;
      if (compressionMethod !== 0 || size !== uncompressedSize || members.has(fileName)) {
        throw new Error(`its member ${fileName} is compressed or there twice`);
      }
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      members.set(fileName, { offset: fileDataStart, size });
    }
  } catch (error) {
    throw error instanceof DamagedWeights ? error : file.damaged((error as Error).message);
  }
  return members;
}

/** What the pickle says, which must be a dictionary; see {@link placeTensors} for what stands in it. */
function stateDict(pickle: Buffer, path: string): Map<unknown, unknown> {
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
function rebuildTensor([storage, offset, shape, strides]: unknown[]): Tensor {
  if (
    !(storage instanceof Storage) ||
    !areCounts([offset]) ||
    !areCounts(shape) ||
    !areCounts(strides)
  ) {
    throw new PickleError('it makes a tensor of something else than a storage and numbers');
  }
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) {
      throw new PickleError('it holds a tensor in another order');
    }
    expected *= shape[i];
  }
  return new Tensor(storage, offset as number, shape);
}

/** @param memberOf gives the member that holds a storage, by its key. */
function placeTensors(
  file: WeightFile,
  dict: Map<unknown, unknown>,
  memberOf: (key: string) => Member | undefined,
): void {
  for (const [name, tensor] of dict) {
    if (typeof name !== 'string' || !(tensor instanceof Tensor)) {
      throw file.damaged(`its entry ${String(name)} is not a tensor`);
    }
    const { storage, offset, shape } = tensor;
    const { type, key } = storage;
    const member = memberOf(key);
    const width = NUMBER_BYTES[type];
    const bytes = shape.reduce((a, b) => a * b, width);
    if (!member || !(offset * width + bytes <= member.size)) {
      throw file.damaged(`the numbers of tensor ${name} are missing or too few`);
    }
    file.tensors.set(name, { type, shape, offset: member.offset + offset * width, bytes });
  }
}
