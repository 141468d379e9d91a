/// @file
/// How the gradient of a batch becomes a step. Knows no Node-API and owns no memory.
#pragma once

#include <cstddef>

#include "network.h"

namespace downhill {

/// The order is the encoding: src/optimizer.ts lists the same kinds.
enum class OptimizerKind { sgd, momentum, nesterov, rmsprop, adam, count };

/// ResolvedOptimizer of src/optimizer.ts, which says what the values are.
struct Optimizer {
  OptimizerKind kind;
  double firstDecay;
  double secondDecay;
  double epsilon;
  double weightDecay;
  double clipGradientNorm;

  /// Whether steps need nothing but the gradient and the learning rate.
  bool isPlainDescent() const;
  /// How many arrays shaped like the parameters it remembers from step to step.
  std::size_t slots() const;
};

constexpr std::size_t kOptimizerValues = 6;
/// Reads the encoding that src/optimizer.ts writes: the members in their order, (kOptimizerValues).
/// @return false where the encoding is not one; nothing is trusted.
bool readOptimizer(const double* encoded, Optimizer& optimizer);

/// What steps are made of, in memory that JavaScript owns.
template <class T> struct OptimizerMemory {
  T* gradient;    // the sum over a batch, shaped like the parameters
  T* state;       // the slots one behind the other, each shaped like the parameters; null without any
  double* powers; // (2): adam's beta1^t and beta2^t after t steps
};

/// One step of the parameters by the mean of `count` samples' gradients.
template <class T> void takeStep(const Network<T>& network, const Optimizer& optimizer,
                                 const OptimizerMemory<T>& memory, double learningRate, std::size_t count);

} // namespace downhill
