#include "network.h"

#include "loss.h"

namespace downhill {
namespace {

/// The values of a row alone: the padding behind them would add nothing, and an overflowing step would spoil it.
Shape shapeOf(const Layer& layer) { return {layer.units, layer.inputs + 1, layer.stride}; }

template <class T> OutputView<T> outputView(const Model& model, const T* workspace) {
  const Layer& layer = model.last();
  const bool isSigmoid = layer.activation == ActivationKind::sigmoid;
  return {workspace + model.logits, workspace + layer.output, workspace + model.target, layer.units,
          isSigmoid ? static_cast<T>(layer.parameter) : T(1)};
}

} // namespace

template <class T> void Network<T>::activate(const Layer& layer, const T* z) const {
  const auto apply = [&](Activation<T>* kernel) {
    kernel(z, workspace_ + layer.output, layer.units, static_cast<T>(layer.parameter));
  };
  switch (layer.activation) {
  case ActivationKind::sigmoid:
    return apply(kernels_.sigmoid);
  case ActivationKind::tanh:
    return apply(kernels_.tanh);
  case ActivationKind::relu:
    return apply(kernels_.relu);
  case ActivationKind::leakyRelu:
    return apply(kernels_.leakyRelu);
  case ActivationKind::softmax:
    return apply(kernels_.softmax);
  default:
    return apply(kernels_.linear);
  }
}

template <class T> void Network<T>::differentiate(const Layer& layer) const {
  T* psi = workspace_ + layer.psi;
  const auto apply = [&](Derivative<T>* kernel) {
    kernel(workspace_ + layer.output, psi, psi, layer.units, static_cast<T>(layer.derivativeParameter));
  };
  switch (layer.activation) {
  case ActivationKind::sigmoid:
    return apply(kernels_.sigmoidDerivative);
  case ActivationKind::tanh:
    return apply(kernels_.tanhDerivative);
  case ActivationKind::relu:
    return apply(kernels_.reluDerivative);
  case ActivationKind::leakyRelu:
    return apply(kernels_.leakyReluDerivative);
  case ActivationKind::softmax:
    return throughSoftmax(outputView(model_, workspace_), psi);
  default:
    return apply(kernels_.linearDerivative);
  }
}

template <class T> void Network<T>::forward() const {
  for (std::size_t l = 0; l < model_.layerCount; l++) {
    const Layer& layer = model_.layers[l];
    const bool isLast = l + 1 == model_.layerCount;
    T* z = workspace_ + (isLast ? model_.logits : layer.output);
    kernels_.gemv(parameters_ + layer.weights, shapeOf(layer), workspace_ + layer.input, z);
    activate(layer, z);
  }
}

template <class T> double Network<T>::loss() const { return lossOf(model_.loss, outputView(model_, workspace_)); }

template <class T> void Network<T>::outputPsi() const {
  const Layer& layer = model_.last();
  const OutputView<T> output = outputView(model_, workspace_);
  T* psi = workspace_ + layer.psi;
  switch (model_.loss) {
  case LossKind::binaryCrossEntropy:
    return binaryCrossEntropyPsi(output, static_cast<T>(layer.derivativeParameter), psi);
  case LossKind::categoricalCrossEntropy:
    return categoricalCrossEntropyPsi(output, psi);
  default:
    squaredErrorGradient(output, psi);
    differentiate(layer);
  }
}

template <class T> void Network<T>::finishPsi(std::size_t below) const {
  const Layer& layer = model_.layers[below];
  differentiate(layer);
  workspace_[layer.psi + layer.units] = 0;
}

template <class T> void Network<T>::update(T scale) const {
  outputPsi();
  for (std::size_t l = model_.layerCount; l-- > 1;) {
    const Layer& layer = model_.layers[l];
    kernels_.gemvTransposedUpdate(parameters_ + layer.weights, shapeOf(layer), workspace_ + layer.psi,
                                  workspace_ + layer.input, workspace_ + model_.layers[l - 1].psi, scale);
    finishPsi(l - 1);
  }
  const Layer& first = model_.first();
  kernels_.outerProduct(parameters_ + first.weights, shapeOf(first), workspace_ + first.psi, workspace_ + first.input,
                        scale);
}

template <class T> void Network<T>::addGradient(T* gradient) const {
  outputPsi();
  for (std::size_t l = model_.layerCount; l-- > 0;) {
    const Layer& layer = model_.layers[l];
    const T* psi = workspace_ + layer.psi;
    kernels_.outerProduct(gradient + layer.weights, shapeOf(layer), psi, workspace_ + layer.input, T(1));
    if (l > 0) {
      kernels_.gemvTransposed(parameters_ + layer.weights, shapeOf(layer), psi, workspace_ + model_.layers[l - 1].psi);
      finishPsi(l - 1);
    }
  }
}

template class Network<float>;
template class Network<double>;

} // namespace downhill
