// What Node loads in the place of TensorFlow.js' binding: loads the binding beside it, and TensorFlow with it, while
// standard error points elsewhere. TensorFlow's static initializers write to it, and no setting silences them all.
#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

#ifdef __APPLE__
#define BINDING "@loader_path/tensorflow_binding.so"
#else
#define BINDING "tensorflow_binding.so"  // In $ORIGIN, where the linker's path of this file points.
#endif

NAPI_MODULE_INIT() {
  const int kept = dup(2), nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, 2);
  void *binding = dlopen(BINDING, RTLD_NOW | RTLD_LOCAL);
  dup2(kept, 2);
  close(kept);
  close(nowhere);
  using Register = napi_value (*)(napi_env, napi_value);
  const auto start =
      binding ? reinterpret_cast<Register>(dlsym(binding, "napi_register_module_v1")) : nullptr;
  if (start) return start(env, exports);
  napi_throw_error(env, nullptr, dlerror());
  return nullptr;
}
