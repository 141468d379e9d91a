#include "binding.h"

#include <algorithm>
#include <type_traits>

#include "network.h"

namespace downhill {

napi_valuetype typeOf(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  return napi_typeof(env, value, &type) == napi_ok ? type : napi_undefined;
}

napi_value numberValue(napi_env env, double number) {
  napi_value value = nullptr;
  return napi_create_double(env, number, &value) == napi_ok ? value : nullptr;
}

bool defineFunction(napi_env env, napi_value object, const char* name, napi_callback function) {
  napi_value value = nullptr;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value) == napi_ok &&
         napi_set_named_property(env, object, name, value) == napi_ok;
}

void Reader::fail(const char* code, const Text& message) {
  if (!ok_) return;
  ok_ = false;
  // While a worker is being terminated, or after a getter has thrown, there is an exception already.
  bool isPending = false;
  if (napi_is_exception_pending(env_, &isPending) != napi_ok || isPending) return;
  napi_throw_error(env_, code, (Text("native ") << function_ << ": " << message.get()).get());
}

View Reader::view(napi_value value, const char* name) {
  View result{napi_uint8_array, nullptr, 0};
  if (!ok_) return result;
  // The call itself refuses what is no typed array; buffer and offset are not asked for, as that would cost a handle.
  if (napi_get_typedarray_info(env_, value, &result.type, &result.length, &result.data, nullptr, nullptr) != napi_ok) {
    fail("ERR_SHAPE", Text(name) << " is not a typed array");
  } else if (result.length > 0 && result.data == nullptr) {
    fail("ERR_SHAPE", Text(name) << " has no memory: its buffer is detached");
  }
  return result;
}

double Reader::number(napi_value value, const char* name) {
  double number = 0;
  if (ok_ && napi_get_value_double(env_, value, &number) != napi_ok) {
    fail("ERR_OPTION", Text(name) << " is not a number");
  }
  return number;
}

std::size_t Reader::count(napi_value value, const char* name) {
  const double number = this->number(value, name);
  if (!ok_) return 0;
  if (!(number >= 0 && number <= 9007199254740991.0 && number == std::floor(number))) {
    fail("ERR_SHAPE", Text(name) << " is not a count");
    return 0;
  }
  return static_cast<std::size_t>(number);
}

bool Reader::model(napi_value value, Model& model) {
  std::size_t length = 0;
  const double* encoded = array<double>(value, "model", &length);
  if (ok_ && !readModel(encoded, length, model)) fail("ERR_OPTION", "model is not a model");
  return ok_;
}

bool Reader::arena(napi_value value, Arena& arena) {
  const View v = view(value, "arena");
  if (!ok_) return false;
  const bool isDouble = v.type == napi_float64_array;
  const std::size_t bytes = v.length * (isDouble ? sizeof(double) : sizeof(float));
  const bool isReadable =
      (isDouble || v.type == napi_float32_array) && reinterpret_cast<std::uintptr_t>(v.data) % alignof(double) == 0;
  const double* encoded = static_cast<const double*>(v.data);
  if (!isReadable || !readModel(encoded, bytes / sizeof(double), arena.model) || arena.model.isDouble != isDouble) {
    fail("ERR_OPTION", "the arena does not begin with a model of its element type");
    return false;
  }
  const ArenaParts parts = arenaParts(arena.model);
  if (v.length != parts.end) {
    fail("ERR_SHAPE", Text("the arena has length ") << v.length << ", expected " << parts.end);
    return false;
  }
  const auto at = [&](std::size_t offset) -> void* {
    return static_cast<char*>(v.data) + offset * (isDouble ? sizeof(double) : sizeof(float));
  };
  arena.parameters = at(parts.parameters);
  arena.workspace = at(parts.workspace);
  return true;
}

Selection readSelection(Reader& reader, napi_value value) {
  const std::size_t selector = reader.count(value, "selector");
  const InstructionSets& usable = usableInstructionSets();
  const std::size_t set = selector / kArithmetics;
  if (reader.ok() && set >= usable.count) {
    reader.fail("ERR_BACKEND_UNAVAILABLE", "selector names no instruction set of this machine");
  }
  return {usable.sets[reader.ok() ? set : 0].kernels, static_cast<Arithmetic>(selector % kArithmetics)};
}

namespace {

/// Reads (selector, arena), the arguments every pass over a network begins with, and calls body(network).
template <class Body> napi_value withNetwork(const Call& call, Reader& reader, Body body) {
  const Selection selection = readSelection(reader, call[0]);
  Arena arena;
  if (!reader.arena(call[1], arena)) return nullptr;
  if (arena.model.isDouble) return body(arena.network(selection.tables->of<double>(selection.arithmetic)));
  return body(arena.network(selection.tables->of<float>(selection.arithmetic)));
}

} // namespace

napi_value forward(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Reader reader(env, "forward");
  return withNetwork(call, reader, [&](const auto& network) -> napi_value {
    network.forward();
    return nullptr;
  });
}

napi_value step(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Reader reader(env, "step");
  const double learningRate = reader.number(call[2], "learningRate");
  return withNetwork(call, reader, [&](const auto& network) -> napi_value {
    using T = std::remove_pointer_t<decltype(network.parameters())>;
    if (!reader.ok()) return nullptr;
    network.forward();
    const double loss = network.loss();
    // A loss that is not finite is reported, and nothing is updated.
    if (std::isfinite(loss)) network.update(static_cast<T>(-learningRate));
    return numberValue(env, loss);
  });
}

napi_value gradient(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Reader reader(env, "gradient");
  return withNetwork(call, reader, [&](const auto& network) -> napi_value {
    using T = std::remove_pointer_t<decltype(network.parameters())>;
    const std::size_t size = network.model().parameterValues;
    T* sum = reader.array<T>(call[2], "gradient", size);
    if (!reader.ok()) return nullptr;
    std::fill(sum, sum + size, T(0));
    network.forward();
    const double loss = network.loss();
    network.addGradient(sum);
    return numberValue(env, loss);
  });
}

napi_value describeLayout(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Reader reader(env, "describeLayout");
  Model model;
  if (!reader.model(call[0], model)) return nullptr;
  napi_value result = nullptr;
  bool isWhole = napi_create_array(env, &result) == napi_ok;
  uint32_t next = 0;
  const auto push = [&](std::size_t value) {
    isWhole = isWhole && napi_set_element(env, result, next++, numberValue(env, static_cast<double>(value))) == napi_ok;
  };
  push(model.parameterValues);
  push(model.workspaceValues);
  push(model.logits);
  push(model.target);
  push(model.sampleValues);
  for (std::size_t l = 0; l < model.layerCount; l++) {
    const Layer& layer = model.layers[l];
    for (const std::size_t value :
         {layer.stride, layer.weights, layer.input, layer.output, layer.psi, layer.outputStride}) {
      push(value);
    }
  }
  if (!isWhole) reader.fail("ERR_SHAPE", "there is no memory");
  return result;
}

napi_value bytesToAlignment(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Reader reader(env, "bytesToAlignment");
  void* data = nullptr;
  std::size_t length = 0;
  bool isBuffer = false;
  if (napi_is_arraybuffer(env, call[0], &isBuffer) != napi_ok || !isBuffer ||
      napi_get_arraybuffer_info(env, call[0], &data, &length) != napi_ok) {
    reader.fail("ERR_SHAPE", "the argument is not an ArrayBuffer");
    return nullptr;
  }
  const std::uintptr_t past = reinterpret_cast<std::uintptr_t>(data) % 64;
  return numberValue(env, static_cast<double>(past == 0 ? 0 : 64 - past));
}

} // namespace downhill
