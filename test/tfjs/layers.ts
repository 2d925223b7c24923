import { compile, type TensorFunction } from '../../lib/compile';
import { tf } from '../../lib/environment/tensorflow';
import type { Outcome } from './core-suite';

type Config = { [option: string]: unknown };
type Layer = ReturnType<typeof tf.layers.dense>;

const SEQUENCE = [2, 4, 3];
const IMAGE = [2, 6, 6, 3];
const VOLUME = [1, 4, 4, 4, 2];
const CELL = { units: 3 };
const FILTERS = { filters: 2, kernelSize: 3 };
const TWO = [SEQUENCE, SEQUENCE];

/** Every layer type of tfjs-layers that computes: its name, options, and the shapes of its inputs. */
const LAYERS: readonly (readonly [keyof typeof tf.layers, Config, readonly number[][]])[] = [
  ['activation', { activation: 'tanh' }, [SEQUENCE]],
  ['dense', { units: 4, activation: 'sigmoid' }, [SEQUENCE]],
  ['dropout', { rate: 0.5, seed: 3 }, [SEQUENCE]],
  ['elu', {}, [SEQUENCE]],
  ['leakyReLU', {}, [SEQUENCE]],
  ['prelu', {}, [SEQUENCE]],
  ['reLU', { maxValue: 1 }, [SEQUENCE]],
  ['softmax', {}, [SEQUENCE]],
  ['thresholdedReLU', {}, [SEQUENCE]],
  ['add', {}, TWO],
  ['average', {}, TWO],
  ['concatenate', {}, TWO],
  ['dot', { axes: 2 }, TWO],
  ['maximum', {}, TWO],
  ['minimum', {}, TWO],
  ['multiply', {}, TWO],
  ['flatten', {}, [SEQUENCE]],
  ['permute', { dims: [2, 1] }, [SEQUENCE]],
  ['repeatVector', { n: 3 }, [[2, 3]]],
  ['reshape', { targetShape: [12] }, [SEQUENCE]],
  ['rescaling', { scale: 2, offset: 1 }, [SEQUENCE]],
  ['masking', { maskValue: 0 }, [SEQUENCE]],
  ['spatialDropout1d', { rate: 0.5, seed: 3 }, [SEQUENCE]],
  ['batchNormalization', {}, [SEQUENCE]],
  ['layerNormalization', {}, [SEQUENCE]],
  ['conv1d', FILTERS, [SEQUENCE]],
  ['conv2d', FILTERS, [IMAGE]],
  ['conv2dTranspose', FILTERS, [IMAGE]],
  ['conv3d', FILTERS, [VOLUME]],
  ['conv3dTranspose', FILTERS, [VOLUME]],
  ['depthwiseConv2d', { kernelSize: 3 }, [IMAGE]],
  ['separableConv2d', FILTERS, [IMAGE]],
  ['cropping2D', { cropping: 1 }, [IMAGE]],
  ['centerCrop', { height: 4, width: 4 }, [IMAGE]],
  ['resizing', { height: 3, width: 3 }, [IMAGE]],
  ['upSampling2d', { size: [2, 2] }, [IMAGE]],
  ['zeroPadding2d', { padding: 1 }, [IMAGE]],
  ['averagePooling1d', {}, [SEQUENCE]],
  ['averagePooling2d', {}, [IMAGE]],
  ['averagePooling3d', {}, [VOLUME]],
  ['maxPooling1d', {}, [SEQUENCE]],
  ['maxPooling2d', {}, [IMAGE]],
  ['maxPooling3d', {}, [VOLUME]],
  ['globalAveragePooling1d', {}, [SEQUENCE]],
  ['globalAveragePooling2d', {}, [IMAGE]],
  ['globalMaxPooling1d', {}, [SEQUENCE]],
  ['globalMaxPooling2d', {}, [IMAGE]],
  ['simpleRNN', CELL, [SEQUENCE]],
  ['gru', { ...CELL, returnSequences: true }, [SEQUENCE]],
  ['lstm', CELL, [SEQUENCE]],
  ['convLstm2d', FILTERS, [[1, 2, 5, 5, 2]]],
  ['bidirectional', { layer: 'gru' }, [SEQUENCE]],
  ['timeDistributed', { layer: 'dense' }, [SEQUENCE]],
  ['rnn', { cell: 'lstmCell' }, [SEQUENCE]],
];

/** Runs each layer type plain and compiled, its gradients in inputs and weights included. */
export function runLayers(only = ''): Outcome[] {
  return LAYERS.filter(([name]) => name.includes(only)).map(([name, config, shapes]) => {
    try {
      return { name: `layers.${name}`, faults: tf.tidy(() => faultsOf(name, config, shapes)) };
    } catch (error) {
      return { name: `layers.${name}`, faults: [(error as Error).message.replaceAll('\n', ' ')] };
    }
  });
}

function faultsOf(name: string, config: Config, shapes: readonly number[][]): string[] {
  const make = tf.layers as unknown as { [name: string]: (config: object) => Layer };
  const { layer: inner, cell, ...rest } = config;
  const layer = make[name]({
    ...rest,
    ...(inner ? { layer: make[inner as string](CELL) } : {}),
    ...(cell ? { cell: make[cell as string](CELL) } : {}),
  });
  const inputs = shapes.map((shape, i) => tf.randomNormal(shape, 0, 1, 'float32', i + 1));
  const apply = (...tensors: tf.Tensor[]) =>
    layer.apply(tensors.length > 1 ? tensors : tensors[0], { training: true }) as tf.Tensor;
  apply(...inputs);
  const both: TensorFunction = (...tensors) => {
    const loss = (...xs: tf.Tensor[]) => tf.sum(tf.square(apply(...xs))) as tf.Scalar;
    const weights = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const inWeights = weights.length
      ? Object.values(tf.variableGrads(() => loss(...tensors), weights).grads)
      : [];
    return [apply(...tensors), ...tf.grads(loss)(tensors), ...inWeights];
  };
  const compiled = compile(both, { name });
  const before = layer.weights.map((weight) => weight.read().clone());
  const wanted = both(...inputs) as tf.Tensor[];
  const faults: string[] = [];
  for (let call = 0; call < 2; call++) {
    layer.setWeights(before);
    const found = compiled(...inputs) as tf.Tensor[];
    found.forEach((tensor, i) => {
      const apart = tf.max(tf.abs(tf.sub(tensor, wanted[i]))).dataSync()[0];
      const most = 1e-4 * Math.max(1, tf.max(tf.abs(wanted[i])).dataSync()[0]);
      if (!(apart <= most)) faults.push(`call ${call}: result ${i} is ${apart} apart`);
    });
  }
  compiled.dispose();
  return faults;
}
