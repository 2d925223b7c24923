import { tf } from '../environment/tensorflow';
import { liveVariables, replace } from './backend';

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
