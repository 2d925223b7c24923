/** Where a recorded value comes from: one output of a node. */
export interface Source {
  /** Its place in the record's nodes; a negative number is an argument: −1 the first, −2 the second. */
  readonly node: number;
  readonly output: number;
  readonly dtype: number;
}

/** Attributes of an operation as AttrValues, TensorFlow's own messages, by name. */
export type AttrValues = Readonly<Record<string, object>>;

/** One operation of the record; constants are operations without inputs. */
export interface RecordedNode {
  readonly op: string;
  readonly attr: AttrValues;
  readonly inputs: readonly Source[];
  /** How many tensors it gives. */
  readonly outputs: number;
}

/** An argument of the function: a tensor, or the resource that holds a variable. */
export interface Argument {
  /** Of the tensor, or of what the variable holds. */
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly isVariable: boolean;
  /** What a variable is to hold afterwards; undefined where it is not assigned. */
  assigned?: Source;
}

/** All that a function does: its operations in order, on its arguments. */
export interface FunctionRecord {
  readonly args: readonly Argument[];
  readonly nodes: readonly RecordedNode[];
  /** What it returns, in order. */
  readonly results: readonly Source[];
}
