/**
 * Settings that TensorFlow reads once, when its library is loaded; so this file is imported before the
 * binding. A value that the user has set in the environment stays.
 */
process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';

// XLA's own minimum and maximum on a CPU lose NaN, which TensorFlow's keep.
const XLA = '--xla_cpu_enable_fast_min_max';
const flags = process.env.XLA_FLAGS ?? '';
if (!flags.includes(XLA)) process.env.XLA_FLAGS = `${flags} ${XLA}=false`.trim();

// TensorFlow.js calls functions that Node 22 deprecates, and says so below a notebook's cell, in red.
process.noDeprecation = true;
