/**
 * The one place where TensorFlow is loaded. Every other file takes `tf` from here, so that log settings
 * apply before the native library starts and no second copy of the kernels is ever registered.
 */
import './quiet';
import * as tf from '@tensorflow/tfjs-node-gpu';

export { tf };
