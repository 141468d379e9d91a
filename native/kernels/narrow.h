/// @file
/// Whole layers whose vectors are one virtual vector each, or even one short vector: nothing leaves the registers
/// between a product and what follows it. The results are those of the kernels for any size, to the bit.
///
/// Vectors lie in an arena: padded to a virtual vector, x̂ with its 1, the padding 0, which it stays.
#pragma once

#include "activation.h"
#include "matrix.h"
#include "table.h"
#include "vector.h"

namespace downhill {
namespace {

/// Windows into these give masks and unit vectors for any number of lanes.
template <class T, size_t lanes> struct LaneTables {
  T ones[2 * lanes] = {};
  T unit[2 * lanes] = {};
  constexpr LaneTables() {
    for (size_t i = 0; i < lanes; i++) ones[i] = 1;
    unit[lanes] = 1;
  }
};
template <class V> constexpr LaneTables<typename V::T, V::lanes> kLaneTables{};

/// The first `count` lanes of `value`, and those of `rest` behind them.
template <class V> inline V firstLanes(size_t count, const V& value, const V& rest) {
  return V::ifGreater(V::load(kLaneTables<V>.ones + V::lanes - count), V::broadcast(0), value, rest);
}

/// 1 in the lane of the bias behind `units` values, else 0.
template <class V> inline V biasLane(size_t units) { return V::load(kLaneTables<V>.unit + V::lanes - units); }

template <class V> inline V activationOf(ActivationKind kind, const V& z, const V& parameter) {
  switch (kind) {
  case ActivationKind::sigmoid:
    return sigmoidOf(z, parameter);
  case ActivationKind::tanh:
    return tanhOf(z);
  case ActivationKind::relu:
    return reluOf(z);
  case ActivationKind::leakyRelu:
    return leakyReluOf(z, parameter);
  default:
    return z;
  }
}

template <class V> inline V derivativeOf(ActivationKind kind, const V& x, const V& s, const V& parameter) {
  switch (kind) {
  case ActivationKind::sigmoid:
    return sigmoidDerivativeOf(x, s, parameter);
  case ActivationKind::tanh:
    return tanhDerivativeOf(x, s);
  case ActivationKind::relu:
    return reluDerivativeOf(x, s);
  case ActivationKind::leakyRelu:
    return leakyReluDerivativeOf(x, s, parameter);
  default:
    return s;
  }
}

/// z = W x̂ and out = f(z) with the 1 of the bias
template <class V> void narrowForward(const typename V::T* w, Shape shape, const typename V::T* x, typename V::T* z,
                                      typename V::T* out, ActivationKind kind, typename V::T parameter) {
  const V zero = V::broadcast(0);
  const V xs = V::load(x);
  const V sums = V::sumsOf(shape.rows, [&](size_t row) {
    return row < shape.rows ? V::multiplyAdd(V::load(w + row * shape.stride), xs, zero) : zero;
  });
  sums.store(z);
  firstLanes(shape.rows, activationOf(kind, sums, V::broadcast(parameter)), biasLane<V>(shape.rows)).store(out);
}

/// psi of squared errors: −2 (t − y) ⊙ f′(y)
template <class V> void narrowOutputPsi(const typename V::T* y, const typename V::T* t, typename V::T* psi,
                                        size_t units, ActivationKind kind, typename V::T parameter) {
  const V ys = V::load(y);
  const V gradient = V::broadcast(-2) * (V::load(t) - ys);
  firstLanes(units, derivativeOf(kind, ys, gradient, V::broadcast(parameter)), V::broadcast(0)).store(psi);
}

/// W += scale · psi x̂ᵀ; and before that, where `below` is given, below = (Wᵀ psi) ⊙ f′(x) without the bias's share
template <class V> void narrowBackward(typename V::T* w, Shape shape, const typename V::T* psi, const typename V::T* x,
                                       typename V::T* below, typename V::T scale, ActivationKind kind,
                                       typename V::T parameter) {
  const V zero = V::broadcast(0);
  const V xs = V::load(x);
  V sums = zero;
  for (size_t row = 0; row < shape.rows; row++) {
    typename V::T* address = w + row * shape.stride;
    const V weights = V::load(address);
    sums = V::multiplyAdd(weights, V::broadcast(psi[row]), sums);
    firstLanes(shape.columns, V::multiplyAdd(V::broadcast(scale * psi[row]), xs, weights), zero).store(address);
  }
  if (below == nullptr) return;
  firstLanes(shape.columns - 1, derivativeOf(kind, xs, sums, V::broadcast(parameter)), zero).store(below);
}

} // namespace
} // namespace downhill
