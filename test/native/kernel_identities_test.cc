/// @file
/// What kernels promise of each other, to the bit: a block of samples is each sample by itself, a layer of one vector
/// is what the kernels for any size make of it.
#include "bits.h"
#include "check.h"
#include "draws.h"
#include "guarded.h"
#include "layer.h"
#include "sets.h"

using downhill::ActivationKind;
using downhill::Block;
using downhill::KernelTable;
using downhill::Layer;
using downhill::NarrowKernels;
using downhill::Shape;

namespace {

template <class T> void checkSamplesByThemselves(const KernelTable<T>& k, Shape shape, std::size_t samples) {
  Draws draws(shape.rows * 131 + shape.columns + samples);
  const auto w = draws.vector<T>(shape.rows * shape.stride);
  const auto psi = draws.vector<T>(samples * shape.rows), x = draws.vector<T>(samples * shape.columns);
  const Block<const T> psis{psi.data(), samples, shape.rows}, xs{x.data(), samples, shape.columns};

  std::vector<T> together(samples * shape.rows), alone(together);
  k.gemm(w.data(), shape, xs, {together.data(), samples, shape.rows});
  for (std::size_t s = 0; s < samples; s++) k.gemv(w.data(), shape, xs.row(s), alone.data() + s * shape.rows);
  CHECK(areSameBits(together, alone));

  together.assign(samples * shape.columns, T(7));
  alone = together;
  k.gemmTransposed(w.data(), shape, psis, {together.data(), samples, shape.columns});
  for (std::size_t s = 0; s < samples; s++) {
    k.gemvTransposed(w.data(), shape, psis.row(s), alone.data() + s * shape.columns);
  }
  CHECK(areSameBits(together, alone));

  std::vector<T> summed = w, stepByStep = w;
  k.accumulateOuterProducts(summed.data(), shape, psis, xs);
  for (std::size_t s = 0; s < samples; s++) k.outerProduct(stepByStep.data(), shape, psis.row(s), xs.row(s), T(1));
  CHECK(areSameBits(summed, stepByStep));
}

template <class T> void checkOnePass(const KernelTable<T>& k, Shape shape) {
  Draws draws(shape.rows * 17 + shape.columns);
  const T scale = T(-0.2), slope = T(0.5);
  const auto w = draws.vector<T>(shape.rows * shape.stride), psi = draws.vector<T>(shape.rows),
             x = draws.vector<T>(shape.columns);
  std::vector<T> both = w, updated = w, out(shape.columns), transposed(shape.columns);
  k.gemvTransposedUpdate(both.data(), shape, psi.data(), x.data(), out.data(), scale);
  k.gemvTransposed(w.data(), shape, psi.data(), transposed.data());
  k.outerProduct(updated.data(), shape, psi.data(), x.data(), scale);
  CHECK(areSameBits(both, updated) && areSameBits(out, transposed));

  both = w;
  k.backpropUpdate(both.data(), shape, psi.data(), x.data(), out.data(), scale, slope);
  k.sigmoidDerivative(x.data(), transposed.data(), transposed.data(), shape.columns, slope);
  CHECK(areSameBits(both, updated) && areSameBits(out, transposed));
  k.sigmoidBackprop(w.data(), shape, psi.data(), x.data(), out.data(), slope);
  CHECK(areSameBits(out, transposed));
}

/// A layer whose vectors are one virtual vector each, in the memory of an arena: padded, with the 1 of the bias.
template <class T> struct NarrowLayer {
  static constexpr std::size_t lanes = 64 / sizeof(T);
  Layer layer{};
  std::vector<T> w, x, psi;

  NarrowLayer(std::size_t inputs, std::size_t units, ActivationKind kind, bool overflows) {
    layer.inputs = inputs;
    layer.units = units;
    layer.stride = layer.outputStride = lanes;
    layer.shape = {units, inputs + 1, lanes};
    layer.activation = kind;
    layer.parameter = layer.derivativeParameter = kind == ActivationKind::leakyRelu ? 0.1 : 1;
    Draws draws(inputs * 64 + units);
    const auto padded = [&](std::size_t values) {
      std::vector<T> vector = draws.vector<T>(values);
      vector.resize(lanes);
      return vector;
    };
    for (std::size_t row = 0; row < units; row++) {
      const std::vector<T> values = padded(inputs + 1);
      w.insert(w.end(), values.begin(), values.end());
    }
    x = padded(inputs);
    x[inputs] = 1;
    psi = padded(units);
    if (overflows) psi[0] = std::numeric_limits<T>::infinity();
  }

  void checkForward(const KernelTable<T>& k, const NarrowKernels<T>& narrow, Place place) const {
    const std::vector<T> zeros(lanes);
    Guarded<T> ws(w, place), xs(x, place), z(zeros, place), out(zeros, place);
    narrow.forward(ws.data(), layer.shape, xs.data(), z.data(), out.data(), layer.activation, T(layer.parameter));
    std::vector<T> expectedZ(lanes), expected(lanes);
    k.gemv(w.data(), layer.shape, x.data(), expectedZ.data());
    downhill::activate(k, layer, expectedZ.data(), expected.data(), layer.units);
    expected[layer.units] = 1;
    CHECK(areSameBits(z.values(), expectedZ) && areSameBits(out.values(), expected));
    CHECK(ws.isIntact() && xs.isIntact() && z.isIntact() && out.isIntact());
  }

  /// With x as the output of a layer of the same kind below.
  void checkBackward(const KernelTable<T>& k, const NarrowKernels<T>& narrow, Place place) const {
    const T scale = T(-0.5);
    Guarded<T> ws(w, place), xs(x, place), psis(psi, place), below(std::vector<T>(lanes), place);
    narrow.backward(ws.data(), layer.shape, psis.data(), xs.data(), below.data(), scale, layer.activation,
                    T(layer.derivativeParameter));
    std::vector<T> expectedW = w, expected(lanes);
    k.gemvTransposedUpdate(expectedW.data(), layer.shape, psi.data(), x.data(), expected.data(), scale);
    downhill::differentiate(k, layer, x.data(), expected.data(), layer.inputs);
    expected[layer.inputs] = 0;
    CHECK(areSameBits(below.values(), expected) && areSameBits(ws.values(), expectedW));
    narrow.backward(ws.data(), layer.shape, psis.data(), xs.data(), nullptr, scale, layer.activation, T(1));
    CHECK(ws.isIntact() && xs.isIntact() && psis.isIntact() && below.isIntact());
  }

  /// psi as the targets of outputs x, which have no 1.
  void checkOutputPsi(const KernelTable<T>& k, const NarrowKernels<T>& narrow, Place place) const {
    std::vector<T> y = x;
    y.assign(lanes, T(0));
    for (std::size_t i = 0; i < layer.units; i++) y[i] = T(0.25) + T(i) / 64;
    Guarded<T> ys(y, place), targets(psi, place), out(std::vector<T>(lanes), place);
    narrow.outputPsi(ys.data(), targets.data(), out.data(), layer.units, layer.activation,
                     T(layer.derivativeParameter));
    std::vector<T> expected(lanes);
    for (std::size_t i = 0; i < layer.units; i++) expected[i] = T(-2) * (psi[i] - y[i]);
    downhill::differentiate(k, layer, y.data(), expected.data(), layer.units);
    CHECK(areSameBits(out.values(), expected));
    CHECK(ys.isIntact() && targets.isIntact() && out.isIntact());
  }
};

template <class T> void checkNarrow() {
  constexpr std::size_t lanes = 64 / sizeof(T);
  for (const Variant<T>& variant : everyVariant<T>()) {
    for (std::size_t inputs = 1; inputs < lanes; inputs++) {
      for (std::size_t units = 1; units < lanes; units++) {
        const auto kind =
            static_cast<ActivationKind>((inputs + units) % static_cast<std::size_t>(ActivationKind::softmax));
        for (const bool overflows : {false, true}) {
          const NarrowLayer<T> given(inputs, units, kind, overflows);
          for (const Place place : kPlaces) {
            const check::Doing doing(variant.name + ", " + std::to_string(inputs) + " to " + std::to_string(units) +
                                     (overflows ? ", overflowing" : "") + ", arrays " + nameOf(place));
            const auto check = [&](const NarrowKernels<T>& narrow) {
              if (!overflows) given.checkForward(*variant.kernels, narrow, place);
              given.checkBackward(*variant.kernels, narrow, place);
              given.checkOutputPsi(*variant.kernels, narrow, place);
            };
            CHECK(downhill::narrowKernels(*variant.kernels, given.layer) != nullptr);
            check(variant.kernels->narrow);
            if (inputs < downhill::kShortLanes && units < downhill::kShortLanes) check(variant.kernels->tiny);
          }
        }
      }
    }
  }
}

template <class T> void checkIdentities() {
  constexpr std::size_t lanes = 64 / sizeof(T);
  for (const Variant<T>& variant : everyVariant<T>()) {
    for (const std::size_t rows : {0, 1, 3, 8, 13, 64, 65, 131}) {
      for (const std::size_t columns : {std::size_t{1}, lanes - 1, lanes, 4 * lanes + 3}) {
        const check::Doing doing(variant.name + ", " + std::to_string(rows) + " x " + std::to_string(columns));
        checkOnePass(*variant.kernels, {rows, columns, columns + 2});
        for (const std::size_t samples : {1, 5, 64, 65}) {
          checkSamplesByThemselves(*variant.kernels, {rows, columns, columns + 2}, samples);
        }
      }
    }
    const check::Doing doing(variant.name + ", rows longer than a pass");
    checkSamplesByThemselves(*variant.kernels, {5, 64 * lanes + 9, 64 * lanes + 9}, 66);
  }
}

} // namespace

TEST(kernelsPromiseEachOther) {
  checkIdentities<float>();
  checkIdentities<double>();
}

TEST(narrowLayers) {
  checkNarrow<float>();
  checkNarrow<double>();
}
