// tfjs-node-gpu's own binding, compiled from its unchanged sources together with what `compile` needs.
// One translation unit, so that the additions can reach the backend's TensorFlow context.
#include "binding/tfjs_backend.cc"
#include "binding/tfjs_binding.cc"
