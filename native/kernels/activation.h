/// @file
/// Activations and their derivatives, the latter from the activation's output.
///
/// Error bounds, in units in the last place of the result, over all inputs (test/parity/accuracy.test.ts):
/// sigmoid 3, tanh 3, softmax 4 per output for up to 64 of them.
#pragma once

#include "exponential.h"
#include "matrix.h"
#include "table.h"
#include "vector.h"

namespace downhill {
namespace {

/// out[j] = f(in[j], constants …) for `count` values. `in` and `out` may be the same array. Values by themselves need
/// no virtual vectors: single registers spare the compiler work that it does badly.
template <class V, class F, class... Constants>
inline void mapValues(const typename V::T* in, typename V::T* out, size_t count, F f, Constants... constants) {
  using R = typename V::Single;
  const auto map = [=](const R& v) { return f(v, R::broadcast(constants)...); };
  size_t j = 0;
  for (; j + R::lanes <= count; j += R::lanes) map(R::load(in + j)).store(out + j);
  if (j < count) map(R::loadPartial(in + j, count - j)).storePartial(out + j, count - j);
}

/// out[j] = f(a[j], b[j], constants …) for `count` values. `out` may be `a` or `b`.
template <class V, class F, class... Constants> inline void mapPairs(const typename V::T* a, const typename V::T* b,
                                                                     typename V::T* out, size_t count, F f,
                                                                     Constants... constants) {
  using R = typename V::Single;
  const auto map = [=](const R& av, const R& bv) { return f(av, bv, R::broadcast(constants)...); };
  size_t j = 0;
  for (; j + R::lanes <= count; j += R::lanes) map(R::load(a + j), R::load(b + j)).store(out + j);
  if (j < count) {
    const size_t left = count - j;
    map(R::loadPartial(a + j, left), R::loadPartial(b + j, left)).storePartial(out + j, left);
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
  mapValues<V>(z, out, count, [](const auto& v) { return v; });
}

template <class V> void sigmoid(const typename V::T* z, typename V::T* out, size_t count, typename V::T slope) {
  mapValues<V>(
      z, out, count, [](const auto& v, const auto& slopes) { return sigmoidOf(v, slopes); }, slope);
}

template <class V> void tanh(const typename V::T* z, typename V::T* out, size_t count, typename V::T) {
  mapValues<V>(z, out, count, [](const auto& v) { return tanhOf(v); });
}

template <class V> void relu(const typename V::T* z, typename V::T* out, size_t count, typename V::T) {
  mapValues<V>(z, out, count, [](const auto& v) { return reluOf(v); });
}

template <class V> void leakyRelu(const typename V::T* z, typename V::T* out, size_t count, typename V::T alpha) {
  mapValues<V>(
      z, out, count, [](const auto& v, const auto& alphas) { return leakyReluOf(v, alphas); }, alpha);
}

/// e^(z − max z) / Σ e^(z − max z). NaN or +∞ among the inputs makes every output NaN.
template <class V> void softmax(const typename V::T* z, typename V::T* out, size_t count, typename V::T) {
  using T = typename V::T;
  if (count == 0) return;
  T largest = z[0];
  for (size_t j = 1; j < count; j++) largest = z[j] > largest ? z[j] : largest;
  mapValues<V>(
      z, out, count, [](const auto& v, const auto& shift) { return exponential(v - shift); }, largest);
  V sums = V::broadcast(0);
  alongRow<V>(count, [&](size_t j, auto access) { sums = sums + access.load(out + j); });
  mapValues<V>(
      out, out, count, [](const auto& e, const auto& total) { return e / total; }, sums.sum());
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
  mapPairs<V>(x, s, out, count, [](const auto&, const auto& sv) { return sv; });
}

template <class V> void sigmoidDerivative(const typename V::T* x, const typename V::T* s, typename V::T* out,
                                          size_t count, typename V::T slope) {
  const auto derivative = [](const auto& xv, const auto& sv, const auto& c) { return sigmoidDerivativeOf(xv, sv, c); };
  mapPairs<V>(x, s, out, count, derivative, slope);
}

template <class V>
void tanhDerivative(const typename V::T* x, const typename V::T* s, typename V::T* out, size_t count, typename V::T) {
  mapPairs<V>(x, s, out, count, [](const auto& xv, const auto& sv) { return tanhDerivativeOf(xv, sv); });
}

template <class V>
void reluDerivative(const typename V::T* x, const typename V::T* s, typename V::T* out, size_t count, typename V::T) {
  mapPairs<V>(x, s, out, count, [](const auto& xv, const auto& sv) { return reluDerivativeOf(xv, sv); });
}

template <class V> void leakyReluDerivative(const typename V::T* x, const typename V::T* s, typename V::T* out,
                                            size_t count, typename V::T alpha) {
  const auto derivative = [](const auto& xv, const auto& sv, const auto& a) {
    return leakyReluDerivativeOf(xv, sv, a);
  };
  mapPairs<V>(x, s, out, count, derivative, alpha);
}

/// out += scale · x
template <class V> void addScaled(const typename V::T* x, typename V::T* out, size_t count, typename V::T scale) {
  using R = typename V::Single;
  mapPairs<V>(
      x, out, out, count, [](const R& xv, const R& v, const R& s) { return R::multiplyAdd(s, xv, v); }, scale);
}

} // namespace
} // namespace downhill
