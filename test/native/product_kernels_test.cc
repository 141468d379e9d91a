/// @file
/// The kernels that take a matrix, against plain loops.
#include "draws.h"
#include "kernel_case.h"

using downhill::Block;
using downhill::KernelTable;
using downhill::Shape;

namespace {

using Wide = long double;

/// Rows of values with a gap between them, as they lie in memory; nothing lies behind the last one.
template <class T> struct Rows {
  std::size_t rows;
  std::size_t columns;
  std::size_t stride;
  std::vector<T> values;

  /// Gaps hold NaN: whatever is made of one shows.
  Rows(Draws& draws, std::size_t r, std::size_t c, std::size_t gap, bool isExtreme)
      : rows(r), columns(c), stride(c + gap) {
    values.assign(r == 0 ? 0 : (r - 1) * stride + c, std::numeric_limits<T>::quiet_NaN());
    for (std::size_t i = 0; i < r; i++) {
      const std::vector<T> row = isExtreme ? draws.extremes<T>(c) : draws.vector<T>(c);
      std::copy(row.begin(), row.end(), values.begin() + static_cast<std::ptrdiff_t>(i * stride));
    }
  }
  Wide at(std::size_t row, std::size_t column) const { return static_cast<Wide>(values[row * stride + column]); }

  /// What the array holds after valueAt(row, column) → Expected was written everywhere but to the gaps.
  template <class F> std::vector<Expected> made(F valueAt) const {
    std::vector<Expected> expected(values.size(), kKept);
    for (std::size_t i = 0; i < rows; i++) {
      for (std::size_t j = 0; j < columns; j++) expected[i * stride + j] = valueAt(i, j);
    }
    return expected;
  }
};

Wide sizeOf(Wide value) { return value < 0 ? -value : value; }

/// Σ termAt(k) and Σ |termAt(k)|, k = 0 … count − 1
template <class F> Expected sumOf(std::size_t count, F termAt) {
  Expected sum{0, 0};
  for (std::size_t k = 0; k < count; k++) {
    const Wide term = termAt(k);
    sum.value += term;
    sum.size += sizeOf(term);
  }
  return sum;
}

/// w + scale · sum
Expected plus(Wide w, Wide scale, const Expected& sum) {
  return {w + scale * sum.value, sizeOf(w) + sizeOf(scale) * sum.size};
}

struct Sizes {
  std::size_t rows;
  std::size_t columns;
  std::size_t samples;
  std::size_t gap;
  /// Infinities, NaN and the like, of which only the bits are compared.
  bool isExtreme;

