/// @file
/// Steps by the mean gradient of a batch. Knows no Node-API.
#pragma once

#include "range.h"

namespace downhill {

/// Batches that do not fit the block sum their gradient in memory, which keeps a batch's partial sum from one chunk to
/// the next; a shorter last batch has the mean over what it has. The gradient of a batch that fits goes straight to the
/// weights where the optimizer is plain descent.
template <class T> class BatchTraining {
public:
  /// @param epoch may become another one between two batches
  BatchTraining(const Network<T>& network, const SampleBlock<T>& block, const Optimizer& optimizer,
                const OptimizerMemory<T>& memory, const Epoch& epoch);

  /// Trains up to a block of the batch that `position` of the epoch lies in; at the batch's end its step is taken.
  Progress train(std::size_t position) const;

private:
  /// The samples of the batch that lie in the block, and the batch itself.
  struct Part {
    std::size_t position;
    std::size_t count;
    std::size_t begin;
    std::size_t end;
  };
  Part partAt(std::size_t position) const;
  Progress load(const Part& part) const;
  Progress takeLosses(const Part& part) const;
  /// ψ of every layer, each sample's by its weight
  void backward(const Part& part, const Dropout* dropout) const;
  void accumulate(const Part& part) const;
  void step(const Part& part) const;

  const Network<T>& network_;
  const SampleBlock<T>& block_;
  const Optimizer& optimizer_;
  const OptimizerMemory<T>& memory_;
  const Epoch& epoch_;
  bool isPlain_;
};

extern template class BatchTraining<float>;
extern template class BatchTraining<double>;

} // namespace downhill
