#include "binding.h"

#include <algorithm>
#include <type_traits>

#include "network.h"

namespace downhill {

void Reader::fail(const char* code, const std::string& message) {
  if (!ok_) return;
  ok_ = false;
  // While a worker is being terminated, or after a getter has thrown, there is an exception already.
  bool isPending = false;
  if (napi_is_exception_pending(env_, &isPending) != napi_ok || isPending) return;
  Napi::Error error = Napi::Error::New(env_, std::string("native ") + function_ + ": " + message);
  error.Set("code", Napi::String::New(env_, code));
  error.ThrowAsJavaScriptException();
}

View Reader::view(Napi::Value value, const char* name) {
  View result{napi_uint8_array, nullptr, 0};
  if (!ok_) return result;
  // The call itself refuses what is no typed array; buffer and offset are not asked for, as that would cost a handle.
  if (napi_get_typedarray_info(env_, value, &result.type, &result.length, &result.data, nullptr, nullptr) != napi_ok) {
    fail("ERR_SHAPE", std::string(name) + " is not a typed array");
  } else if (result.length > 0 && result.data == nullptr) {
    fail("ERR_SHAPE", std::string(name) + " has no memory: its buffer is detached");
  }
  return result;
}

double Reader::number(Napi::Value value, const char* name) {
  double number = 0;
  if (ok_ && napi_get_value_double(env_, value, &number) != napi_ok) {
    fail("ERR_OPTION", std::string(name) + " is not a number");
  }
  return number;
}

std::size_t Reader::count(Napi::Value value, const char* name) {
  const double number = this->number(value, name);
  if (!ok_) return 0;
  if (!(number >= 0 && number <= 9007199254740991.0 && number == std::floor(number))) {
    fail("ERR_SHAPE", std::string(name) + " is not a count");
    return 0;
  }
  return static_cast<std::size_t>(number);
}

bool Reader::model(Napi::Value value, Model& model) {
  std::size_t length = 0;
  const double* encoded = array<double>(value, "model", &length);
  if (ok_ && !readModel(encoded, length, model)) fail("ERR_OPTION", "model is not a model");
  return ok_;
}

bool Reader::arena(Napi::Value value, Arena& arena) {
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
    fail("ERR_SHAPE", "the arena has length " + std::to_string(v.length) + ", expected " + std::to_string(parts.end));
    return false;
  }
  const auto at = [&](std::size_t offset) -> void* {
    return static_cast<char*>(v.data) + offset * (isDouble ? sizeof(double) : sizeof(float));
  };
  arena.parameters = at(parts.parameters);
  arena.workspace = at(parts.workspace);
  return true;
}

Selection readSelection(Reader& reader, Napi::Value value) {
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
template <class Body> Napi::Value withNetwork(const Napi::CallbackInfo& info, Reader& reader, Body body) {
  const Selection selection = readSelection(reader, info[0]);
  Arena arena;
  if (!reader.arena(info[1], arena)) return info.Env().Undefined();
  if (arena.model.isDouble) return body(arena.network(selection.tables->of<double>(selection.arithmetic)));
  return body(arena.network(selection.tables->of<float>(selection.arithmetic)));
}

} // namespace

Napi::Value forward(const Napi::CallbackInfo& info) {
  Reader reader(info.Env(), "forward");
  return withNetwork(info, reader, [&](const auto& network) -> Napi::Value {
    network.forward();
    return Napi::Value();
  });
}

Napi::Value step(const Napi::CallbackInfo& info) {
  Reader reader(info.Env(), "step");
  const double learningRate = reader.number(info[2], "learningRate");
  return withNetwork(info, reader, [&](const auto& network) -> Napi::Value {
    using T = std::remove_pointer_t<decltype(network.parameters())>;
    if (!reader.ok()) return info.Env().Undefined();
    network.forward();
    const double loss = network.loss();
    // A loss that is not finite is reported, and nothing is updated.
    if (std::isfinite(loss)) network.update(static_cast<T>(-learningRate));
    return Napi::Number::New(info.Env(), loss);
  });
}

Napi::Value gradient(const Napi::CallbackInfo& info) {
  Reader reader(info.Env(), "gradient");
  return withNetwork(info, reader, [&](const auto& network) -> Napi::Value {
    using T = std::remove_pointer_t<decltype(network.parameters())>;
    const std::size_t size = network.model().parameterValues;
    T* sum = reader.array<T>(info[2], "gradient", size);
    if (!reader.ok()) return info.Env().Undefined();
    std::fill(sum, sum + size, T(0));
    network.forward();
    const double loss = network.loss();
    network.addGradient(sum);
    return Napi::Number::New(info.Env(), loss);
  });
}

Napi::Value describeLayout(const Napi::CallbackInfo& info) {
  Reader reader(info.Env(), "describeLayout");
  Model model;
  if (!reader.model(info[0], model)) return info.Env().Undefined();
  Napi::Array result = Napi::Array::New(info.Env());
  uint32_t next = 0;
  const auto push = [&](std::size_t value) {
    result.Set(next++, Napi::Number::New(info.Env(), static_cast<double>(value)));
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
  return result;
}

Napi::Value bytesToAlignment(const Napi::CallbackInfo& info) {
  Reader reader(info.Env(), "bytesToAlignment");
  void* data = nullptr;
  std::size_t length = 0;
  if (!info[0].IsArrayBuffer() || napi_get_arraybuffer_info(info.Env(), info[0], &data, &length) != napi_ok) {
    reader.fail("ERR_SHAPE", "the argument is not an ArrayBuffer");
    return info.Env().Undefined();
  }
  const std::uintptr_t past = reinterpret_cast<std::uintptr_t>(data) % 64;
  return Napi::Number::New(info.Env(), static_cast<double>(past == 0 ? 0 : 64 - past));
}

} // namespace downhill
