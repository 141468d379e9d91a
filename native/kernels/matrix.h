/// @file
/// Matrix-vector products, the outer product, and the two of them in one pass. All are written against the virtual
/// vector; blocks of rows share their loads and never change the order of a sum.
#pragma once

#include "table.h"
#include "vector.h"

namespace downhill {
namespace {

/// A number known to the compiler, as an argument.
template <size_t N> struct Count {
  static constexpr size_t value = N;
};

inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/// Calls body(Count<how many>, first) from `first` to `end`: blocks of `Size`, then smaller and smaller ones.
template <size_t Size, class Body> inline void forEachBlock(size_t first, size_t end, Body body) {
  for (; first + Size <= end; first += Size) body(Count<Size>{}, first);
  if constexpr (Size > 1) forEachBlock<(Size > 4 ? 4 : Size / 2)>(first, end, body);
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

/// Sums along rows for a tile of results, one vector of lanes for each.
template <class V, size_t Samples, size_t Rows> struct RowSums {
  using T = typename V::T;
  V sums[Samples][Rows];

  template <class F> void forEach(F f) {
#pragma GCC unroll 8
    for (size_t s = 0; s < Samples; s++) {
#pragma GCC unroll 8
      for (size_t r = 0; r < Rows; r++) f(sums[s][r], s * Rows + r);
    }
  }
  void clear() {
    forEach([](V& sum, size_t) { sum = V::broadcast(0); });
  }
  void load(const V* from) {
    forEach([&](V& sum, size_t i) { sum = from[i]; });
  }
  void store(V* to) {
    forEach([&](V& sum, size_t i) { to[i] = sum; });
  }
  void add(const T* w, size_t stride, const T* x, size_t xStride, size_t columns) {
    alongRow<V>(columns, [&](size_t j, auto access) {
      V weights[Rows];
#pragma GCC unroll 8
      for (size_t r = 0; r < Rows; r++) weights[r] = access.load(w + r * stride + j);
#pragma GCC unroll 8
      for (size_t s = 0; s < Samples; s++) {
        const V xs = access.load(x + s * xStride + j);
#pragma GCC unroll 8
        for (size_t r = 0; r < Rows; r++) sums[s][r] = V::multiplyAdd(weights[r], xs, sums[s][r]);
      }
    });
  }
  void finish(T* out, size_t outStride) const {
#pragma GCC unroll 8
    for (size_t s = 0; s < Samples; s++) V::template sumEach<Rows>(sums[s], out + s * outStride);
  }
};

/// out = W x
template <class V> void gemv(const typename V::T* w, Shape shape, const typename V::T* x, typename V::T* out) {
  forEachBlock<V::gemvRows>(0, shape.rows, [&](auto rows, size_t row) {
    RowSums<V, 1, decltype(rows)::value> tile;
    tile.clear();
    tile.add(w + row * shape.stride, shape.stride, x, 0, shape.columns);
    tile.finish(out + row, 0);
  });
}

/// Calls body(Count<vectors>, access, first column) along `columns` values: blocks of vectors, then the tail.
template <class V, size_t Vectors, class Body> inline void forEachColumnBlock(size_t columns, Body body) {
  const size_t whole = columns / V::lanes;
  forEachBlock<Vectors>(0, whole, [&](auto vectors, size_t v) { body(vectors, Whole<V>{}, v * V::lanes); });
  const size_t left = columns - whole * V::lanes;
  if (left > 0) body(Count<1>{}, Tail<V>{left}, whole * V::lanes);
}

/// One pass down the rows that forms Wᵀψ, updates W by scale · ψ xᵀ, or does both with W read once. The sums of a block
/// of columns stay in registers, so nothing but W is written on the way. A function of its own, as what a lambda
/// captures would be read again after every store.
template <class V, size_t Vectors, bool Transposed, bool Updated, class Access>
inline void passDownColumns(Access access, size_t j, typename V::T* w, Shape shape, const typename V::T* psi,
                            const typename V::T* x, typename V::T* out, typename V::T scale) {
  V sums[Vectors];
  V xs[Vectors];
#pragma GCC unroll 16
  for (size_t v = 0; v < Vectors; v++) {
    sums[v] = V::broadcast(0);
    if constexpr (Updated) xs[v] = access.load(x + j + v * V::lanes);
  }
  w += j;
  for (size_t i = 0; i < shape.rows; i++, w += shape.stride) {
    const V factor = V::broadcast(psi[i]);
    const V step = V::broadcast(scale * psi[i]);
#pragma GCC unroll 16
    for (size_t v = 0; v < Vectors; v++) {
      typename V::T* address = w + v * V::lanes;
      const V weights = access.load(address);
      if constexpr (Transposed) sums[v] = V::multiplyAdd(weights, factor, sums[v]);
      if constexpr (Updated) access.store(V::multiplyAdd(step, xs[v], weights), address);
    }
  }
  if constexpr (Transposed) {
#pragma GCC unroll 16
    for (size_t v = 0; v < Vectors; v++) access.store(sums[v], out + j + v * V::lanes);
  }
}

template <class V, bool Transposed, bool Updated> void passOverRows(typename V::T* w, Shape shape,
                                                                    const typename V::T* psi, const typename V::T* x,
                                                                    typename V::T* out, typename V::T scale) {
  forEachColumnBlock<V, V::passVectors>(shape.columns, [&](auto vectors, auto access, size_t j) {
    passDownColumns<V, decltype(vectors)::value, Transposed, Updated>(access, j, w, shape, psi, x, out, scale);
  });
}

/// out = Wᵀ psi, every sum in the order of the rows
template <class V>
void gemvTransposed(const typename V::T* w, Shape shape, const typename V::T* psi, typename V::T* out) {
  using T = typename V::T;
  passOverRows<V, true, false>(const_cast<T*>(w), shape, psi, nullptr, out, T(0));
}

/// W += scale · psi xᵀ
template <class V> void outerProduct(typename V::T* w, Shape shape, const typename V::T* psi, const typename V::T* x,
                                     typename V::T scale) {
  passOverRows<V, false, true>(w, shape, psi, x, nullptr, scale);
}

/// Both: each row gives its share of the result and takes its update while it is in registers.
template <class V> void gemvTransposedUpdate(typename V::T* w, Shape shape, const typename V::T* psi,
                                             const typename V::T* x, typename V::T* out, typename V::T scale) {
  passOverRows<V, true, true>(w, shape, psi, x, out, scale);
}

} // namespace
} // namespace downhill
