/// @file
/// What layers do to the vectors of one sample, wherever these lie. Knows no Node-API and owns no memory.
#pragma once

#include <cstddef>

#include "kernels/table.h"
#include "layout.h"
#include "loss.h"

namespace downhill {

/// Multiply-adds of a product of the layer's weights with the vectors of so many samples.
inline std::size_t workOf(const Layer& layer, std::size_t samples) { return samples * layer.units * layer.stride; }

/// Rows or columns of W that threads share out: whole vectors and whole tiles.
constexpr std::size_t kRowGrain = 32;

/// The kernels for layers whose vectors, in and out, are one virtual vector each, or even a short one; null for others.
template <class T> const NarrowKernels<T>* narrowKernels(const KernelTable<T>& kernels, const Layer& layer) {
  if (layer.inputs < kShortLanes && layer.units < kShortLanes) return &kernels.tiny;
  constexpr std::size_t lanes = 64 / sizeof(T);
  return layer.stride == lanes && layer.outputStride == lanes ? &kernels.narrow : nullptr;
}

/// Rows `first` … `end` of the layer's weights.
inline Shape rowsOf(const Layer& layer, std::size_t first, std::size_t end) {
  return {end - first, layer.shape.columns, layer.shape.stride};
}

/// Every unit by itself; a softmax needs all of them.
inline bool isElementwise(const Layer& layer) { return layer.activation != ActivationKind::softmax; }

/// out = f(z), (units)
template <class T>
void activate(const KernelTable<T>& kernels, const Layer& layer, const T* z, T* out, std::size_t units);

/// psi = psi ⊙ f′(x), (units), for activations that work element by element
template <class T>
void differentiate(const KernelTable<T>& kernels, const Layer& layer, const T* x, T* psi, std::size_t units);

/// values = factor · values, (count)
template <class T> void multiplyBy(T factor, T* values, std::size_t count) {
  for (std::size_t i = 0; i < count; i++) values[i] = factor * values[i];
}

/// What the loss of a sample is made of, given its z, y and targets in the output layer.
template <class T> OutputView<T> outputView(const Model& model, const T* z, const T* y, const T* target);

/// ψ of the output layer, (units)
template <class T>
void outputPsi(const KernelTable<T>& kernels, const Model& model, const OutputView<T>& output, T* psi);

} // namespace downhill
