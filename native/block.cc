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

template <class T> void SampleBlock<T>::forward(std::size_t count) const {
  const KernelTable<T>& kernels = network_.kernels();
  for (std::size_t l = 0; l < model_.layerCount; l++) {
    const Layer& layer = model_.layers[l];
    const Block<T> z = zOf(layer, count);
    const Block<T> out = outputs(layer, count);
    const auto activateUnits = [&](std::size_t unit, std::size_t units) {
      for (std::size_t s = 0; s < count; s++) activate(kernels, layer, z.row(s) + unit, out.row(s) + unit, units);
    };
    network_.split(layer.units, kBlockGrain, workOf(layer, count), [&](std::size_t unit, std::size_t end) {
      const std::size_t units = end - unit;
      kernels.gemm(network_.weights(layer) + unit * layer.stride, {units, layer.inputs + 1, layer.stride},
                   constant(inputs(layer, count)), from(z, unit));
      if (isElementwise(layer)) activateUnits(unit, units);
    });
    if (!isElementwise(layer)) activateUnits(0, layer.units);
  }
}

template <class T> double SampleBlock<T>::loss(std::size_t sample) const {
  return lossOf(model_.loss, outputOf(sample));
}

template <class T> void SampleBlock<T>::backward(std::size_t count) const {
  const KernelTable<T>& kernels = network_.kernels();
  const Block<T> last = psi(model_.last(), count);
  for (std::size_t s = 0; s < count; s++) outputPsi(kernels, model_, outputOf(s), last.row(s));
  for (std::size_t l = model_.layerCount; l-- > 1;) {
    const Layer& layer = model_.layers[l];
    const Layer& below = model_.layers[l - 1];
    const Block<T> x = inputs(layer, count);
    const Block<T> out = psi(below, count);
    network_.split(below.units, kBlockGrain, workOf(layer, count), [&](std::size_t unit, std::size_t end) {
      const std::size_t units = end - unit;
      kernels.gemmTransposed(network_.weights(layer) + unit, {layer.units, units, layer.stride},
                             constant(psi(layer, count)), from(out, unit));
      for (std::size_t s = 0; s < count; s++) differentiate(kernels, below, x.row(s) + unit, out.row(s) + unit, units);
    });
  }
}

template <class T> template <class Body> void SampleBlock<T>::forEachLayerRows(std::size_t count, Body body) const {
  for (std::size_t l = 0; l < model_.layerCount; l++) {
    const Layer& layer = model_.layers[l];
    network_.split(layer.units, kBlockGrain, workOf(layer, count), [&](std::size_t unit, std::size_t end) {
      body(layer.weights + unit * layer.stride, Shape{end - unit, layer.inputs + 1, layer.stride},
           constant(from(psi(layer, count), unit)), constant(inputs(layer, count)));
    });
  }
}

template <class T> void SampleBlock<T>::accumulateGradient(T* gradient, std::size_t count) const {
  forEachLayerRows(count, [&](std::size_t offset, const Shape& shape, Block<const T> psis, Block<const T> x) {
    network_.kernels().accumulateOuterProducts(gradient + offset, shape, psis, x);
  });
}

template <class T> void SampleBlock<T>::step(T scale, std::size_t count) const {
  forEachLayerRows(count, [&](std::size_t offset, const Shape& shape, Block<const T> psis, Block<const T> x) {
    network_.kernels().outerProducts(network_.parameters() + offset, shape, psis, x, scale);
  });
}

template class SampleBlock<float>;
template class SampleBlock<double>;

} // namespace downhill
