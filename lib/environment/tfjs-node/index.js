// The one door to TensorFlow.js, for lib/ and for danfo: whoever comes first finds the same settings.
const util = require('node:util');

// TensorFlow reads this once, when its library is loaded. A value that the user has set stays.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';

// oneDNN would compute float32 products in fewer bits: second derivatives were wrong by more than 10 % with it.
delete process.env.ONEDNN_DEFAULT_FPMATH_MODE;

// XLA's own minimum and maximum on a CPU lose NaN, which TensorFlow's keep.
const XLA = '--xla_cpu_enable_fast_min_max';
const flags = process.env.XLA_FLAGS ?? '';
if (!flags.includes(XLA)) process.env.XLA_FLAGS = `${flags} ${XLA}=false`.trim();

require('./xla-cache').open();

// TensorFlow.js calls functions that Node 22 deprecates, and says so below a notebook's cell, in red.
process.noDeprecation = true;

// It also calls two that Node 23 took away (tensorflow/tfjs #8425).
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;

module.exports = require('@tensorflow/tfjs-node-gpu');
