/**
 * TensorFlow.js on its native library. Every other file takes `tf` from here: the local package behind it
 * (lib/environment/tfjs-node) sets what must be set before the library starts.
 */
import * as tf from '@tensorflow/tfjs-node';

export { tf };
