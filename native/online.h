/// @file
/// Online gradient descent: one step a sample, in the order of the samples. Knows no Node-API.
#pragma once

#include "range.h"

namespace downhill {

/// Online training of large first layers at the speed of matrix products, exactly: between two updates of W, B samples
/// apart, the z of each sample is what W gives and what the steps since would have changed,
///     z_j = W x̂_j + Σ_{i<j} (x̂_i · x̂_j) step_i        step_i = −η_i · weight_i · ψ_i
/// and then W takes all steps at once. Smaller networks go sample by sample (B = 1).
template <class T> class OnlineTraining {
public:
  /// @param epoch may become another one between two samples
  OnlineTraining(const Network<T>& network, const SampleBlock<T>& block, const Epoch& epoch);

  /// Trains the sample at `position` of the epoch; the positions before it have been trained.
  Progress train(std::size_t position) const;

private:
  /// What ψ of the sample at `position` is multiplied by to be its step.
  T scaleOf(std::size_t position) const {
    return static_cast<T>(-epoch_.learningRate(position) * epoch_.weightAt(position));
  }
  Progress takeLoss(std::size_t position) const;
  Progress trainAlone(std::size_t position) const;
  Progress trainInBlock(std::size_t position) const;
  Progress beginBlock(std::size_t position, std::size_t count) const;
  /// z of sample j of the block, from what the whole block shares
  const T* zOf(std::size_t j, std::size_t count) const;

  const Network<T>& network_;
  const SampleBlock<T>& block_;
  const Epoch& epoch_;
  const Layer& first_;
  std::size_t blockSize_;
};

extern template class OnlineTraining<float>;
extern template class OnlineTraining<double>;

} // namespace downhill
