/// @file
/// Looks for values that are not finite, on the way of a copy or alone. Zero times a number is zero; times NaN or an
/// infinity it is NaN, so one sum of such products tells.
#pragma once

#include "matrix.h"
#include "vector.h"

namespace downhill {
namespace {

/// Vectors looked at together: one sum alone would wait for each addition.
constexpr size_t kVectorsTogether = 4;

template <class V, bool Copied> inline bool scan(const typename V::T* from, typename V::T* to, size_t count) {
  const V zero = V::broadcast(0);
  V sums[kVectorsTogether];
  for (V& sum : sums) sum = zero;
  forEachColumnBlock<V, kVectorsTogether>(count, [&](auto vectors, auto access, size_t j) {
#pragma GCC unroll 4
    for (size_t v = 0; v < decltype(vectors)::value; v++) {
      const V values = access.load(from + j + v * V::lanes);
      if constexpr (Copied) access.store(values, to + j + v * V::lanes);
      sums[v] = V::multiplyAdd(values, zero, sums[v]);
    }
  });
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum() == 0;
}

/// Whether none of the values is NaN or infinite.
template <class V> bool areFinite(const typename V::T* values, size_t count) {
  return scan<V, false>(values, nullptr, count);
}

/// The same of values that are copied.
template <class V> bool copyFinite(const typename V::T* from, typename V::T* to, size_t count) {
  return scan<V, true>(from, to, count);
}

} // namespace
} // namespace downhill
