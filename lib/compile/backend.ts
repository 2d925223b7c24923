import { tf } from '../environment/tensorflow';

/** Attribute of an operation, as tfjs-node hands it to the native half. */
export interface Attribute {
  readonly name: string;
  /** One of the binding's TF_ATTR_… numbers. */
  readonly type: number;
  readonly value: unknown;
}

/** A tensor of TensorFlow: handle, shape, and TensorFlow's number for its type. */
export interface Handle {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** Numbers of a tensor, as they cross into TensorFlow. */
export type Values = ArrayLike<number> | number;

/** TensorFlow's numbers for types of tensors, and for kinds of attributes. */
type TypeNumber = `TF_${'FLOAT' | 'INT32' | 'INT64' | 'BOOL' | 'STRING' | 'RESOURCE'}`;
type AttributeNumber = `TF_ATTR_${'STRING' | 'INT' | 'FLOAT' | 'BOOL' | 'TYPE' | 'SHAPE'}`;

/** tfjs-node's native half, with what lib/compile/native adds to it. */
export interface Binding extends Readonly<Record<TypeNumber | AttributeNumber, number>> {
  executeOp(name: string, attributes: Attribute[], inputs: number[], outputs: number): Handle[];
  createTensor(shape: number[], dtype: number, values: Values): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): ArrayLike<number>;
  /** Tensors that it holds. */
  getNumOfTensors(): number;
  readonly TF_Version: string;
  /** An empty graph for {@link addOperation}. Missing from the plain binding, like all that follow. */
  newGraph?(): object;
  /** Adds an operation to a graph that is never run; gives types and shapes of its results, −1 where unknown. */
  addOperation?(
    graph: object,
    op: string,
    inputs: number[],
    names: string[],
    attributes: Uint8Array[],
  ): { shape: number[]; dtype: number }[];
  /** TensorFlow's serialized list of operations. */
  operationList?(): Uint8Array;
  registerFunction?(definition: Uint8Array): void;
  unregisterFunction?(name: string): void;
}

/** What tfjs-node's backend keeps of a tensor; `id` is null until the values have been handed over. */
export interface TensorInfo {
  shape: number[];
  dtype: number;
  values: unknown;
  id: number;
  /** Tensors that share this data: a clone does. */
  readonly refCount: number;
}

/** tfjs-node's backend: what tfjs' kernels call. */
export interface Backend {
  binding: Binding;
  readonly tensorMap: { get(dataId: object): TensorInfo; has(dataId: object): boolean };
  getInputTensorIds(tensors: tf.Tensor[]): number[];
  createOutputTensor(handle: Handle): tf.Tensor;
  /** Takes in a new tensor's values. */
  write(values: object | number, shape: number[], dtype: string): object;
}

/** tfjs-node's backend; another one, where the user has set it, has no `binding`. */
export function backend(): Backend {
  return tf.backend() as unknown as Backend;
}

/** Handle of a tensor; its values are handed to TensorFlow if they have not been yet. */
export function handleOf(tensor: tf.Tensor): number {
  return backend().getInputTensorIds([tensor])[0];
}

/** The variables that tfjs knows of: all that have not been disposed. */
export function liveVariables(): tf.Variable[] {
  const { registeredVariables } = tf.engine().state;
  return Object.values(registeredVariables as { [name: string]: tf.Variable });
}

/** Puts something in the place of a property; what it gives puts the property back. */
export function replace(owner: object, property: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, property);
  Object.defineProperty(owner, property, { value, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(owner, property, before);
    else Reflect.deleteProperty(owner, property);
  };
}
