/// @file
/// Matrix-vector products, the outer product, and the two of them in one pass. All are written against the virtual
/// vector; blocks of rows share their loads and never change the order of a sum.
#pragma once

#include "table.h"
#include "vector.h"

namespace downhill {
namespace {

/// How many rows the transposed and updating kernels take through one pass over a result that stays in L1.
constexpr size_t kRowsPerPass = 4;

/// Calls body(rowCount constant, first row) over all rows: whole blocks first, then one row at a time.
template <size_t Block, class Body> inline void forEachRowBlock(size_t rows, Body body) {
  size_t i = 0;
  for (; i + Block <= rows; i += Block) body.template operator()<Block>(i);
  for (; i < rows; i++) body.template operator()<1>(i);
}

/// A full or partial access to `lanes` values: the same code serves the body of a row and its tail.
template <class V> struct Whole {
  using T = typename V::T;
  V load(const T* p) const { return V::load(p); }
  void store(const V& v, T* p) const { v.store(p); }
};
template <class V> struct Tail {
  using T = typename V::T;
  size_t count;
  V load(const T* p) const { return V::loadPartial(p, count); }
  void store(const V& v, T* p) const { v.storePartial(p, count); }
};

/// Calls body(offset, access) along a row of `columns` values.
template <class V, class Body> inline void alongRow(size_t columns, Body body) {
  size_t j = 0;
  for (; j + V::lanes <= columns; j += V::lanes) body(j, Whole<V>{});
  if (j < columns) body(j, Tail<V>{columns - j});
}

template <class V> struct GemvBlock {
  using T = typename V::T;
  const T* w;
  Shape shape;
  const T* x;
  T* out;

  template <size_t Rows> void operator()(size_t row) const {
    const T* first = w + row * shape.stride;
    V sums[Rows];
#pragma GCC unroll 8
    for (size_t r = 0; r < Rows; r++) sums[r] = V::broadcast(0);
    alongRow<V>(shape.columns, [&](size_t j, auto access) {
      const V xs = access.load(x + j);
#pragma GCC unroll 8
      for (size_t r = 0; r < Rows; r++) {
        sums[r] = V::multiplyAdd(access.load(first + r * shape.stride + j), xs, sums[r]);
      }
    });
#pragma GCC unroll 8
    for (size_t r = 0; r < Rows; r++) out[row + r] = sums[r].sum();
  }
};

/// out = W x
template <class V> void gemv(const typename V::T* w, Shape shape, const typename V::T* x, typename V::T* out) {
  forEachRowBlock<V::gemvRows>(shape.rows, GemvBlock<V>{w, shape, x, out});
}

/// One pass of `Rows` rows over the result of a transposed product, over their own update, or over both.
template <class V, bool Transposed, bool Updated> struct PassBlock {
  using T = typename V::T;
  T* w;
  Shape shape;
  const T* psi;
  const T* x;
  T* out;
  T scale;

  template <size_t Rows> void operator()(size_t row) const {
    T* first = w + row * shape.stride;
    V psis[Rows];
    V steps[Rows];
#pragma GCC unroll 8
    for (size_t r = 0; r < Rows; r++) {
      psis[r] = V::broadcast(psi[row + r]);
      steps[r] = V::broadcast(scale * psi[row + r]);
    }
    alongRow<V>(shape.columns, [&](size_t j, auto access) {
      V sum = V::broadcast(0);
      V xs = V::broadcast(0);
      if constexpr (Transposed) sum = access.load(out + j);
      if constexpr (Updated) xs = access.load(x + j);
#pragma GCC unroll 8
      for (size_t r = 0; r < Rows; r++) {
        T* address = first + r * shape.stride + j;
        const V weights = access.load(address);
        if constexpr (Transposed) sum = V::multiplyAdd(weights, psis[r], sum);
        if constexpr (Updated) access.store(V::multiplyAdd(steps[r], xs, weights), address);
      }
      if constexpr (Transposed) access.store(sum, out + j);
    });
  }
};

template <class T> inline void fillZero(T* out, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = 0;
}

/// out = Wᵀ psi, every sum in the order of the rows
template <class V>
void gemvTransposed(const typename V::T* w, Shape shape, const typename V::T* psi, typename V::T* out) {
  using T = typename V::T;
  fillZero(out, shape.columns);
  forEachRowBlock<kRowsPerPass>(shape.rows, PassBlock<V, true, false>{const_cast<T*>(w), shape, psi, nullptr, out, 0});
}

/// W += scale · psi xᵀ
template <class V> void outerProduct(typename V::T* w, Shape shape, const typename V::T* psi, const typename V::T* x,
                                     typename V::T scale) {
  forEachRowBlock<kRowsPerPass>(shape.rows, PassBlock<V, false, true>{w, shape, psi, x, nullptr, scale});
}

/// Both: each row gives its share of the result and takes its update while it is in registers.
template <class V> void gemvTransposedUpdate(typename V::T* w, Shape shape, const typename V::T* psi,
                                             const typename V::T* x, typename V::T* out, typename V::T scale) {
  fillZero(out, shape.columns);
  forEachRowBlock<kRowsPerPass>(shape.rows, PassBlock<V, true, true>{w, shape, psi, x, out, scale});
}

} // namespace
} // namespace downhill
