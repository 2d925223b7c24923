/** TensorFlow.js, for every other file: lib/environment/tfjs-node sets what must be set before its library starts. */
export * as tf from '@tensorflow/tfjs-node';
