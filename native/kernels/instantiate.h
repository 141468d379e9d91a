/// @file
/// Fills the table of one instruction set. The including file defines Register<T> first.
#pragma once

#include "activation.h"
#include "matrix.h"
#include "table.h"

namespace downhill {
namespace {

/// out = (Wᵀ psi) ⊙ slope · x (1 − x)
template <class V> void sigmoidBackprop(const typename V::T* w, Shape shape, const typename V::T* psi,
                                        const typename V::T* x, typename V::T* out, typename V::T slope) {
  gemvTransposed<V>(w, shape, psi, out);
  sigmoidDerivative<V>(x, out, out, shape.columns, slope);
}

/// The same and the update of W, in one pass over W.
template <class V> void backpropUpdate(typename V::T* w, Shape shape, const typename V::T* psi, const typename V::T* x,
                                       typename V::T* out, typename V::T scale, typename V::T slope) {
  gemvTransposedUpdate<V>(w, shape, psi, x, out, scale);
  sigmoidDerivative<V>(x, out, out, shape.columns, slope);
}

template <class V> constexpr KernelTable<typename V::T> tableOf() {
  return {
#define DOWNHILL_ENTRY(name, Signature) name<V>,
      DOWNHILL_KERNELS(DOWNHILL_ENTRY)
#undef DOWNHILL_ENTRY
  };
}

template <template <class> class R> constexpr KernelTables tablesOf() {
  return {{tableOf<Vector<R<float>, true>>(), tableOf<Vector<R<float>, false>>()},
          {tableOf<Vector<R<double>, true>>(), tableOf<Vector<R<double>, false>>()}};
}

} // namespace
} // namespace downhill