  std::string text() const {
    return std::to_string(rows) + " x " + std::to_string(columns) + ", " + std::to_string(samples) + " samples, gap " +
           std::to_string(gap) + (isExtreme ? ", extremes" : "");
  }
};

/// The operands of all products, and the expectations for them.
template <class T> struct Products {
  Sizes sizes;
  Draws draws;
  Rows<T> w;
  Rows<T> psi;
  Rows<T> x;
  T scale;
  T slope;

  explicit Products(const Sizes& s)
      : sizes(s), draws(s.rows * 1000003 + s.columns * 1009 + s.samples * 31 + s.gap),
        w(draws, s.rows, s.columns, s.gap, s.isExtreme), psi(draws, s.samples, s.rows, s.gap, s.isExtreme),
        x(draws, s.samples, s.columns, s.gap, s.isExtreme), scale(T(-0.375)), slope(T(1.25)) {}

  Shape shape() const { return {w.rows, w.columns, w.stride}; }
  Block<const T> block(const Rows<T>& rows, const T* data) const { return {data, rows.rows, rows.stride}; }

  Expected alongRow(std::size_t sample, std::size_t row) const {
    return sumOf(w.columns, [&](std::size_t j) { return w.at(row, j) * x.at(sample, j); });
  }
  Expected downRows(std::size_t sample, std::size_t column) const {
    return sumOf(w.rows, [&](std::size_t i) { return w.at(i, column) * psi.at(sample, i); });
  }
  Expected derived(std::size_t column) const {
    const Expected sum = downRows(0, column);
    const Wide derivative = static_cast<Wide>(slope) * x.at(0, column) * (1 - x.at(0, column));
    return {sum.value * derivative, sum.size * sizeOf(derivative)};
  }
  Expected updated(std::size_t row, std::size_t column, Wide factor, std::size_t samples) const {
    const auto term = [&](std::size_t s) { return psi.at(s, row) * x.at(s, column); };
    return plus(w.at(row, column), factor, sumOf(samples, term));
  }

  Operand<T> updatedMatrix(Wide factor, std::size_t samples) const {
    if (sizes.isExtreme) return output(w.values, {});
    return output(w.values, w.made([&](std::size_t i, std::size_t j) { return updated(i, j, factor, samples); }));
  }
  /// An output of a vector of `count` values for each of `samples`.
  template <class F> Operand<T> made(std::size_t samples, std::size_t count, F valueAt) const {
    Draws unused(1);
    Rows<T> out(unused, samples, count, samples == 1 ? 0 : sizes.gap, false);
    std::fill(out.values.begin(), out.values.end(), std::numeric_limits<T>::quiet_NaN());
    return output(out.values, sizes.isExtreme ? std::vector<Expected>{} : out.made(valueAt));
  }
  Operand<T> first(const Rows<T>& rows) const {
    return input(std::vector<T>(rows.values.begin(), rows.values.begin() + static_cast<std::ptrdiff_t>(rows.columns)));
  }
};

template <class T> void checkVectorProducts(const Sizes& sizes) {
  const Products<T> p(sizes);
  const Shape shape = p.shape();
  const Operand<T> w = input(p.w.values), psi = p.first(p.psi), x = p.first(p.x);
  const Wide scale = p.scale;
  const auto row = [&](std::size_t, std::size_t i) { return p.alongRow(0, i); };
  const auto column = [&](std::size_t, std::size_t j) { return p.downRows(0, j); };
  const auto derived = [&](std::size_t, std::size_t j) { return p.derived(j); };
  const Operand<T> rows = p.made(1, shape.rows, row), columns = p.made(1, shape.columns, column),
                   derivatives = p.made(1, shape.columns, derived), updated = p.updatedMatrix(scale, 1);
  const std::string text = sizes.text();

  checkCase<T>(
      {"gemv", text, {w, x, rows}, [&](const KernelTable<T>& k, T* const* at) { k.gemv(at[0], shape, at[1], at[2]); }});
  checkCase<T>({"gemvTransposed", text, {w, psi, columns}, [&](const KernelTable<T>& k, T* const* at) {
                  k.gemvTransposed(at[0], shape, at[1], at[2]);
                }});
  checkCase<T>({"outerProduct", text, {updated, psi, x}, [&](const KernelTable<T>& k, T* const* at) {
                  k.outerProduct(at[0], shape, at[1], at[2], p.scale);
                }});
  checkCase<T>({"gemvTransposedUpdate", text, {updated, psi, x, columns}, [&](const KernelTable<T>& k, T* const* at) {
                  k.gemvTransposedUpdate(at[0], shape, at[1], at[2], at[3], p.scale);
                }});
  checkCase<T>({"sigmoidBackprop", text, {w, psi, x, derivatives}, [&](const KernelTable<T>& k, T* const* at) {
                  k.sigmoidBackprop(at[0], shape, at[1], at[2], at[3], p.slope);
                }});
  checkCase<T>({"backpropUpdate", text, {updated, psi, x, derivatives}, [&](const KernelTable<T>& k, T* const* at) {
                  k.backpropUpdate(at[0], shape, at[1], at[2], at[3], p.scale, p.slope);
                }});
}

template <class T> void checkBlockProducts(const Sizes& sizes) {
  const Products<T> p(sizes);
  const Shape shape = p.shape();
  const std::size_t samples = sizes.samples, gap = samples == 1 ? 0 : sizes.gap;
  const Operand<T> w = input(p.w.values), psi = input(p.psi.values), x = input(p.x.values);
  const Operand<T> rows = p.made(samples, shape.rows, [&](std::size_t s, std::size_t i) { return p.alongRow(s, i); });
  const Operand<T> columns =
      p.made(samples, shape.columns, [&](std::size_t s, std::size_t j) { return p.downRows(s, j); });
  const std::string text = sizes.text();

  checkCase<T>({"gemm", text, {w, x, rows}, [&](const KernelTable<T>& k, T* const* at) {
                  k.gemm(at[0], shape, p.block(p.x, at[1]), {at[2], samples, shape.rows + gap});
                }});
  checkCase<T>({"gemmTransposed", text, {w, psi, columns}, [&](const KernelTable<T>& k, T* const* at) {
                  k.gemmTransposed(at[0], shape, p.block(p.psi, at[1]), {at[2], samples, shape.columns + gap});
                }});
  const auto onto = [&](Wide factor) { return std::vector<Operand<T>>{p.updatedMatrix(factor, samples), psi, x}; };
  checkCase<T>({"outerProducts", text, onto(p.scale), [&](const KernelTable<T>& k, T* const* at) {
                  k.outerProducts(at[0], shape, p.block(p.psi, at[1]), p.block(p.x, at[2]), p.scale);
                }});
  checkCase<T>({"accumulateOuterProducts", text, onto(1), [&](const KernelTable<T>& k, T* const* at) {
                  k.accumulateOuterProducts(at[0], shape, p.block(p.psi, at[1]), p.block(p.x, at[2]));
                }});
}

/// Around the width of a vector, of two, and of as many as a pass down the rows takes.
template <class T> std::vector<std::size_t> edgeColumns() {
  constexpr std::size_t lanes = 64 / sizeof(T);
  return {1, 2, 3, 4, lanes - 1, lanes, lanes + 1, 2 * lanes + 3, 4 * lanes + 1, 13 * lanes + 5};
}

template <class T> void checkEdges(bool isExtreme) {
  for (const std::size_t columns : edgeColumns<T>()) {
    for (const std::size_t rows : {0, 1, 3, 4, 5, 6, 7, 13}) {
      const std::size_t gap = (rows + columns) % 3;
      checkVectorProducts<T>({rows, columns, 1, gap, isExtreme});
      for (const std::size_t samples : {1, 4, 7}) checkBlockProducts<T>({rows, columns, samples, gap, isExtreme});
    }
  }
}

/// More rows than a block of them has, more columns than a pass, more samples than wait between two passes.
template <class T> void checkLarge() {
  constexpr std::size_t lanes = 64 / sizeof(T);
  checkVectorProducts<T>({133, 67, 1, 1, false});
  checkBlockProducts<T>({70, lanes + 2, 67, 3, false});
  checkBlockProducts<T>({6, 64 * lanes + lanes + 1, 66, 0, false});
}

} // namespace

TEST(productsOfEdgeShapes) {
  checkEdges<float>(false);
  checkEdges<double>(false);
}

TEST(productsOfExtremeValues) {
  checkEdges<float>(true);
  checkEdges<double>(true);
}

TEST(productsOfLargeShapes) {
  checkLarge<float>();
  checkLarge<double>();
}
