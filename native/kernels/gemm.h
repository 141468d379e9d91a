/// @file
/// Products of matrices, for blocks of samples. Every result is one sum in one order, whatever the tiles: along a row
/// lane by lane and down the tree, as in gemv; over rows and over samples in their order.
#pragma once

#include "matrix.h"
#include "table.h"
#include "vector.h"

namespace downhill {
namespace {

/// Vectors along a row that one pass of gemm takes: the rows of a tile then stay in the L1 cache.
constexpr size_t kVectorsPerPass = 64;
/// Samples whose unfinished sums wait between two passes.
constexpr size_t kSamplesPerPass = 64;

/// out = X Wᵀ, (samples, rows)
template <class V>
void gemm(const typename V::T* w, Shape shape, Block<const typename V::T> x, Block<typename V::T> out) {
  using T = typename V::T;
  constexpr size_t depth = kVectorsPerPass * V::lanes;
  V unfinished[kSamplesPerPass * V::gemmRows];
  forEachBlock<V::gemmRows>(0, shape.rows, [&](auto rows, size_t row) {
    constexpr size_t Rows = decltype(rows)::value;
    for (size_t first = 0; first < x.samples; first += kSamplesPerPass) {
      const size_t end = smaller(x.samples, first + kSamplesPerPass);
      for (size_t begin = 0; begin < shape.columns; begin += depth) {
        const size_t columns = smaller(shape.columns - begin, depth);
        const T* weights = w + row * shape.stride + begin;
        forEachBlock<V::gemmSamples>(first, end, [&](auto samples, size_t sample) {
          RowSums<V, decltype(samples)::value, Rows> tile;
          V* kept = unfinished + (sample - first) * Rows;
          if (begin == 0) {
            tile.clear();
          } else {
            tile.load(kept);
          }
          tile.add(weights, shape.stride, x.row(sample) + begin, x.stride, columns);
          if (begin + columns == shape.columns) {
            tile.finish(out.row(sample) + row, out.stride);
          } else {
            tile.store(kept);
          }
        });
      }
    }
  });
}

/// `Rows` results side by side, `Vectors` vectors wide: each a sum, in order, of products of a coefficient of its row
/// with the vectors of a depth.
template <class V, size_t Rows, size_t Vectors, class Access> struct VectorSums {
  using T = typename V::T;
  Access access;
  V sums[Rows][Vectors];

  explicit VectorSums(Access a) : access(a) {}

  template <class F> void forEach(F f) {
#pragma GCC unroll 8
    for (size_t r = 0; r < Rows; r++) {
#pragma GCC unroll 8
      for (size_t v = 0; v < Vectors; v++) f(sums[r][v], r, v * V::lanes);
    }
  }
  void clear() {
    forEach([](V& sum, size_t, size_t) { sum = V::broadcast(0); });
  }
  void load(const T* from, size_t stride) {
    forEach([&](V& sum, size_t r, size_t j) { sum = access.load(from + r * stride + j); });
  }
  void prefetch(const T* from, size_t stride) {
    forEach([&](V&, size_t r, size_t j) { prefetchLine(from + r * stride + j); });
  }
  void store(T* to, size_t stride) {
    forEach([&](V& sum, size_t r, size_t j) { access.store(sum, to + r * stride + j); });
  }
  void addScaledTo(T* to, size_t stride, const V& scale) {
    forEach([&](V& sum, size_t r, size_t j) {
      T* address = to + r * stride + j;
      access.store(V::multiplyAdd(scale, sum, access.load(address)), address);
    });
  }
  /// The coefficient of row r at depth d is coefficients[r * rowStep + d * depthStep].
  void add(const T* coefficients, size_t rowStep, size_t depthStep, const T* vectors, size_t stride, size_t depth) {
    for (size_t d = 0; d < depth; d++) {
      V row[Vectors];
#pragma GCC unroll 8
      for (size_t v = 0; v < Vectors; v++) row[v] = access.load(vectors + d * stride + v * V::lanes);
#pragma GCC unroll 8
      for (size_t r = 0; r < Rows; r++) {
        const V coefficient = V::broadcast(coefficients[r * rowStep + d * depthStep]);
#pragma GCC unroll 8
        for (size_t v = 0; v < Vectors; v++) sums[r][v] = V::multiplyAdd(coefficient, row[v], sums[r][v]);
      }
    }
  }
};

template <class V, size_t Columns> inline void prefetchVectors(const typename V::T* from) {
  for (size_t j = 0; j < Columns; j += V::lanes) prefetchLine(from + j);
}

/// Rows of W that gemmTransposed takes at a time: so many times `tileVectors` vectors stay in the L1 cache.
constexpr size_t kRowsPerBlock = 64;

/// out = Ψ W, (samples, columns), every sum in the order of the rows
template <class V>
void gemmTransposed(const typename V::T* w, Shape shape, Block<const typename V::T> psi, Block<typename V::T> out) {
  using T = typename V::T;
  // A matrix without rows may claim any number of columns.
  if (psi.samples == 0) return;
  size_t row = 0;
  // At least once: the sums of no rows are zeros, as in gemvTransposed.
  do {
    const size_t depth = smaller(shape.rows - row, kRowsPerBlock);
    const T* weights = w + row * shape.stride;
    forEachColumnBlock<V, V::tileVectors>(shape.columns, [&](auto vectors, auto access, size_t j) {
      constexpr size_t Columns = decltype(vectors)::value * V::lanes;
      forEachBlock<V::tileRows>(0, psi.samples, [&](auto samples, size_t sample) {
        // The next columns of W are fetched meanwhile, some rows a tile: no hardware foresees the way down the rows.
        const size_t end = j + Columns < shape.columns ? (sample + decltype(samples)::value) * depth / psi.samples : 0;
        for (size_t d = sample * depth / psi.samples; d < end; d++) {
          prefetchVectors<V, Columns>(weights + d * shape.stride + j + Columns);
        }
        VectorSums<V, decltype(samples)::value, decltype(vectors)::value, decltype(access)> tile(access);
        if (row == 0) {
          tile.clear();
        } else {
          tile.load(out.row(sample) + j, out.stride);
        }
        tile.add(psi.row(sample) + row, psi.stride, 1, weights + j, shape.stride, depth);
        tile.store(hidden(out.row(sample) + j), out.stride);
      });
    });
    row += kRowsPerBlock;
  } while (row < shape.rows);
}

/// Forms Σ ψ xᵀ over the samples, in their order, tile by tile of W: `before` makes the tile, `after` takes it.
template <class V, class Before, class After>
inline void sumOuterProducts(typename V::T* w, Shape shape, Block<const typename V::T> psi,
                             Block<const typename V::T> x, Before before, After after) {
  // A matrix without rows may claim any number of columns.
  if (shape.rows == 0) return;
  forEachColumnBlock<V, V::tileVectors>(shape.columns, [&](auto vectors, auto access, size_t j) {
    forEachBlock<V::tileRows>(0, shape.rows, [&](auto rows, size_t row) {
      VectorSums<V, decltype(rows)::value, decltype(vectors)::value, decltype(access)> tile(access);
      before(tile, w + row * shape.stride + j);
      tile.add(psi.data + row, 1, psi.stride, x.data + j, x.stride, psi.samples);
      after(tile, hidden(w + row * shape.stride + j));
    });
  });
}

/// W += scale · Ψᵀ X: the sum over the samples is formed first
template <class V> void outerProducts(typename V::T* w, Shape shape, Block<const typename V::T> psi,
                                      Block<const typename V::T> x, typename V::T scale) {
  const V scales = V::broadcast(scale);
  sumOuterProducts<V>(
      w, shape, psi, x,
      [&](auto& tile, const auto* address) {
        tile.clear();
        // W is needed when the sum is formed; until then there is time to fetch it.
        tile.prefetch(address, shape.stride);
      },
      [&](auto& tile, auto* address) { tile.addScaledTo(address, shape.stride, scales); });
}

/// W + ψ_0 x_0ᵀ + ψ_1 x_1ᵀ + …, from left to right
template <class V> void accumulateOuterProducts(typename V::T* w, Shape shape, Block<const typename V::T> psi,
                                                Block<const typename V::T> x) {
  sumOuterProducts<V>(
      w, shape, psi, x, [&](auto& tile, const auto* address) { tile.load(address, shape.stride); },
      [&](auto& tile, auto* address) { tile.store(address, shape.stride); });
}

} // namespace
} // namespace downhill
