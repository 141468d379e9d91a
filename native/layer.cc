#include "layer.h"

namespace downhill {

template <class T>
void activate(const KernelTable<T>& kernels, const Layer& layer, const T* z, T* out, std::size_t units) {
  const auto apply = [&](Activation<T>* kernel) { kernel(z, out, units, static_cast<T>(layer.parameter)); };
  switch (layer.activation) {
  case ActivationKind::sigmoid:
    return apply(kernels.sigmoid);
  case ActivationKind::tanh:
    return apply(kernels.tanh);
  case ActivationKind::relu:
    return apply(kernels.relu);
  case ActivationKind::leakyRelu:
    return apply(kernels.leakyRelu);
  case ActivationKind::softmax:
    return apply(kernels.softmax);
  default:
    return apply(kernels.linear);
  }
}

template <class T>
void differentiate(const KernelTable<T>& kernels, const Layer& layer, const T* x, T* psi, std::size_t units) {
  const auto apply = [&](Derivative<T>* kernel) {
    kernel(x, psi, psi, units, static_cast<T>(layer.derivativeParameter));
  };
  switch (layer.activation) {
  case ActivationKind::sigmoid:
    return apply(kernels.sigmoidDerivative);
  case ActivationKind::tanh:
    return apply(kernels.tanhDerivative);
  case ActivationKind::relu:
    return apply(kernels.reluDerivative);
  case ActivationKind::leakyRelu:
    return apply(kernels.leakyReluDerivative);
  default:
    return apply(kernels.linearDerivative);
  }
}

template <class T> OutputView<T> outputView(const Model& model, const T* z, const T* y, const T* target) {
  const Layer& layer = model.last();
  const bool isSigmoid = layer.activation == ActivationKind::sigmoid;
  return {z, y, target, layer.units, isSigmoid ? static_cast<T>(layer.parameter) : T(1)};
}

template <class T>
void outputPsi(const KernelTable<T>& kernels, const Model& model, const OutputView<T>& output, T* psi) {
  const Layer& layer = model.last();
  switch (model.loss) {
  case LossKind::binaryCrossEntropy:
    return binaryCrossEntropyPsi(output, static_cast<T>(layer.derivativeParameter), psi);
  case LossKind::categoricalCrossEntropy:
    return categoricalCrossEntropyPsi(output, psi);
  default:
    squaredErrorGradient(output, psi);
    if (isElementwise(layer)) return differentiate(kernels, layer, output.y, psi, layer.units);
    return throughSoftmax(output, psi);
  }
}

#define DOWNHILL_INSTANTIATE(T)                                                                                        \
  template void activate(const KernelTable<T>&, const Layer&, const T*, T*, std::size_t);                              \
  template void differentiate(const KernelTable<T>&, const Layer&, const T*, T*, std::size_t);                         \
  template OutputView<T> outputView(const Model&, const T*, const T*, const T*);                                       \
  template void outputPsi(const KernelTable<T>&, const Model&, const OutputView<T>&, T*);
DOWNHILL_INSTANTIATE(float)
DOWNHILL_INSTANTIATE(double)
#undef DOWNHILL_INSTANTIATE

} // namespace downhill
