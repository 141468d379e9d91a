/// @file
/// JavaScript values → checked spans and numbers; failures → JavaScript errors with a stable code. TypeScript has
/// validated everything already; what becomes a pointer is checked again here.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>

#include "dispatch.h"
#include "layout.h"
#include "network.h"

namespace downhill {

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
  Reader(Napi::Env env, const char* function) : env_(env), function_(function) {}

  bool ok() const { return ok_; }
  void fail(const char* code, const std::string& message);

  View view(Napi::Value value, const char* name);
  double number(Napi::Value value, const char* name);
  std::size_t count(Napi::Value value, const char* name);
  /// A typed array of exactly `length` values of type T.
  template <class T> T* array(Napi::Value value, const char* name, std::size_t length);
  /// A typed array of T of any length.
  template <class T> T* array(Napi::Value value, const char* name, std::size_t* length);
  /// An encoded model alone.
  bool model(Napi::Value value, Model& model);
  /// An arena: it begins with the model that tells its element type and size.
  bool arena(Napi::Value value, Arena& arena);

private:
  Napi::Env env_;
  const char* function_;
  bool ok_ = true;
};

template <class T> constexpr napi_typedarray_type kTypedArrayType = napi_uint8_array;
template <> inline constexpr napi_typedarray_type kTypedArrayType<float> = napi_float32_array;
template <> inline constexpr napi_typedarray_type kTypedArrayType<double> = napi_float64_array;
template <> inline constexpr napi_typedarray_type kTypedArrayType<int32_t> = napi_int32_array;
template <> inline constexpr napi_typedarray_type kTypedArrayType<uint32_t> = napi_uint32_array;

template <class T> T* Reader::array(Napi::Value value, const char* name, std::size_t* length) {
  const View v = view(value, name);
  if (ok_ && v.type != kTypedArrayType<T>) {
    fail("ERR_SHAPE", std::string(name) + " has another element type than expected");
  }
  *length = ok_ ? v.length : 0;
  return ok_ ? static_cast<T*>(v.data) : nullptr;
}

template <class T> T* Reader::array(Napi::Value value, const char* name, std::size_t length) {
  std::size_t given = 0;
  T* data = array<T>(value, name, &given);
  if (ok_ && given != length) {
    fail("ERR_SHAPE",
         std::string(name) + " has length " + std::to_string(given) + ", expected " + std::to_string(length));
  }
  return ok_ ? data : nullptr;
}

/// Which kernels a call runs.
struct Selection {
  const KernelTables* tables;
  Arithmetic arithmetic;
};
/// @param value the index of the instruction set times two, plus 1 for the reproducible arithmetic
Selection readSelection(Reader& reader, Napi::Value value);

/// Adds the kernels, one function each, to `exports`.
void defineKernels(Napi::Env env, Napi::Object exports);

/// forward, step and gradient of one sample.
Napi::Value forward(const Napi::CallbackInfo& info);
Napi::Value step(const Napi::CallbackInfo& info);
Napi::Value gradient(const Napi::CallbackInfo& info);
/// The arena sizes and offsets of a model, for comparison with the ones TypeScript computes.
Napi::Value describeLayout(const Napi::CallbackInfo& info);
/// How many bytes to skip at the front of an ArrayBuffer to reach a 64-byte boundary.
Napi::Value bytesToAlignment(const Napi::CallbackInfo& info);

} // namespace downhill
