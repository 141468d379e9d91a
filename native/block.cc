#include "block.h"

#include "layer.h"

namespace downhill {

template <class T> Block<T> SampleBlock<T>::zOf(const Layer& layer, std::size_t count) const {
  return &layer == &model_.last() ? logits(count) : outputs(layer, count);
}

template <class T> OutputView<T> SampleBlock<T>::outputOf(std::size_t sample) const {
  const std::size_t count = sample + 1;
  return outputView<T>(model_, logits(count).row(sample), outputs(model_.last(), count).row(sample),
                       targets(count).row(sample));
}

template <class T> template <class After>
void SampleBlock<T>::multiplyRows(const Layer& layer, const Block<T>& z, After after) const {
  const Block<const T> x = constant(inputs(layer, z.samples));
  network_.split(layer.units, kRowGrain, workOf(layer, z.samples), [&](std::size_t row, std::size_t end) {
    network_.kernels().gemm(network_.weights(layer) + row * layer.stride, rowsOf(layer, row, end), x, from(z, row));
    after(row, end);
  });
}

template <class T> void SampleBlock<T>::multiply(const Layer& layer, const Block<T>& z) const {
  multiplyRows(layer, z, [](std::size_t, std::size_t) {});
}

template <class T> void SampleBlock<T>::forward(std::size_t count, const Dropout* dropout) const {
  for (std::size_t l = 0; l < model_.layerCount; l++) {
    const Layer& layer = model_.layers[l];
    const Block<T> z = zOf(layer, count);
    const Block<T> out = outputs(layer, count);
    const bool isDropping = dropout != nullptr && l + 1 < model_.layerCount && dropout->drops(l);
    const auto activateUnits = [&](std::size_t unit, std::size_t end) {
      for (std::size_t s = 0; s < count; s++) {
        activate(network_.kernels(), layer, z.row(s) + unit, out.row(s) + unit, end - unit);
        if (isDropping) dropUnits(*dropout, {l, s, unit, end - unit}, out.row(s) + unit);
      }
    };
    if (isElementwise(layer)) {
      multiplyRows(layer, z, activateUnits);
    } else {
      multiply(layer, z);
      activateUnits(0, layer.units);
    }
  }
}

template <class T> double SampleBlock<T>::loss(std::size_t sample) const {
  return lossOf(model_.loss, outputOf(sample));
}

template <class T> void SampleBlock<T>::differentiateOutputs(std::size_t count) const {
  const Block<T> last = psi(model_.last(), count);
  for (std::size_t s = 0; s < count; s++) outputPsi(network_.kernels(), model_, outputOf(s), last.row(s));
}

/// ψ through the activation and the dropout of hidden layer l, whose x holds what the kept units gave, scaled. f′ is
/// taken from the activation's own output; the gradient needs x as it was.
template <class T>
void SampleBlock<T>::differentiateDropped(const Dropout& dropout, const UnitRange& units, T* x, T* psi) const {
  multiplyBy(static_cast<T>(1 - dropout.shares[units.layer]), x, units.count);
  differentiate(network_.kernels(), model_.layers[units.layer], x, psi, units.count);
  dropUnits(dropout, units, psi);
  multiplyBy(static_cast<T>(dropout.scale(units.layer)), x, units.count);
}

template <class T> void SampleBlock<T>::backward(std::size_t count, const Dropout* dropout) const {
  const KernelTable<T>& kernels = network_.kernels();
  for (std::size_t l = model_.layerCount; l-- > 1;) {
    const Layer& layer = model_.layers[l];
    const Layer& below = model_.layers[l - 1];
    const Block<T> x = inputs(layer, count);
    const Block<T> out = psi(below, count);
    const bool isDropping = dropout != nullptr && dropout->drops(l - 1);
    network_.split(below.units, kRowGrain, workOf(layer, count), [&](std::size_t unit, std::size_t end) {
      const std::size_t units = end - unit;
      kernels.gemmTransposed(network_.weights(layer) + unit, {layer.units, units, layer.stride},
                             constant(psi(layer, count)), from(out, unit));
      for (std::size_t s = 0; s < count; s++) {
        if (isDropping) {
          differentiateDropped(*dropout, {l - 1, s, unit, units}, x.row(s) + unit, out.row(s) + unit);
        } else {
          differentiate(kernels, below, x.row(s) + unit, out.row(s) + unit, units);
        }
      }
    });
  }
}

template <class T> template <class Body>
void SampleBlock<T>::forEachRows(const Layer& layer, std::size_t count, Body body) const {
  network_.split(layer.units, kRowGrain, workOf(layer, count), [&](std::size_t row, std::size_t end) {
    body(layer.weights + row * layer.stride, rowsOf(layer, row, end), constant(from(psi(layer, count), row)),
         constant(inputs(layer, count)));
  });
}

template <class T> void SampleBlock<T>::accumulateGradient(T* gradient, std::size_t count) const {
  for (std::size_t l = 0; l < model_.layerCount; l++) {
    forEachRows(model_.layers[l], count,
                [&](std::size_t offset, const Shape& shape, Block<const T> psis, Block<const T> x) {
                  network_.kernels().accumulateOuterProducts(gradient + offset, shape, psis, x);
                });
  }
}

template <class T> void SampleBlock<T>::stepOfLayer(const Layer& layer, T scale, std::size_t count) const {
  forEachRows(layer, count, [&](std::size_t offset, const Shape& shape, Block<const T> psis, Block<const T> x) {
    network_.kernels().outerProducts(network_.parameters() + offset, shape, psis, x, scale);
  });
}

template <class T> void SampleBlock<T>::step(T scale, std::size_t count) const {
  for (std::size_t l = 0; l < model_.layerCount; l++) stepOfLayer(model_.layers[l], scale, count);
}

template class SampleBlock<float>;
template class SampleBlock<double>;

} // namespace downhill
