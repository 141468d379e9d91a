/// @file
/// Fills the table of one instruction set. The including file defines Register<T> first.
#pragma once

#include "activation.h"
#include "finite.h"
#include "gemm.h"
#include "matrix.h"
#include "narrow.h"
#include "optimizer.h"
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

template <class V> constexpr NarrowKernels<typename V::T> narrowKernelsOf() {
  return {narrowForward<V>, narrowBackward<V>, narrowOutputPsi<V>};
}

/// @tparam S the short vectors
template <class V, class S> constexpr KernelTable<typename V::T> tableOf() {
  return {
#define DOWNHILL_ENTRY(name, Signature) name<V>,
      DOWNHILL_KERNELS(DOWNHILL_ENTRY)
#undef DOWNHILL_ENTRY
          narrowKernelsOf<V>(),
      narrowKernelsOf<S>(),
      areFinite<V>,
      copyFinite<V>,
  };
}

template <class R, class S, bool Fused> constexpr KernelTable<typename R::Element> tableWith() {
  return tableOf<Vector<R, Fused>, Vector<S, Fused, kShortLanes>>();
}

/// @tparam R the registers of virtual vectors
/// @tparam S those of short vectors
template <template <class> class R, template <class> class S> constexpr KernelTables tablesOf() {
  return {{tableWith<R<float>, S<float>, true>(), tableWith<R<float>, S<float>, false>()},
          {tableWith<R<double>, S<double>, true>(), tableWith<R<double>, S<double>, false>()}};
}

} // namespace
} // namespace downhill
