// tfjs-node-gpu's own binding, compiled from its unchanged sources in one translation unit with what
// `compile` needs: the list of TensorFlow's operations, the shapes of an operation's results without running
// it, and registering a function with the eager context.
#include <node_api.h>

#include <memory>
#include <string>
#include <vector>

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

// A graph that is never run: TensorFlow infers types and shapes as operations are added to it.
struct ShapeGraph {
  TF_Graph *graph = TF_NewGraph();
  std::vector<TF_Operation *> operations;
  ~ShapeGraph() { TF_DeleteGraph(graph); }
};

// newGraph(): an empty graph; it goes when JavaScript lets go of it.
static napi_value NewGraph(napi_env env, napi_callback_info) {
  napi_value result;
  const auto remove = [](napi_env, void *graph, void *) { delete static_cast<ShapeGraph *>(graph); };
  napi_create_external(env, new ShapeGraph, remove, nullptr, &result);
  return result;
}

static std::vector<napi_value> Elements(napi_env env, napi_value array) {
  uint32_t length = 0;
  napi_get_array_length(env, array, &length);
  std::vector<napi_value> elements(length);
  for (uint32_t i = 0; i < length; i++) napi_get_element(env, array, i, &elements[i]);
  return elements;
}

static int32_t Integer(napi_env env, napi_value value) {
  int32_t number = 0;
  napi_get_value_int32(env, value, &number);
  return number;
}

// addOperation(graph, op, inputs, names, attributes): [{shape, dtype}, …], one for each output.
// inputs holds, for each argument of the operation, its length (-1: a single tensor, not a list) and then
// pairs of an operation's place in the graph and the number of its output. attributes are serialized AttrValues.
static napi_value AddOperation(napi_env env, napi_callback_info info) {
  size_t count = 5;
  napi_value arguments[5];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  void *data = nullptr;
  std::string op;
  if (count < 5 || napi_get_value_external(env, arguments[0], &data) != napi_ok ||
      GetStringParam(env, arguments[1], op) != napi_ok) {
    napi_throw_type_error(env, nullptr, "addOperation takes a graph, an operation, inputs and attributes");
    return nullptr;
  }
  auto *shapes = static_cast<ShapeGraph *>(data);
  const std::string name = "n" + std::to_string(shapes->operations.size());
  TF_OperationDescription *description = TF_NewOperation(shapes->graph, op.c_str(), name.c_str());
  const auto inputs = Elements(env, arguments[2]);
  for (size_t at = 0; at < inputs.size();) {
    const int32_t length = Integer(env, inputs[at++]);
    std::vector<TF_Output> list(length < 0 ? 1 : length);
    for (auto &output : list) {
      output.oper = shapes->operations.at(Integer(env, inputs[at]));
      output.index = Integer(env, inputs[at + 1]);
      at += 2;
    }
    if (length < 0) TF_AddInput(description, list[0]);
    else TF_AddInputList(description, list.data(), length);
  }
  TF_AutoStatus status;
  const auto names = Elements(env, arguments[3]), values = Elements(env, arguments[4]);
  for (size_t i = 0; i < names.size(); i++) {
    std::string attribute;
    void *bytes = nullptr;
    size_t length = 0;
    GetStringParam(env, names[i], attribute);
    napi_get_buffer_info(env, values[i], &bytes, &length);
    TF_SetAttrValueProto(description, attribute.c_str(), bytes, length, status.status);
    if (TF_GetCode(status.status) != TF_OK) break;
  }
  const std::string refused = TF_GetCode(status.status) == TF_OK ? "" : TF_Message(status.status);
  // Finishing frees the description, so it comes after a refused attribute too.
  TF_Operation *operation = TF_FinishOperation(description, status.status);
  if (!refused.empty() || TF_GetCode(status.status) != TF_OK) {
    napi_throw_error(env, nullptr, refused.empty() ? TF_Message(status.status) : refused.c_str());
    return nullptr;
  }
  shapes->operations.push_back(operation);
  napi_value results;
  napi_create_array(env, &results);
  for (int i = 0; i < TF_OperationNumOutputs(operation); i++) {
    const TF_Output output{operation, i};
    const int rank = TF_GraphGetTensorNumDims(shapes->graph, output, status.status);
    std::vector<int64_t> sizes(rank < 0 ? 0 : rank);
    if (rank > 0) TF_GraphGetTensorShape(shapes->graph, output, sizes.data(), rank, status.status);
    napi_value result, shape, value;
    napi_create_object(env, &result);
    napi_create_array(env, &shape);
    // An unknown rank is told as one unknown size.
    if (rank < 0) sizes.push_back(-1);
    for (size_t d = 0; d < sizes.size(); d++) {
      napi_create_int64(env, sizes[d], &value);
      napi_set_element(env, shape, d, value);
    }
    napi_set_named_property(env, result, "shape", shape);
    napi_create_int32(env, TF_OperationOutputType(output), &value);
    napi_set_named_property(env, result, "dtype", value);
    napi_set_element(env, results, i, result);
  }
  return results;
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
      {"newGraph", nullptr, tfnodejs::NewGraph, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"addOperation", nullptr, tfnodejs::AddOperation, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"operationList", nullptr, tfnodejs::OperationList, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"registerFunction", nullptr, tfnodejs::RegisterFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"unregisterFunction", nullptr, tfnodejs::UnregisterFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, sizeof(additions) / sizeof(additions[0]), additions);
  return exports;
}
