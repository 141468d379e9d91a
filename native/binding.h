/// @file
/// JavaScript values → checked spans and numbers; failures → JavaScript errors with a stable code. TypeScript has
/// validated everything already; what becomes a pointer is checked again here.
#pragma once

#include <node_api.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "dispatch.h"
#include "layout.h"
#include "network.h"
#include "text.h"

namespace downhill {

/// A call from JavaScript: its environment and its arguments. Those not given are undefined.
class Call {
public:
  Call(napi_env env, napi_callback_info info) : env_(env) {
    std::size_t count = kMostArguments;
    napi_get_cb_info(env, info, &count, arguments_, nullptr, nullptr);
  }
  napi_env env() const { return env_; }
  napi_value operator[](std::size_t i) const { return arguments_[i]; }

private:
  /// As many as the kernel with the longest list takes.
  static constexpr std::size_t kMostArguments = 9;
  napi_env env_;
  napi_value arguments_[kMostArguments] = {};
};

/// What kind of value it is; undefined if that cannot be told.
napi_valuetype typeOf(napi_env env, napi_value value);
/// Null, with which a function returns undefined, if the environment gives none any more.
napi_value numberValue(napi_env env, double number);
/// Gives `object` a function of this name.
bool defineFunction(napi_env env, napi_value object, const char* name, napi_callback function);

/// A typed array's memory.
struct View {
  napi_typedarray_type type;
  void* data;
  std::size_t length;
};

/// A network's memory, as src/state.ts makes it.
struct Arena {
  Model model;
  /// Of floats or doubles, as the model says.
  void* parameters = nullptr;
  void* workspace = nullptr;

  template <class T> Network<T> network(const KernelTable<T>& kernels, Team* team = nullptr) const {
    return Network<T>(model, kernels, static_cast<T*>(parameters), static_cast<T*>(workspace), team);
  }
};

/// Reads values and remembers the first thing that was wrong. After a failure every reader returns a harmless
/// default, so a function reads all it needs, asks ok() once, and touches no memory before.
class Reader {
public:
  Reader(napi_env env, const char* function) : env_(env), function_(function) {}

  bool ok() const { return ok_; }
  /// Throws an error, unless there was one before. While an environment is being terminated nothing can be thrown any
  /// more, and nothing is.
  void fail(const char* code, const Text& message);

  View view(napi_value value, const char* name);
  double number(napi_value value, const char* name);
  std::size_t count(napi_value value, const char* name);
  /// A typed array of exactly `length` values of type T.
  template <class T> T* array(napi_value value, const char* name, std::size_t length);
  /// A typed array of T of any length.
  template <class T> T* array(napi_value value, const char* name, std::size_t* length);
  /// An encoded model alone.
  bool model(napi_value value, Model& model);
  /// An arena: it begins with the model that tells its element type and size.
  bool arena(napi_value value, Arena& arena);

private:
  napi_env env_;
  const char* function_;
  bool ok_ = true;
};

template <class T> constexpr napi_typedarray_type kTypedArrayType = napi_uint8_array;
template <> inline constexpr napi_typedarray_type kTypedArrayType<float> = napi_float32_array;
template <> inline constexpr napi_typedarray_type kTypedArrayType<double> = napi_float64_array;
template <> inline constexpr napi_typedarray_type kTypedArrayType<int32_t> = napi_int32_array;
template <> inline constexpr napi_typedarray_type kTypedArrayType<uint32_t> = napi_uint32_array;

template <class T> T* Reader::array(napi_value value, const char* name, std::size_t* length) {
  const View v = view(value, name);
  if (ok_ && v.type != kTypedArrayType<T>) {
    fail("ERR_SHAPE", Text(name) << " has another element type than expected");
  }
  *length = ok_ ? v.length : 0;
  return ok_ ? static_cast<T*>(v.data) : nullptr;
}

template <class T> T* Reader::array(napi_value value, const char* name, std::size_t length) {
  std::size_t given = 0;
  T* data = array<T>(value, name, &given);
  if (ok_ && given != length) {
    fail("ERR_SHAPE", Text(name) << " has length " << given << ", expected " << length);
  }
  return ok_ ? data : nullptr;
}

/// Which kernels a call runs.
struct Selection {
  const KernelTables* tables;
  Arithmetic arithmetic;
};
/// @param value the index of the instruction set times two, plus 1 for the reproducible arithmetic
Selection readSelection(Reader& reader, napi_value value);

/// Adds the kernels, one function each, to `exports`.
/// @return whether all could be
bool defineKernels(napi_env env, napi_value exports);

/// forward, step and gradient of one sample.
napi_value forward(napi_env env, napi_callback_info info);
napi_value step(napi_env env, napi_callback_info info);
napi_value gradient(napi_env env, napi_callback_info info);
/// The arena sizes and offsets of a model, for comparison with the ones TypeScript computes.
napi_value describeLayout(napi_env env, napi_callback_info info);
/// How many bytes to skip at the front of an ArrayBuffer to reach a 64-byte boundary.
napi_value bytesToAlignment(napi_env env, napi_callback_info info);

} // namespace downhill
