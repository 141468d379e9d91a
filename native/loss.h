/// @file
/// Losses of one sample, and ψ of the output layer. Everything here is a loop over the outputs of one sample, without
/// fused multiply-add, in the order that src/backend/typescript/loss.ts follows.
#pragma once

#include <cstddef>

#include "layout.h"

namespace downhill {

/// What a loss is made of: the output layer's z, its outputs y and the targets t, each (count).
template <class T> struct OutputView {
  const T* z;
  const T* y;
  const T* t;
  std::size_t count;
  /// The slope of a sigmoid output, 1 otherwise.
  T slope;
};

/// The sum over the outputs of one sample, in double precision. Cross-entropies come from z, not from a rounded y.
template <class T> double lossOf(LossKind kind, const OutputView<T>& output);

/// ∂E/∂y of the squared error: −2 (t − y).
template <class T> void squaredErrorGradient(const OutputView<T>& output, T* out);

/// Turns ∂E/∂y in `psi` into ψ through softmax: y ⊙ (g − Σ g y).
template <class T> void throughSoftmax(const OutputView<T>& output, T* psi);

/// ψ of binary cross-entropy over a sigmoid: scale (y − t).
template <class T> void binaryCrossEntropyPsi(const OutputView<T>& output, T scale, T* psi);

/// ψ of categorical cross-entropy over softmax: y Σ t − t.
template <class T> void categoricalCrossEntropyPsi(const OutputView<T>& output, T* psi);

} // namespace downhill
