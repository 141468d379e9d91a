/// @file
/// The kernels as JavaScript functions on plain, unpadded arrays: one function for each kernel of the list. `x` comes
/// without the 1 of the bias and results of transposed products go without the bias's share, so both pass through a
/// small buffer; the matrix is used where it lies.
#include <algorithm>
#include <cstring>

#include "binding.h"
#include "memory.h"

namespace downhill {
namespace {

/// Room for `count` values, on the stack when they are few.
template <class T> class Scratch {
public:
  Scratch(Reader& reader, std::size_t count) {
    if (!reader.ok() || count <= kInline) return;
    heap_ = allocateValues<T>(count);
    if (!heap_) reader.fail("ERR_SHAPE", "there is no memory for a vector of this length");
  }
  T* data() { return heap_ ? heap_.get() : inline_; }

private:
  static constexpr std::size_t kInline = 1024;
  T inline_[kInline];
  HeapValues<T> heap_;
};

/// Reads (selector, matrix data, rows, columns, …) and keeps count of what comes next.
template <class T> class Arguments {
public:
  Arguments(Reader& reader, const Call& call)
      : reader_(reader), call_(call), selection_(readSelection(reader, call[0])) {}

  const KernelTable<T>& kernels() const { return selection_.tables->of<T>(selection_.arithmetic); }
  T* vector(const char* name, std::size_t length) { return reader_.array<T>(call_[next_++], name, length); }
  T* vector(const char* name, std::size_t* length) { return reader_.array<T>(call_[next_++], name, length); }
  T scalar(const char* name) { return static_cast<T>(reader_.number(call_[next_++], name)); }
  T* matrix(Shape& shape) {
    std::size_t length = 0;
    T* data = vector("matrix", &length);
    shape.rows = reader_.count(call_[next_++], "rows");
    shape.columns = reader_.count(call_[next_++], "columns");
    shape.stride = shape.columns;
    const bool fits = shape.columns >= 1 && length % shape.columns == 0 && length / shape.columns == shape.rows;
    if (!fits) reader_.fail("ERR_SHAPE", "matrix has not rows x columns values, columns being at least 1");
    return data;
  }
  bool ok() const { return reader_.ok(); }
  Reader& reader() { return reader_; }

private:
  Reader& reader_;
  const Call& call_;
  Selection selection_;
  std::size_t next_ = 1;
};

/// x of every sample with the 1 of the bias behind it.
template <class T> class BiasedInput : public Scratch<T> {
public:
  BiasedInput(Arguments<T>& arguments, const T* x, std::size_t columns, std::size_t samples = 1)
      : Scratch<T>(arguments.reader(), samples * columns) {
    if (!arguments.ok()) return;
    for (std::size_t s = 0; s < samples; s++) {
      T* row = this->data() + s * columns;
      std::copy(x + s * (columns - 1), x + (s + 1) * (columns - 1), row);
      row[columns - 1] = 1;
    }
  }
};

/// Runs body(result of `columns` values for every sample) and hands all but the bias's share to `out`.
template <class T, class Body>
void intoUnbiased(Arguments<T>& arguments, T* out, std::size_t columns, Body body, std::size_t samples = 1) {
  Scratch<T> result(arguments.reader(), samples * columns);
  if (!arguments.ok()) return;
  body(result.data());
  for (std::size_t s = 0; s < samples; s++) {
    const T* row = result.data() + s * columns;
    std::copy(row, row + columns - 1, out + s * (columns - 1));
  }
}

template <class T> std::size_t inputsOf(const Arguments<T>& arguments, Shape shape) {
  return arguments.ok() ? shape.columns - 1 : 0;
}

template <class T> void callGemv(Arguments<T>& a, Gemv<T>* kernel) {
  Shape shape;
  const T* w = a.matrix(shape);
  const T* x = a.vector("x", inputsOf(a, shape));
  T* out = a.vector("out", shape.rows);
  BiasedInput<T> biased(a, x, shape.columns);
  if (a.ok()) kernel(w, shape, biased.data(), out);
}

template <class T> void callGemvTransposed(Arguments<T>& a, GemvTransposed<T>* kernel) {
  Shape shape;
  const T* w = a.matrix(shape);
  const T* psi = a.vector("psi", shape.rows);
  T* out = a.vector("out", inputsOf(a, shape));
  intoUnbiased(a, out, shape.columns, [&](T* result) { kernel(w, shape, psi, result); });
}

template <class T> void callOuterProduct(Arguments<T>& a, OuterProduct<T>* kernel) {
  Shape shape;
  T* w = a.matrix(shape);
  const T* psi = a.vector("psi", shape.rows);
  const T* x = a.vector("x", inputsOf(a, shape));
  const T scale = a.scalar("scale");
  BiasedInput<T> biased(a, x, shape.columns);
  if (a.ok()) kernel(w, shape, psi, biased.data(), scale);
}

/// The kernels that take psi and x and give a vector; `call` gets the rest of the scalars.
template <class T, class Call> void callBackprop(Arguments<T>& a, Call call) {
  Shape shape;
  T* w = a.matrix(shape);
  const T* psi = a.vector("psi", shape.rows);
  const T* x = a.vector("x", inputsOf(a, shape));
  T* out = a.vector("out", inputsOf(a, shape));
  BiasedInput<T> biased(a, x, shape.columns);
  call(w, shape, psi, biased.data(), out);
}

template <class T> void callGemvTransposedUpdate(Arguments<T>& a, GemvTransposedUpdate<T>* kernel) {
  callBackprop(a, [&](T* w, Shape shape, const T* psi, const T* x, T* out) {
    const T scale = a.scalar("scale");
    intoUnbiased(a, out, shape.columns, [&](T* result) { kernel(w, shape, psi, x, result, scale); });
  });
}

template <class T> void callSigmoidBackprop(Arguments<T>& a, SigmoidBackprop<T>* kernel) {
  callBackprop(a, [&](T* w, Shape shape, const T* psi, const T* x, T* out) {
    const T slope = a.scalar("slope");
    intoUnbiased(a, out, shape.columns, [&](T* result) { kernel(w, shape, psi, x, result, slope); });
  });
}

template <class T> void callBackpropUpdate(Arguments<T>& a, BackpropUpdate<T>* kernel) {
  callBackprop(a, [&](T* w, Shape shape, const T* psi, const T* x, T* out) {
    const T scale = a.scalar("scale");
    const T slope = a.scalar("slope");
    intoUnbiased(a, out, shape.columns, [&](T* result) { kernel(w, shape, psi, x, result, scale, slope); });
  });
}

/// Vectors of a block of samples, one behind the other.
template <class T> T* readBlock(Arguments<T>& a, const char* name, std::size_t size, std::size_t* samples) {
  std::size_t length = 0;
  T* data = a.vector(name, &length);
  *samples = size == 0 ? 0 : length / size;
  if (*samples * size != length) a.reader().fail("ERR_SHAPE", Text(name) << " has not whole samples");
  return data;
}

template <class T> void callGemm(Arguments<T>& a, Gemm<T>* kernel) {
  Shape shape;
  const T* w = a.matrix(shape);
  std::size_t samples = 0;
  const T* x = readBlock(a, "x", inputsOf(a, shape), &samples);
  T* out = a.vector("out", samples * shape.rows);
  BiasedInput<T> biased(a, x, shape.columns, samples);
  if (a.ok()) kernel(w, shape, {biased.data(), samples, shape.columns}, {out, samples, shape.rows});
}

template <class T> void callGemmTransposed(Arguments<T>& a, GemmTransposed<T>* kernel) {
  Shape shape;
  const T* w = a.matrix(shape);
  std::size_t samples = 0;
  const T* psi = readBlock(a, "psi", shape.rows, &samples);
  T* out = a.vector("out", samples * inputsOf(a, shape));
  const auto run = [&](T* result) { kernel(w, shape, {psi, samples, shape.rows}, {result, samples, shape.columns}); };
  intoUnbiased(a, out, shape.columns, run, samples);
}

/// The kernels that add outer products; `call` gets the scalars.
template <class T, class Call> void callOuterSum(Arguments<T>& a, Call call) {
  Shape shape;
  T* w = a.matrix(shape);
  std::size_t samples = 0;
  const T* psi = readBlock(a, "psi", shape.rows, &samples);
  const T* x = a.vector("x", samples * inputsOf(a, shape));
  BiasedInput<T> biased(a, x, shape.columns, samples);
  call(w, shape, Block<const T>{psi, samples, shape.rows}, Block<const T>{biased.data(), samples, shape.columns});
}

template <class T> void callOuterProducts(Arguments<T>& a, OuterProducts<T>* kernel) {
  callOuterSum(a, [&](T* w, Shape shape, Block<const T> psi, Block<const T> x) {
    const T scale = a.scalar("scale");
    if (a.ok()) kernel(w, shape, psi, x, scale);
  });
}

template <class T> void callAccumulateOuterProducts(Arguments<T>& a, AccumulateOuterProducts<T>* kernel) {
  callOuterSum(a, [&](T* w, Shape shape, Block<const T> psi, Block<const T> x) {
    if (a.ok()) kernel(w, shape, psi, x);
  });
}

template <class T> void callActivation(Arguments<T>& a, Activation<T>* kernel) {
  std::size_t count = 0;
  const T* z = a.vector("z", &count);
  T* out = a.vector("out", count);
  const T parameter = a.scalar("parameter");
  if (a.ok()) kernel(z, out, count, parameter);
}

template <class T> void callDerivative(Arguments<T>& a, Derivative<T>* kernel) {
  std::size_t count = 0;
  const T* x = a.vector("x", &count);
  const T* s = a.vector("s", count);
  T* out = a.vector("out", count);
  const T parameter = a.scalar("parameter");
  if (a.ok()) kernel(x, s, out, count, parameter);
}

template <class T> void callAddScaled(Arguments<T>& a, AddScaled<T>* kernel) {
  std::size_t count = 0;
  const T* x = a.vector("x", &count);
  T* out = a.vector("out", count);
  const T scale = a.scalar("scale");
  if (a.ok()) kernel(x, out, count, scale);
}

template <class T> StepConstants<T> readConstants(Arguments<T>& a) {
  StepConstants<T> constants{};
  const T* values = a.vector("constants", kStepConstants);
  if (a.ok()) std::memcpy(&constants, values, sizeof constants);
  return constants;
}

template <class T> void callDescentStep(Arguments<T>& a, DescentStep<T>* kernel) {
  std::size_t count = 0;
  T* w = a.vector("weights", &count);
  const T* g = a.vector("gradient", count);
  const StepConstants<T> constants = readConstants(a);
  if (a.ok()) kernel(w, g, count, constants);
}

template <class T> void callMomentStep(Arguments<T>& a, MomentStep<T>* kernel) {
  std::size_t count = 0;
  T* w = a.vector("weights", &count);
  const T* g = a.vector("gradient", count);
  T* first = a.vector("first", count);
  const StepConstants<T> constants = readConstants(a);
  if (a.ok()) kernel(w, g, first, count, constants);
}

template <class T> void callTwoMomentsStep(Arguments<T>& a, TwoMomentsStep<T>* kernel) {
  std::size_t count = 0;
  T* w = a.vector("weights", &count);
  const T* g = a.vector("gradient", count);
  T* first = a.vector("first", count);
  T* second = a.vector("second", count);
  const StepConstants<T> constants = readConstants(a);
  if (a.ok()) kernel(w, g, first, second, count, constants);
}

template <class T> void callSumSquares(Arguments<T>& a, SumSquares<T>* kernel) {
  std::size_t count = 0;
  const T* values = a.vector("values", &count);
  T* out = a.vector("out", 1);
  if (a.ok()) kernel(values, out, count);
}

/// The element type of the first array decides which kernel runs.
template <class Body> void withElementType(const Call& call, Reader& reader, Body body) {
  const View first = reader.view(call[1], "the first array");
  if (!reader.ok()) return;
  if (first.type == napi_float32_array) return body(float{});
  if (first.type == napi_float64_array) return body(double{});
  reader.fail("ERR_SHAPE", "the first array is neither a Float32Array nor a Float64Array");
}

} // namespace

bool defineKernels(napi_env env, napi_value exports) {
#define DOWNHILL_DEFINE(name, Signature)                                                                               \
  &&defineFunction(env, exports, #name, [](napi_env env, napi_callback_info info) -> napi_value {                      \
    const Call call(env, info);                                                                                        \
    Reader reader(env, #name);                                                                                         \
    withElementType(call, reader, [&](auto element) {                                                                  \
      using T = decltype(element);                                                                                     \
      Arguments<T> arguments(reader, call);                                                                            \
      call##Signature<T>(arguments, arguments.kernels().name);                                                         \
    });                                                                                                                \
    return nullptr;                                                                                                    \
  })
  return true DOWNHILL_KERNELS(DOWNHILL_DEFINE);
#undef DOWNHILL_DEFINE
}

} // namespace downhill
