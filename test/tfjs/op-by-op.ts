import { compile } from '../../lib/compile';
import { isRecording } from '../../lib/compile/trace';
import { tf } from '../../lib/environment/tensorflow';

type Kernel = ReturnType<typeof tf.getKernel>;
type Arguments = Parameters<Kernel['kernelFunc']>[0];

/** Calls of kernels so far: compiled, plain since they take no tensors or are part of another, and refused by `compile`. */
const calls = { compiled: 0, plain: 0, refused: new Map<string, Set<string>>() };

/**
 * From here on every kernel of tfjs runs through `compile`, by itself. What `compile` refuses runs plain, and
 * `calls` tells why.
 */
export function compileEveryKernel(): void {
  for (const kernel of tf.getKernelsForBackend(tf.getBackend())) {
    const { kernelFunc, kernelName } = kernel;
    kernel.kernelFunc = (args) => {
      const tensors = Object.values(args.inputs).flat();
      if (isRecording() || tensors.length === 0) {
        calls.plain++;
        return kernelFunc(args);
      }
      try {
        const result = compiledCall(kernelName, kernelFunc, args);
        calls.compiled++;
        return result;
      } catch (error) {
        const reasons = calls.refused.get(kernelName) ?? new Set();
        calls.refused.set(kernelName, reasons.add((error as Error).message.split('\n')[0]));
        calls.plain++;
        return kernelFunc(args);
      }
    };
  }
}

function compiledCall(
  name: string,
  kernelFunc: Kernel['kernelFunc'],
  { inputs, attrs }: Arguments,
): tf.TensorInfo | tf.TensorInfo[] {
  const engine = tf.engine();
  const names = Object.keys(inputs);
  const asTensor = ({ dataId, shape, dtype }: tf.TensorInfo) => {
    tf.backend().incRef(dataId);
    return engine.makeTensorFromTensorInfo({ dataId, shape, dtype });
  };
  const given = names
    .flatMap((key) => inputs[key] as tf.TensorInfo | tf.TensorInfo[])
    .map(asTensor);
  let isList = false;
  const compiled = compile(
    (...standIns) => {
      let at = 0;
      const own = Object.fromEntries(
        names.map((key) => {
          const input = inputs[key] as tf.TensorInfo | tf.TensorInfo[] | null;
          if (!Array.isArray(input)) return [key, input && standIns[at++]];
          return [key, standIns.slice(at, (at += input.length))];
        }),
      );
      const result = kernelFunc({ inputs: own, attrs, backend: tf.backend() });
      isList = Array.isArray(result);
      return [result].flat().map((info) => engine.makeTensorFromTensorInfo(info));
    },
    { name },
  );
  try {
    const results = compiled(...given) as tf.Tensor[];
    return isList ? results : results[0];
  } finally {
    compiled.dispose();
    tf.dispose(given);
  }
}

/** How many calls of kernels have been compiled, and which `compile` has refused and why. */
export function kernelCalls(): string {
  if (calls.compiled === 0) return '';
  const refused = [...calls.refused].map(
    ([name, reasons]) => `  ${name}: ${[...reasons].join(' · ')}`,
  );
  return `; ${calls.compiled} calls of kernels compiled; refused, and run plain:\n${refused.join('\n')}`;
}
