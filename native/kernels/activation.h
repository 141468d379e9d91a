/// @file
/// Activations and their derivatives, the latter from the activation's output.
///
/// Error bounds, in units in the last place of the result, over all inputs (test/parity/accuracy.test.ts):
/// sigmoid 3, tanh 3, softmax 4 per output for up to 64 of them.
#pragma once

#include "exponential.h"
#include "table.h"
#include "vector.h"

namespace downhill {
namespace {

/// out[j] = f(in[j]) for `count` values. `in` and `out` may be the same array.
template <class V, class F> inline void mapVectors(const typename V::T* in, typename V::T* out, size_t count, F f) {
  size_t j = 0;
  for (; j + V::lanes <= count; j += V::lanes) f(V::load(in + j)).store(out + j);
  if (j < count) f(V::loadPartial(in + j, count - j)).storePartial(out + j, count - j);
}

/// out[j] = f(a[j], b[j]) for `count` values. `out` may be `a` or `b`.
template <class V, class F>
inline void mapVectors(const typename V::T* a, const typename V::T* b, typename V::T* out, size_t count, F f) {
  size_t j = 0;
  for (; j + V::lanes <= count; j += V::lanes) f(V::load(a + j), V::load(b + j)).store(out + j);
  if (j < count) {
    const size_t left = count - j;
    f(V::loadPartial(a + j, left), V::loadPartial(b + j, left)).storePartial(out + j, left);
  }
}

/// 1 / (1 + e^(−u)) with u = slope · z. Only e^(−|u|) is taken, so nothing overflows: with e = e^(−|u|) the result
/// is 1 / (1 + e) for u ≥ 0 and e / (1 + e) for u < 0, which keeps its relative accuracy down to denormals.
template <class V> inline V sigmoidOf(const V& z, const V& slope) {
  const V zero = V::broadcast(0);
  const V one = V::broadcast(1);
  const V u = slope * z;
  const V e = exponential(zero - u.magnitude());
  return V::ifGreater(zero, u, e, one) / (one + e);
}

/// −m / (2 + m) with m = e^(−2|z|) − 1 = 2^k p + (2^k − 1), and the sign of z: no cancellation near 0.
template <class V> inline V tanhOf(const V& z) {
  const V zero = V::broadcast(0);
  const V one = V::broadcast(1);
  const V two = V::broadcast(2);
  // From here on tanh rounds to 1, and 2^k stays a normal number.
  const V lowest = V::broadcast(-40);
  const V x = zero - two * z.magnitude();
  const Exponential<V> parts = exponentialParts(V::ifGreater(lowest, x, lowest, x));
  const V power = powerOfTwo(parts.exponent);
  const V m = V::multiplyAdd(power, parts.fraction, power - one);
  return ((zero - m) / (two + m)).withSignOf(z);
}

/// 0 for z < 0; NaN stays NaN.
template <class V> inline V reluOf(const V& z) {
  const V zero = V::broadcast(0);
  return V::ifGreater(zero, z, zero, z);
}

template <class V> inline V leakyReluOf(const V& z, const V& alpha) {
  return V::ifGreater(V::broadcast(0), z, alpha * z, z);
}

template <class V> void linear(const typename V::T* z, typename V::T* out, size_t count, typename V::T) {
  mapVectors<V>(z, out, count, [](const V& v) { return v; });
}

template <class V> void sigmoid(const typename V::T* z, typename V::T* out, size_t count, typename V::T slope) {
  const V slopes = V::broadcast(slope);
  mapVectors<V>(z, out, count, [&](const V& v) { return sigmoidOf(v, slopes); });
}

template <class V> void tanh(const typename V::T* z, typename V::T* out, size_t count, typename V::T) {
  mapVectors<V>(z, out, count, [](const V& v) { return tanhOf(v); });
}

template <class V> void relu(const typename V::T* z, typename V::T* out, size_t count, typename V::T) {
  mapVectors<V>(z, out, count, [](const V& v) { return reluOf(v); });
}

template <class V> void leakyRelu(const typename V::T* z, typename V::T* out, size_t count, typename V::T alpha) {
  const V alphas = V::broadcast(alpha);
  mapVectors<V>(z, out, count, [&](const V& v) { return leakyReluOf(v, alphas); });
}

/// e^(z − max z) / Σ e^(z − max z). NaN or +∞ among the inputs makes every output NaN.
template <class V> void softmax(const typename V::T* z, typename V::T* out, size_t count, typename V::T) {
  using T = typename V::T;
  if (count == 0) return;
  T largest = z[0];
  for (size_t j = 1; j < count; j++) largest = z[j] > largest ? z[j] : largest;
  const V shift = V::broadcast(largest);
  mapVectors<V>(z, out, count, [&](const V& v) { return exponential(v - shift); });
  V sums = V::broadcast(0);
  mapVectors<V>(out, out, count, [&](const V& e) {
    sums = sums + e;
    return e;
  });
  const V total = V::broadcast(sums.sum());
  mapVectors<V>(out, out, count, [&](const V& e) { return e / total; });
}

/// s · slope · x (1 − x)
template <class V> inline V sigmoidDerivativeOf(const V& x, const V& s, const V& slope) {
  return s * (slope * (x * (V::broadcast(1) - x)));
}

/// s · (1 − x) (1 + x)
template <class V> inline V tanhDerivativeOf(const V& x, const V& s) {
  const V one = V::broadcast(1);
  return s * ((one - x) * (one + x));
}

/// s where x > 0, else 0
template <class V> inline V reluDerivativeOf(const V& x, const V& s) {
  const V zero = V::broadcast(0);
  return V::ifGreater(x, zero, s, zero);
}

/// s where x > 0, else alpha · s
template <class V> inline V leakyReluDerivativeOf(const V& x, const V& s, const V& alpha) {
  return V::ifGreater(x, V::broadcast(0), s, alpha * s);
}

template <class V>
void linearDerivative(const typename V::T* x, const typename V::T* s, typename V::T* out, size_t count, typename V::T) {
  mapVectors<V>(x, s, out, count, [](const V&, const V& sv) { return sv; });
}

template <class V> void sigmoidDerivative(const typename V::T* x, const typename V::T* s, typename V::T* out,
                                          size_t count, typename V::T slope) {
  const V slopes = V::broadcast(slope);
  mapVectors<V>(x, s, out, count, [&](const V& xv, const V& sv) { return sigmoidDerivativeOf(xv, sv, slopes); });
}

template <class V>
void tanhDerivative(const typename V::T* x, const typename V::T* s, typename V::T* out, size_t count, typename V::T) {
  mapVectors<V>(x, s, out, count, [](const V& xv, const V& sv) { return tanhDerivativeOf(xv, sv); });
}

template <class V>
void reluDerivative(const typename V::T* x, const typename V::T* s, typename V::T* out, size_t count, typename V::T) {
  mapVectors<V>(x, s, out, count, [](const V& xv, const V& sv) { return reluDerivativeOf(xv, sv); });
}

template <class V> void leakyReluDerivative(const typename V::T* x, const typename V::T* s, typename V::T* out,
                                            size_t count, typename V::T alpha) {
  const V alphas = V::broadcast(alpha);
  mapVectors<V>(x, s, out, count, [&](const V& xv, const V& sv) { return leakyReluDerivativeOf(xv, sv, alphas); });
}

/// out += scale · x
template <class V> void addScaled(const typename V::T* x, typename V::T* out, size_t count, typename V::T scale) {
  const V scales = V::broadcast(scale);
  mapVectors<V>(x, out, out, count, [&](const V& xv, const V& v) { return V::multiplyAdd(scales, xv, v); });
}

} // namespace
} // namespace downhill
