/// @file
/// The list of kernels. It drives dispatch (one function pointer each), the bindings, the parity tests and the
/// benchmarks. Every kernel object includes C headers only, so that no inline function compiled for a wide
/// instruction set can be picked by the linker for use on a narrow one.
#pragma once

#include <stddef.h>

namespace downhill {

/// A row-major matrix of `rows` x `columns` values with `stride` values from one row to the next.
/// `columns` counts the bias column; in a padded arena it may equal `stride`, the padding being zero.
struct Shape {
  size_t rows;
  size_t columns;
  size_t stride;
};

// Vectors named `x` carry the trailing 1 of the bias: (columns). `psi` has one value per row: (rows).
// Results of transposed products have `columns` values; the one for the bias column is the caller's to drop.

/// out = W x, (rows)
template <class T> using Gemv = void(const T* w, Shape shape, const T* x, T* out);
/// out = Wᵀ psi, (columns)
template <class T> using GemvTransposed = void(const T* w, Shape shape, const T* psi, T* out);
/// W += scale · psi xᵀ
template <class T> using OuterProduct = void(T* w, Shape shape, const T* psi, const T* x, T scale);
/// out = Wᵀ psi with W as it was, and W += scale · psi xᵀ, in one pass over W
template <class T> using GemvTransposedUpdate = void(T* w, Shape shape, const T* psi, const T* x, T* out, T scale);
/// out = (Wᵀ psi) ⊙ slope · x (1 − x)
template <class T> using SigmoidBackprop = void(const T* w, Shape shape, const T* psi, const T* x, T* out, T slope);
/// sigmoidBackprop and the update W += scale · psi xᵀ, in one pass over W
template <class T> using BackpropUpdate = void(T* w, Shape shape, const T* psi, const T* x, T* out, T scale, T slope);
/// out = f(z), (count); `parameter` is the slope or alpha where f has one
template <class T> using Activation = void(const T* z, T* out, size_t count, T parameter);
/// out = s ⊙ f′, with f′ taken from the activation's output x, (count)
template <class T> using Derivative = void(const T* x, const T* s, T* out, size_t count, T parameter);
/// out += scale · x, (count)
template <class T> using AddScaled = void(const T* x, T* out, size_t count, T scale);

/// X(name, signature)
#define DOWNHILL_KERNELS(X)                                                                                            \
  X(gemv, Gemv)                                                                                                        \
  X(gemvTransposed, GemvTransposed)                                                                                    \
  X(outerProduct, OuterProduct)                                                                                        \
  X(gemvTransposedUpdate, GemvTransposedUpdate)                                                                        \
  X(sigmoidBackprop, SigmoidBackprop)                                                                                  \
  X(backpropUpdate, BackpropUpdate)                                                                                    \
  X(linear, Activation)                                                                                                \
  X(sigmoid, Activation)                                                                                               \
  X(tanh, Activation)                                                                                                  \
  X(relu, Activation)                                                                                                  \
  X(leakyRelu, Activation)                                                                                             \
  X(softmax, Activation)                                                                                               \
  X(linearDerivative, Derivative)                                                                                      \
  X(sigmoidDerivative, Derivative)                                                                                     \
  X(tanhDerivative, Derivative)                                                                                        \
  X(reluDerivative, Derivative)                                                                                        \
  X(leakyReluDerivative, Derivative)                                                                                   \
  X(addScaled, AddScaled)

/// The kernels of one element type, instruction set and arithmetic.
template <class T> struct KernelTable {
#define DOWNHILL_MEMBER(name, Signature) Signature<T>* name;
  DOWNHILL_KERNELS(DOWNHILL_MEMBER)
#undef DOWNHILL_MEMBER
};

enum Arithmetic { kFast = 0, kReproducible = 1, kArithmetics = 2 };

/// All kernels of one instruction set, by arithmetic.
struct KernelTables {
  KernelTable<float> float32[kArithmetics];
  KernelTable<double> float64[kArithmetics];

  template <class T> const KernelTable<T>& of(Arithmetic arithmetic) const;
};

template <> inline const KernelTable<float>& KernelTables::of<float>(Arithmetic arithmetic) const {
  return float32[arithmetic];
}
template <> inline const KernelTable<double>& KernelTables::of<double>(Arithmetic a) const { return float64[a]; }

extern const KernelTables kBaselineKernels;
extern const KernelTables kAvx2Kernels;
extern const KernelTables kAvx512Kernels;
extern const KernelTables kNeonKernels;

} // namespace downhill
