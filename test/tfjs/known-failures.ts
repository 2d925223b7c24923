/** Tests of tfjs' own suites that are known to fail here, and why. */
export interface KnownFailure {
  /** The test's whole name, or a pattern of it. */
  readonly test: RegExp;
  /** What its message has to say, where that tells. */
  readonly fault?: RegExp;
  readonly reason: string;
}

/** On tfjs-node's backend, whether compiled or not; tfjs' own list for Node leaves most of them out, too. */
export const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    test: /./,
    fault: /Kernel '\w+' not registered for backend/,
    reason: 'tfjs-node has no such kernel',
  },
  {
    test: /./,
    fault: /supports only 'valid' and 'same' padding/,
    reason: 'tfjs-node hands no explicit padding to TensorFlow',
  },
  { test: /NCHW/, reason: "TensorFlow's convolutions on a CPU want the channels last" },
  {
    test: /^(depthwiseConv2D|separableConv2d) input.*d=[2-4]|dilations > 1/,
    reason: 'TensorFlow has no dilated depthwise convolution for CPUs',
  },
  {
    test: /^(avgPool3d x=\[1,1,1,1,1\] f=\[1,1,3\]|conv2dTranspose input=8x8x8)/,
    reason: 'TensorFlow refuses a window larger than its input, and such a shape',
  },
  { test: /string comparison$/, reason: 'TensorFlow orders no strings' },
  {
    test: /^(leakyrelu int32|step kernel with int32 tensor|diag bool)$/,
    reason: 'TensorFlow has no kernel for this type',
  },
  {
    test: /^round int32$/,
    reason: "TensorFlow 2.21's Round of int32 gives 0",
  },
  {
    test: /^scatterND /,
    reason: 'TensorFlow checks shapes that tfjs does not (tfjs issue 806)',
  },
  { test: /^sign /, reason: "TensorFlow's sign of NaN is NaN, tfjs' is 0" },
  {
    test: /^unique 1d tensor with NaN/,
    reason: 'each NaN is unique in TensorFlow, all are one in tfjs',
  },
  { test: /^tan numbers exceed/, reason: 'one bit of a float32 apart' },
  { test: /^multinomial creates the same/, reason: "TensorFlow's seed is not tfjs'" },
  { test: /^einsum (2d matrix calculate trace|nonexistent)/, reason: 'TensorFlow can do it' },
];

/** Compiled, besides. */
export const KNOWN_FAILURES_COMPILED: readonly KnownFailure[] = [
  {
    test: /^layers\.(thresholdedReLU|masking|conv3dTranspose|centerCrop)$/,
    fault: /gradient function not found/,
    reason: 'tfjs has no gradient of it, compiled or not',
  },
  {
    test: /^layers\.softmax$/,
    fault: /Softmax along a non-last dimension/,
    reason: 'tfjs-layers asks for an axis that tfjs-core refuses, compiled or not',
  },
  {
    test: /^layers\.upSampling2d$/,
    fault: /No registered 'ResizeNearestNeighborGrad'/,
    reason: 'XLA has no kernel for the gradient of a resize to the nearest neighbor',
  },
];
