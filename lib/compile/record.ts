import type { Attribute, Handle } from './backend';

/** Where a recorded value comes from: one output of a node. */
export interface Source {
  /** Its place in the record's nodes; a negative number is an argument: −1 the first, −2 the second. */
  readonly node: number;
  readonly output: number;
  readonly dtype: number;
}

/** A tensor whose values are part of the record. */
export interface Constant {
  readonly shape: readonly number[];
  readonly dtype: number;
  readonly bytes: Uint8Array;
}

/** One operation of the record, or a constant. */
export interface RecordedNode {
  readonly op: string;
  readonly attributes: readonly Attribute[];
  readonly inputs: readonly Source[];
  readonly outputs: readonly Omit<Handle, 'id'>[];
  /** For `Const` alone. */
  readonly constant?: Constant;
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
export interface Record {
  readonly args: readonly Argument[];
  readonly nodes: readonly RecordedNode[];
  /** What it returns, in order. */
  readonly results: readonly Source[];
}
