/// @file
/// e^x for x ≤ 0 without a mathematical library: the same operations in C++ and in TypeScript
/// (src/elementary.ts), hence the same bits under the reproducible arithmetic.
///
/// x = k ln 2 + r with |r| ≤ ln 2 / 2, e^x = 2^k (1 + p), p = e^r − 1 by its Taylor polynomial. ln 2 is split in two
/// so that k · ln2High is exact (W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", 1980).
/// Adding and subtracting 1.5 · 2^mantissa rounds to the nearest integer with additions alone.
#pragma once

#include "register_portable.h"
#include "vector.h"

namespace downhill {
namespace {

template <class T> struct ExponentialConstants;

template <> struct ExponentialConstants<float> {
  static constexpr float log2e = 1.44269504f;
  static constexpr float ln2High = 0.693359375f;
  static constexpr float ln2Low = -2.12194440e-4f;
  static constexpr float rounder = 12582912.0f;
  static constexpr float bias = 127.0f;
  /// Below this e^x rounds to 0.
  static constexpr float lowest = -104.0f;
  /// 1/n! for n = degree … 2; the remainder is below 6e-9.
  static constexpr float taylor[] = {1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 1.0f / 2};
};

template <> struct ExponentialConstants<double> {
  static constexpr double log2e = 1.4426950408889634;
  static constexpr double ln2High = 6.93147180369123816490e-01;
  static constexpr double ln2Low = 1.90821492927058770002e-10;
  static constexpr double rounder = 6755399441055744.0;
  static constexpr double bias = 1023.0;
  static constexpr double lowest = -746.0;
  /// 1/n! for n = degree … 2; the remainder is below 5e-18.
  static constexpr double taylor[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800,
                                      1.0 / 362880,     1.0 / 40320,     1.0 / 5040,     1.0 / 720,
                                      1.0 / 120,        1.0 / 24,        1.0 / 6,        1.0 / 2};
};

/// e^x = 2^exponent (1 + fraction)
template <class V> struct Exponential {
  V exponent;
  V fraction;
};

/// `x` must be ≤ 0 or NaN, which comes back in both members.
template <class V> inline Exponential<V> exponentialParts(const V& x) {
  using T = typename V::T;
  using C = ExponentialConstants<T>;
  const V rounder = V::broadcast(C::rounder);
  const V lowest = V::broadcast(C::lowest);
  const V bounded = V::ifGreater(lowest, x, lowest, x);
  const V exponent = V::multiplyAdd(bounded, V::broadcast(C::log2e), rounder) - rounder;
  const V high = V::multiplyAdd(exponent, V::broadcast(-C::ln2High), bounded);
  const V r = V::multiplyAdd(exponent, V::broadcast(-C::ln2Low), high);
  V sum = V::broadcast(C::taylor[0]);
#pragma GCC unroll 16
  for (size_t n = 1; n < sizeof(C::taylor) / sizeof(T); n++) {
    sum = V::multiplyAdd(sum, r, V::broadcast(C::taylor[n]));
  }
  return {exponent, V::multiplyAdd(r * r, sum, r)};
}

/// 2^k for integral k in the range of normal numbers.
template <class V> inline V powerOfTwo(const V& k) {
  using C = ExponentialConstants<typename V::T>;
  return (k + V::broadcast(C::rounder + C::bias)).toExponent();
}

/// e^x for x ≤ 0, correct down to the smallest denormal: 2^k is applied in two halves, and only the second rounds.
template <class V> inline V exponential(const V& x) {
  using T = typename V::T;
  const V rounder = V::broadcast(ExponentialConstants<T>::rounder);
  const Exponential<V> parts = exponentialParts(x);
  const V half = (parts.exponent * V::broadcast(T(0.5)) + rounder) - rounder;
  const V scaled = (V::broadcast(1) + parts.fraction) * powerOfTwo(half);
  return scaled * powerOfTwo(parts.exponent - half);
}

} // namespace
} // namespace downhill
