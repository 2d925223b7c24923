// tfjs-node-gpu's own binding, compiled from its unchanged sources in one translation unit with what
// `compile` needs: the list of TensorFlow's operations, and registering a function with the eager context.
#include <node_api.h>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

// The package registers its module with this macro; ours, at the end, registers more.
#undef NAPI_MODULE
#define NAPI_MODULE(name, init)
#include "binding/tfjs_backend.cc"
#include "binding/tfjs_binding.cc"

namespace tfnodejs {

// The package keeps its context private. Naming a private member is allowed in an explicit instantiation.
template <TFE_Context *TFJSBackend::*Member>
struct ContextAccess {
  friend TFE_Context *ContextOf(TFJSBackend *backend) { return backend->*Member; }
};
TFE_Context *ContextOf(TFJSBackend *backend);
template struct ContextAccess<&TFJSBackend::tfe_context_>;

// operationList(): Uint8Array with TensorFlow's serialized OpList.
static napi_value OperationList(napi_env env, napi_callback_info) {
  TF_Buffer *list = TF_GetAllOpList();
  napi_value result;
  void *copy;
  napi_create_buffer_copy(env, list->length, list->data, &copy, &result);
  TF_DeleteBuffer(list);
  return result;
}

// registerFunction(definition: Uint8Array): adds a serialized FunctionDef to the eager context.
static napi_value RegisterFunction(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  void *data;
  size_t length;
  if (count < 1 || napi_get_buffer_info(env, argument, &data, &length) != napi_ok) {
    napi_throw_type_error(env, nullptr, "registerFunction takes one Buffer");
    return nullptr;
  }
  TF_AutoStatus status;
  TFE_ContextAddFunctionDef(ContextOf(GetTFJSBackend(env)), static_cast<const char *>(data), length,
                            status.status);
  if (TF_GetCode(status.status) != TF_OK) napi_throw_error(env, nullptr, TF_Message(status.status));
  return nullptr;
}

// unregisterFunction(name: string): removes it again.
static napi_value UnregisterFunction(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  std::string name;
  if (count < 1 || GetStringParam(env, argument, name) != napi_ok) return nullptr;
  TF_AutoStatus status;
  TFE_ContextRemoveFunction(ContextOf(GetTFJSBackend(env)), name.c_str(), status.status);
  if (TF_GetCode(status.status) != TF_OK) napi_throw_error(env, nullptr, TF_Message(status.status));
  return nullptr;
}

}  // namespace tfnodejs

NAPI_MODULE_INIT() {
#ifdef __GLIBC__
  // A training step allocates and frees the same large blocks again and again. Handing them back to the
  // system each time would cost a page fault for every 4 KB of the next step.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 2147483647);
#endif
  if (tfnodejs::InitTFNodeJSBinding(env, exports) == nullptr) return nullptr;
  napi_property_descriptor additions[] = {
      {"operationList", nullptr, tfnodejs::OperationList, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"registerFunction", nullptr, tfnodejs::RegisterFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"unregisterFunction", nullptr, tfnodejs::UnregisterFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, sizeof(additions) / sizeof(additions[0]), additions);
  return exports;
}
