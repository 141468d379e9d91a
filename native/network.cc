#include "network.h"

#include "layer.h"

namespace downhill {
/// Where z of a layer goes: hidden layers turn it into their output where it lies, losses need that of the last.
template <class T> T* Network<T>::zOf(const Layer& layer) const {
  return workspace_ + (&layer == &model_.last() ? model_.logits : layer.output);
}

template <class T> void Network<T>::activateWhole(const Layer& layer, const T* z) const {
  activate(kernels_, layer, z, workspace_ + layer.output, layer.units);
}

template <class T> void Network<T>::forwardThrough(const Layer& layer) const {
  T* z = zOf(layer);
  if (const NarrowKernels<T>* narrow = narrowKernels(kernels_, layer); narrow && isElementwise(layer)) {
    return narrow->forward(weights(layer), layer.shape, workspace_ + layer.input, z, workspace_ + layer.output,
                           layer.activation, static_cast<T>(layer.parameter));
  }
  split(layer.units, kPanelRows, workOf(layer, 1), [&](std::size_t row, std::size_t end) {
    const std::size_t rows = end - row;
    kernels_.gemv(weights(layer) + row * layer.stride, rowsOf(layer, row, end), workspace_ + layer.input, z + row);
    if (isElementwise(layer)) activate(kernels_, layer, z + row, workspace_ + layer.output + row, rows);
  });
  if (!isElementwise(layer)) activateWhole(layer, z);
}

template <class T> void Network<T>::forward() const {
  for (std::size_t l = 0; l < model_.layerCount; l++) forwardThrough(model_.layers[l]);
}

template <class T> void Network<T>::forwardFrom(const T* firstZ) const {
  const Layer& first = model_.first();
  if (model_.layerCount == 1) {
    T* z = zOf(first);
    for (std::size_t i = 0; i < first.units; i++) z[i] = firstZ[i];
  }
  activateWhole(first, firstZ);
  for (std::size_t l = 1; l < model_.layerCount; l++) forwardThrough(model_.layers[l]);
}

template <class T> double Network<T>::loss() const {
  return lossOf(model_.loss, outputView<T>(model_, workspace_ + model_.logits, output(), target()));
}

template <class T> void Network<T>::outputPsi() const {
  const Layer& last = model_.last();
  const NarrowKernels<T>* narrow = narrowKernels(kernels_, last);
  if (narrow && model_.loss == LossKind::squaredError && isElementwise(last)) {
    return narrow->outputPsi(output(), target(), workspace_ + last.psi, last.units, last.activation,
                             static_cast<T>(last.derivativeParameter));
  }
  downhill::outputPsi(kernels_, model_, outputView<T>(model_, workspace_ + model_.logits, output(), target()),
                      workspace_ + model_.last().psi);
}

template <class T> template <class PassPanel> void Network<T>::passDown(std::size_t l, PassPanel passPanel) const {
  const Layer& layer = model_.layers[l];
  const Layer& below = model_.layers[l - 1];
  T* psiBelow = workspace_ + below.psi;
  T* partials = workspace_ + model_.sampleValues;
  const auto shareOf = [&](std::size_t row) {
    return row == 0 ? psiBelow : partials + (row / kPanelRows - 1) * layer.stride;
  };
  split(layer.units, kPanelRows, workOf(layer, 1), [&](std::size_t first, std::size_t end) {
    // From the end, which the forward pass has just left in the cache.
    for (std::size_t row = end; row > first;) {
      const std::size_t rows = (row - 1) % kPanelRows + 1;
      row -= rows;
      passPanel(rowsOf(layer, row, row + rows), weights(layer) + row * layer.stride, workspace_ + layer.psi + row,
                shareOf(row));
    }
  });
  for (std::size_t row = kPanelRows; row < layer.units; row += kPanelRows) {
    kernels_.addScaled(shareOf(row), psiBelow, layer.inputs, T(1));
  }
  differentiate(kernels_, below, workspace_ + below.output, psiBelow, below.units);
  // The share of the bias, which is no unit.
  psiBelow[below.units] = 0;
}

template <class T> void Network<T>::updateAbove(T scale) const {
  outputPsi();
  for (std::size_t l = model_.layerCount; l-- > 1;) {
    const Layer& layer = model_.layers[l];
    const T* x = workspace_ + layer.input;
    if (const NarrowKernels<T>* narrow = narrowKernels(kernels_, layer)) {
      const Layer& below = model_.layers[l - 1];
      narrow->backward(weights(layer), layer.shape, workspace_ + layer.psi, x, workspace_ + below.psi, scale,
                       below.activation, static_cast<T>(below.derivativeParameter));
      continue;
    }
    passDown(l, [&](const Shape& shape, T* w, const T* psi, T* out) {
      kernels_.gemvTransposedUpdate(w, shape, psi, x, out, scale);
    });
  }
}

template <class T> void Network<T>::update(T scale) const {
  updateAbove(scale);
  const Layer& first = model_.first();
  if (const NarrowKernels<T>* narrow = narrowKernels(kernels_, first)) {
    return narrow->backward(weights(first), first.shape, psi(first), input(), nullptr, scale, ActivationKind::linear,
                            T(1));
  }
  split(first.units, kPanelRows, workOf(first, 1), [&](std::size_t row, std::size_t end) {
    kernels_.outerProduct(weights(first) + row * first.stride, rowsOf(first, row, end), psi(first) + row, input(),
                          scale);
  });
}

template <class T> void Network<T>::addGradient(T* gradient) const {
  outputPsi();
  for (std::size_t l = model_.layerCount; l-- > 0;) {
    const Layer& layer = model_.layers[l];
    kernels_.outerProduct(gradient + layer.weights, layer.shape, workspace_ + layer.psi, workspace_ + layer.input,
                          T(1));
    if (l == 0) break;
    passDown(
        l, [&](const Shape& shape, const T* w, const T* psi, T* out) { kernels_.gemvTransposed(w, shape, psi, out); });
  }
}

template class Network<float>;
template class Network<double>;

} // namespace downhill
