#include "optimizer.h"

#include <cmath>

#include "kernels/register_portable.h"
#include "layer.h"

namespace downhill {
namespace {

/// A step of a value takes as long as 2 (plain descent) to 12 (adam) multiply-adds of a product with a vector.
constexpr std::size_t kWorkPerStep = 8;

double squareRoot(double value) { return PortableRegister<double>{value}.squareRoot().v; }

bool isShare(double value) { return value >= 0 && value < 1; }
bool isAmount(double value) { return value >= 0 && std::isfinite(value); }

/// What the mean gradient is multiplied by, so that its norm is at most `limit`; 1 where the norm is NaN, which then
/// stays out of the padding.
template <class T> double clipFactor(const Network<T>& network, const T* gradient, double mean, double limit) {
  double sum = 0;
  const Model& model = network.model();
  for (std::size_t l = 0; l < model.layerCount; l++) {
    const Layer& layer = model.layers[l];
    // Of a batch, ψ lies in its block: the place of a single sample's is free.
    T* squares = network.psi(layer);
    network.split(layer.units, kRowGrain, workOf(layer, 1), [&](std::size_t row, std::size_t end) {
      for (; row < end; row++) {
        network.kernels().sumSquares(gradient + layer.weights + row * layer.stride, squares + row, layer.stride);
      }
    });
    for (std::size_t row = 0; row < layer.units; row++) sum = sum + static_cast<double>(squares[row]);
  }
  const double factor = limit / (mean * squareRoot(sum) + 1e-6);
  return factor < 1 ? factor : 1;
}

/// The constants of weights; `powers` are those with this step.
template <class T> StepConstants<T> constantsOf(const Optimizer& optimizer, const double* powers, double learningRate,
                                                double gradientScale) {
  const bool isAdam = optimizer.kind == OptimizerKind::adam;
  const auto rounded = [](double value) { return static_cast<T>(value); };
  return {
      rounded(isAdam ? -learningRate / (1 - powers[0]) : -learningRate),
      rounded(gradientScale),
      rounded(optimizer.weightDecay),
      rounded(1 - learningRate * optimizer.weightDecay),
      rounded(optimizer.firstDecay),
      rounded(1 - optimizer.firstDecay),
      rounded(optimizer.secondDecay),
      rounded(1 - optimizer.secondDecay),
      rounded(isAdam ? 1 / squareRoot(1 - powers[1]) : 1),
      rounded(optimizer.epsilon),
  };
}

/// Biases do not decay.
template <class T> StepConstants<T> withoutDecay(StepConstants<T> constants) {
  constants.decay = 0;
  constants.keep = 1;
  return constants;
}

/// The step of `count` parameters from `offset` on.
template <class T> void stepAlong(const Network<T>& network, OptimizerKind kind, const OptimizerMemory<T>& memory,
                                  std::size_t offset, std::size_t count, const StepConstants<T>& constants) {
  const KernelTable<T>& kernels = network.kernels();
  T* w = network.parameters() + offset;
  const T* g = memory.gradient + offset;
  if (kind == OptimizerKind::sgd) return kernels.sgdStep(w, g, count, constants);
  T* first = memory.state + offset;
  switch (kind) {
  case OptimizerKind::momentum:
    return kernels.momentumStep(w, g, first, count, constants);
  case OptimizerKind::nesterov:
    return kernels.nesterovStep(w, g, first, count, constants);
  case OptimizerKind::rmsprop:
    return kernels.rmspropStep(w, g, first, count, constants);
  default:
    return kernels.adamStep(w, g, first, first + network.model().parameterValues, count, constants);
  }
}

} // namespace

bool Optimizer::isPlainDescent() const {
  return kind == OptimizerKind::sgd && weightDecay == 0 && std::isinf(clipGradientNorm);
}

std::size_t Optimizer::slots() const {
  if (kind == OptimizerKind::sgd) return 0;
  return kind == OptimizerKind::adam ? 2 : 1;
}

bool readOptimizer(const double* encoded, Optimizer& optimizer) {
  OptimizerKind kind;
  if (!readKind(encoded[0], kind)) return false;
  optimizer = {kind, encoded[1], encoded[2], encoded[3], encoded[4], encoded[5]};
  // One that became 0 would divide 0 by 0 wherever a gradient is 0, in the padding, too.
  const bool divides = optimizer.kind == OptimizerKind::rmsprop || optimizer.kind == OptimizerKind::adam;
  if (divides && !(static_cast<float>(optimizer.epsilon) > 0)) return false;
  return isShare(optimizer.firstDecay) && isShare(optimizer.secondDecay) && isAmount(optimizer.epsilon) &&
         isAmount(optimizer.weightDecay) && optimizer.clipGradientNorm > 0;
}

template <class T> void takeStep(const Network<T>& network, const Optimizer& optimizer,
                                 const OptimizerMemory<T>& memory, double learningRate, std::size_t count) {
  double scale = 1 / static_cast<double>(count);
  if (std::isfinite(optimizer.clipGradientNorm)) {
    scale *= clipFactor(network, memory.gradient, scale, optimizer.clipGradientNorm);
  }
  if (optimizer.kind == OptimizerKind::adam) {
    memory.powers[0] *= optimizer.firstDecay;
    memory.powers[1] *= optimizer.secondDecay;
  }
  const StepConstants<T> ofWeights = constantsOf<T>(optimizer, memory.powers, learningRate, scale);
  const StepConstants<T> ofBiases = withoutDecay(ofWeights);
  const Model& model = network.model();
  for (std::size_t l = 0; l < model.layerCount; l++) {
    const Layer& layer = model.layers[l];
    network.split(layer.units, kRowGrain, workOf(layer, kWorkPerStep), [&](std::size_t row, std::size_t end) {
      const auto step = [&](std::size_t offset, std::size_t values, const StepConstants<T>& constants) {
        stepAlong(network, optimizer.kind, memory, layer.weights + offset, values, constants);
      };
      if (optimizer.weightDecay == 0) return step(row * layer.stride, (end - row) * layer.stride, ofWeights);
      for (; row < end; row++) {
        step(row * layer.stride, layer.inputs, ofWeights);
        step(row * layer.stride + layer.inputs, 1, ofBiases);
      }
    });
  }
}

template void takeStep(const Network<float>&, const Optimizer&, const OptimizerMemory<float>&, double, std::size_t);
template void takeStep(const Network<double>&, const Optimizer&, const OptimizerMemory<double>&, double, std::size_t);

} // namespace downhill
