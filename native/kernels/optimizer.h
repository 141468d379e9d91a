/// @file
/// Steps of the optimizers along a stretch of the parameters, and the sum of squares that a gradient's norm is made of.
/// The formulas are those of PyTorch, with every product of constants formed beforehand. Each value is read and written
/// once, and no vector waits for another.
///
/// Where weights, gradient and states are 0 they stay 0, as the padding does, if no constant is infinite or NaN and
/// epsilon is not 0.
#pragma once

#include "matrix.h"
#include "table.h"
#include "vector.h"

namespace downhill {
namespace {

/// The gradient that the optimizers but adam follow: the mean, and the share of the weights that decays.
template <class V> struct DecayedGradient {
  using T = typename V::T;
  V scale;
  V decay;

  explicit DecayedGradient(const StepConstants<T>& c)
      : scale(V::broadcast(c.gradientScale)), decay(V::broadcast(c.decay)) {}

  V of(const V& weights, const V& gradient) const { return V::multiplyAdd(decay, weights, scale * gradient); }
};

/// W ← W − η G
template <class V>
void sgdStep(typename V::T* w, const typename V::T* g, size_t count, const StepConstants<typename V::T>& constants) {
  const DecayedGradient<V> gradient(constants);
  const V rate = V::broadcast(constants.rate);
  alongRow<V>(count, [&](size_t j, auto access) {
    const V weights = access.load(w + j);
    access.store(V::multiplyAdd(rate, gradient.of(weights, access.load(g + j)), weights), w + j);
  });
}

/// F ← μ F + G, W ← W − η F; Nesterov's looks one step ahead: W ← W − η (μ F + G)
template <class V, bool LooksAhead> inline void velocityStep(typename V::T* w, const typename V::T* g,
                                                             typename V::T* first, size_t count,
                                                             const StepConstants<typename V::T>& constants) {
  const DecayedGradient<V> gradient(constants);
  const V rate = V::broadcast(constants.rate);
  const V momentum = V::broadcast(constants.firstDecay);
  alongRow<V>(count, [&](size_t j, auto access) {
    const V weights = access.load(w + j);
    const V followed = gradient.of(weights, access.load(g + j));
    const V velocity = V::multiplyAdd(momentum, access.load(first + j), followed);
    access.store(velocity, first + j);
    const V step = LooksAhead ? V::multiplyAdd(momentum, velocity, followed) : velocity;
    access.store(V::multiplyAdd(rate, step, weights), w + j);
  });
}

template <class V> void momentumStep(typename V::T* w, const typename V::T* g, typename V::T* first, size_t count,
                                     const StepConstants<typename V::T>& constants) {
  velocityStep<V, false>(w, g, first, count, constants);
}

template <class V> void nesterovStep(typename V::T* w, const typename V::T* g, typename V::T* first, size_t count,
                                     const StepConstants<typename V::T>& constants) {
  velocityStep<V, true>(w, g, first, count, constants);
}

/// F ← ρ F + (1 − ρ) G², W ← W − η G / (√F + ε)
template <class V> void rmspropStep(typename V::T* w, const typename V::T* g, typename V::T* first, size_t count,
                                    const StepConstants<typename V::T>& constants) {
  const DecayedGradient<V> gradient(constants);
  const V rate = V::broadcast(constants.rate);
  const V decay = V::broadcast(constants.firstDecay);
  const V share = V::broadcast(constants.firstShare);
  const V epsilon = V::broadcast(constants.epsilon);
  alongRow<V>(count, [&](size_t j, auto access) {
    const V weights = access.load(w + j);
    const V followed = gradient.of(weights, access.load(g + j));
    const V square = V::multiplyAdd(decay, access.load(first + j), share * (followed * followed));
    access.store(square, first + j);
    access.store(V::multiplyAdd(rate, followed / (square.squareRoot() + epsilon), weights), w + j);
  });
}

/// F ← F + (1 − β₁) (G − F), S ← β₂ S + (1 − β₂) G², W ← keep · W − η′ F / (√S · rootScale + ε): the rate η′ and
/// rootScale hold what corrects the bias of the two means
template <class V> void adamStep(typename V::T* w, const typename V::T* g, typename V::T* first, typename V::T* second,
                                 size_t count, const StepConstants<typename V::T>& constants) {
  const V rate = V::broadcast(constants.rate);
  const V scale = V::broadcast(constants.gradientScale);
  const V keep = V::broadcast(constants.keep);
  const V firstShare = V::broadcast(constants.firstShare);
  const V secondDecay = V::broadcast(constants.secondDecay);
  const V secondShare = V::broadcast(constants.secondShare);
  const V rootScale = V::broadcast(constants.rootScale);
  const V epsilon = V::broadcast(constants.epsilon);
  alongRow<V>(count, [&](size_t j, auto access) {
    const V gradient = scale * access.load(g + j);
    const V before = access.load(first + j);
    const V mean = V::multiplyAdd(firstShare, gradient - before, before);
    access.store(mean, first + j);
    const V square = V::multiplyAdd(secondDecay, access.load(second + j), secondShare * (gradient * gradient));
    access.store(square, second + j);
    const V divisor = V::multiplyAdd(square.squareRoot(), rootScale, epsilon);
    access.store(V::multiplyAdd(rate, mean / divisor, keep * access.load(w + j)), w + j);
  });
}

/// The sum in the order of gemv: lane by lane, then down the tree.
template <class V> void sumSquares(const typename V::T* values, typename V::T* out, size_t count) {
  V sum = V::broadcast(0);
  alongRow<V>(count, [&](size_t j, auto access) {
    const V v = access.load(values + j);
    sum = V::multiplyAdd(v, v, sum);
  });
  *out = sum.sum();
}

} // namespace
} // namespace downhill
