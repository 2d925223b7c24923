import { tf } from '../environment/tensorflow';
import { backend, handleOf, liveVariables, replace, type TensorInfo } from './backend';

/** The name by which TensorFlow knows resources that live as long as their handle. */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

const stored = new WeakMap<tf.Variable, StoredVariable>();

/** Sees to it that nobody shares a variable's data: whoever has its handle means this variable. */
export function detach(variable: tf.Variable): void {
  const owner = backend();
  const found = stored.get(variable);
  if (found) found.settle();
  else if (owner.tensorMap.get(variable.dataId).refCount > 1) {
    const [own] = owner.binding.executeOp('Identity', [], [handleOf(variable)], 1);
    const copy = owner.createOutputTensor(own);
    variable.assign(copy as never);
    copy.dispose();
  }
}

/**
 * A tf.Variable whose values live in a TensorFlow resource, so that compiled functions change them in place. Where plain
 * tfjs code uses it, the resource is read, and that reading is given back before the next compiled call: values can only
 * be changed in place while nobody else holds them.
 */
export class StoredVariable {
  readonly shape: number[];
  readonly dtype: number;
  /** Handle of the resource. */
  readonly resource: number;
  private reading: number | undefined;
  private dataId: object;
  private users = 0;

  private constructor(readonly variable: tf.Variable) {
    const { binding, tensorMap } = backend();
    const value = handleOf(variable);
    const { dtype } = tensorMap.get(variable.dataId);
    this.shape = [...variable.shape];
    this.dtype = dtype;
    const attributes = [
      { name: 'dtype', type: binding.TF_ATTR_TYPE, value: dtype },
      { name: 'shape', type: binding.TF_ATTR_SHAPE, value: this.shape },
      { name: 'shared_name', type: binding.TF_ATTR_STRING, value: ANONYMOUS },
    ];
    this.resource = binding.executeOp('VarHandleOp', attributes, [], 1)[0].id;
    this.dataId = this.take(value);
  }

  /** The stored form of a variable, one for all compiled functions that use it. */
  static of(variable: tf.Variable): StoredVariable {
    const found = stored.get(variable) ?? new StoredVariable(variable);
    stored.set(variable, found);
    found.users++;
    return found;
  }

  /** Before and after a call: takes over what was assigned outside, leaves clones what they share, gives back readings. */
  settle(): void {
    const { tensorMap } = backend();
    if (this.variable.dataId !== this.dataId) {
      // When the variable let go of its old data, tfjs deleted the reading with them.
      this.reading = undefined;
      this.dataId = this.take(handleOf(this.variable));
    } else if (tensorMap.get(this.dataId).refCount > 1) {
      this.freeze();
      this.dataId = this.take(handleOf(this.variable));
    }
    if (this.reading !== undefined) {
      backend().binding.deleteTensor(this.reading);
      this.reading = undefined;
    }
  }

  /** A compiled function uses it no more; after the last, the variable is an ordinary one again. */
  release(): void {
    if (--this.users > 0) return;
    // A clone may still share the data of a variable that is gone.
    if (backend().tensorMap.has(this.dataId)) this.freeze();
    backend().binding.deleteTensor(this.resource);
    stored.delete(this.variable);
  }

  /** The data become what the resource holds now, for good: the reading is theirs. */
  private freeze(): void {
    const info = backend().tensorMap.get(this.dataId);
    Object.defineProperty(info, 'id', { value: info.id, writable: true });
    this.reading = undefined;
  }

  /** Puts a value into the resource and lets the variable read it from there; gives the variable's new data. */
  private take(value: number): object {
    const owner = backend();
    const { binding } = owner;
    const attributes = [{ name: 'dtype', type: binding.TF_ATTR_TYPE, value: this.dtype }];
    binding.executeOp('AssignVariableOp', attributes, [this.resource, value], 0);
    const stand = owner.createOutputTensor({ id: -1, shape: this.shape, dtype: this.dtype });
    const info: TensorInfo = owner.tensorMap.get(stand.dataId);
    Object.defineProperty(info, 'id', {
      configurable: true,
      get: () => {
        this.reading ??= binding.executeOp('ReadVariableOp', attributes, [this.resource], 1)[0].id;
        return this.reading;
      },
    });
    // Assigning disposes of the old data, and with it of the handle that the resource now shares.
    this.variable.assign(stand as never);
    stand.dispose();
    return this.variable.dataId;
  }
}

/** Sees which variables a function makes and assigns, and gives them back what they held before. */
export class VariableWatch {
  /** Clones share the values, and so keep them. */
  private readonly before = new Map<tf.Variable, tf.Tensor>();
  private readonly old = liveVariables();
  private readonly stop: () => void;

  /** From here on is watched, until {@link restore}. */
  constructor() {
    for (const variable of this.old) this.remember(variable);
    const engine = tf.engine();
    const { makeVariable } = engine;
    this.stop = replace(engine, 'makeVariable', (...args: Parameters<typeof makeVariable>) => {
      const variable = makeVariable.apply(engine, args);
      this.remember(variable);
      return variable;
    });
  }

  /** The variables from before whose values are others now. */
  assigned(): tf.Variable[] {
    return this.old.filter((variable) => this.isChanged(variable));
  }

  /** The variables that have been made since, and live. */
  made(): tf.Variable[] {
    const all = [...this.before.keys()];
    return all.filter((variable) => !this.old.includes(variable) && !variable.isDisposed);
  }

  /** Gives every variable the values from before, or those that it was made with. */
  restore(): void {
    this.stop();
    for (const [variable, value] of this.before) {
      if (this.isChanged(variable)) variable.assign(value);
      value.dispose();
    }
  }

  private remember(variable: tf.Variable): void {
    const copy = tf.tidy(() => tf.keep(variable.clone()));
    this.before.set(variable, copy);
  }

  private isChanged(variable: tf.Variable): boolean {
    return !variable.isDisposed && variable.dataId !== this.before.get(variable)!.dataId;
  }
}
