/// @file
/// The list of kernels. It drives dispatch (one function pointer each) and the bindings; src/backend/kernel_list.ts has
/// the same list for TypeScript, its tests and benchmarks. Every kernel object includes C headers only, so that no
/// inline function compiled for a wide instruction set can be picked by the linker for use on a narrow one.
#pragma once

#include <stddef.h>

namespace downhill {

/// The order is the encoding: src/model.ts lists the same kinds.
enum class ActivationKind { linear, sigmoid, tanh, relu, leakyRelu, softmax, count };

/// A row-major matrix of `rows` x `columns` values with `stride` values from one row to the next.
/// `columns` counts the bias column; in a padded arena it may equal `stride`, the padding being zero.
struct Shape {
  size_t rows;
  size_t columns;
  size_t stride;
};

// Never a function of its own: one that was compiled with a kernel's instruction set could serve other files, too.
#if defined(_MSC_VER) && !defined(__clang__)
#define DOWNHILL_INLINED __forceinline
#else
#define DOWNHILL_INLINED __attribute__((always_inline)) inline
#endif

/// Vectors of a block of samples: `samples` rows, `stride` values from one to the next.
template <class T> struct Block {
  T* data;
  size_t samples;
  size_t stride;

  DOWNHILL_INLINED T* row(size_t sample) const { return data + sample * stride; }
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
/// out = X Wᵀ, (samples, rows): gemv of every sample, to the bit
template <class T> using Gemm = void(const T* w, Shape shape, Block<const T> x, Block<T> out);
/// out = Ψ W, (samples, columns): gemvTransposed of every sample, to the bit
template <class T> using GemmTransposed = void(const T* w, Shape shape, Block<const T> psi, Block<T> out);
/// W += scale · Ψᵀ X, the sum over the samples formed first, in their order
template <class T> using OuterProducts = void(T* w, Shape shape, Block<const T> psi, Block<const T> x, T scale);
/// W = W + ψ_0 x_0ᵀ + ψ_1 x_1ᵀ + …, from left to right: outerProduct of every sample with scale 1, to the bit
template <class T> using AccumulateOuterProducts = void(T* w, Shape shape, Block<const T> psi, Block<const T> x);
/// out = f(z), (count); `parameter` is the slope or alpha where f has one
template <class T> using Activation = void(const T* z, T* out, size_t count, T parameter);
/// out = s ⊙ f′, with f′ taken from the activation's output x, (count)
template <class T> using Derivative = void(const T* x, const T* s, T* out, size_t count, T parameter);
/// out += scale · x, (count)
template <class T> using AddScaled = void(const T* x, T* out, size_t count, T scale);

/// What the steps of an optimizer over a stretch of the parameters multiply and add. From JavaScript it is a typed
/// array of these values in this order.
template <class T> struct StepConstants {
  /// Minus the learning rate.
  T rate;
  /// Makes the mean gradient, clipped, of the sum over a batch.
  T gradientScale;
  /// The share of the weights that is added to the gradient.
  T decay;
  /// What adam keeps of the weights: 1 − learning rate · weight decay.
  T keep;
  /// Of the first state: what it keeps, and 1 minus that.
  T firstDecay;
  T firstShare;
  /// The same of the second state.
  T secondDecay;
  T secondShare;
  /// Corrects the bias of the root of adam's mean square.
  T rootScale;
  T epsilon;
};
constexpr size_t kStepConstants = 10;
static_assert(sizeof(StepConstants<float>) == kStepConstants * sizeof(float), "JavaScript gives an array");
static_assert(sizeof(StepConstants<double>) == kStepConstants * sizeof(double), "JavaScript gives an array");

// Steps along `count` weights by their gradients, which are the sums over a batch; `first` and `second` are what the
// optimizer remembers of each.

/// W takes its step, without a memory
template <class T> using DescentStep = void(T* w, const T* g, size_t count, const StepConstants<T>& constants);
/// W and the mean of the gradients, or of their squares, take their step
template <class T> using MomentStep = void(T* w, const T* g, T* first, size_t count, const StepConstants<T>& constants);
/// W and both means take their step
template <class T>
using TwoMomentsStep = void(T* w, const T* g, T* first, T* second, size_t count, const StepConstants<T>& constants);
/// out[0] = the sum of the squares, (count)
template <class T> using SumSquares = void(const T* values, T* out, size_t count);

/// Whether none of the values is NaN or infinite, (count)
template <class T> using AreFinite = bool(const T* values, size_t count);
/// to = from, (count), and whether none of the values is NaN or infinite
template <class T> using CopyFinite = bool(const T* from, T* to, size_t count);

/// z = W x̂ and out = f(z) with its 1, for layers whose vectors are one virtual vector each
template <class T>
using NarrowForward = void(const T* w, Shape shape, const T* x, T* z, T* out, ActivationKind kind, T parameter);
/// below = (Wᵀ psi) ⊙ f′(x), unless it is null, and W += scale · psi x̂ᵀ, for such layers
template <class T> using NarrowBackward = void(T* w, Shape shape, const T* psi, const T* x, T* below, T scale,
                                               ActivationKind kind, T parameter);

/// psi = −2 (t − y) ⊙ f′(y) for the output of such a layer
template <class T>
using NarrowOutputPsi = void(const T* y, const T* t, T* psi, size_t units, ActivationKind kind, T parameter);

/// What a pass over a layer needs where nothing leaves the registers on the way.
template <class T> struct NarrowKernels {
  NarrowForward<T>* forward;
  NarrowBackward<T>* backward;
  NarrowOutputPsi<T>* outputPsi;
};

/// Values of a short vector.
constexpr size_t kShortLanes = 4;

/// X(name, signature)
#define DOWNHILL_KERNELS(X)                                                                                            \
  X(gemv, Gemv)                                                                                                        \
  X(gemvTransposed, GemvTransposed)                                                                                    \
  X(outerProduct, OuterProduct)                                                                                        \
  X(gemvTransposedUpdate, GemvTransposedUpdate)                                                                        \
  X(sigmoidBackprop, SigmoidBackprop)                                                                                  \
  X(backpropUpdate, BackpropUpdate)                                                                                    \
  X(gemm, Gemm)                                                                                                        \
  X(gemmTransposed, GemmTransposed)                                                                                    \
  X(outerProducts, OuterProducts)                                                                                      \
  X(accumulateOuterProducts, AccumulateOuterProducts)                                                                  \
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
  X(addScaled, AddScaled)                                                                                              \
  X(sgdStep, DescentStep)                                                                                              \
  X(momentumStep, MomentStep)                                                                                          \
  X(nesterovStep, MomentStep)                                                                                          \
  X(rmspropStep, MomentStep)                                                                                           \
  X(adamStep, TwoMomentsStep)                                                                                          \
  X(sumSquares, SumSquares)

/// The kernels of one element type, instruction set and arithmetic.
template <class T> struct KernelTable {
#define DOWNHILL_MEMBER(name, Signature) Signature<T>* name;
  DOWNHILL_KERNELS(DOWNHILL_MEMBER)
#undef DOWNHILL_MEMBER
  /// For arenas alone: vectors of one virtual vector, and of one short vector, with the 1 of the bias.
  NarrowKernels<T> narrow;
  NarrowKernels<T> tiny;
  AreFinite<T>* areFinite;
  CopyFinite<T>* copyFinite;
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
