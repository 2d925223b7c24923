/**
 * Settings that TensorFlow reads once, when its library is loaded; so this file is imported before the
 * binding. A value that the user has set in the environment stays.
 */
process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';

// TensorFlow.js calls functions that Node 22 deprecates, and says so below a notebook's cell, in red.
process.noDeprecation = true;
