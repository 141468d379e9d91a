/// @file
/// Training and evaluation over a range of samples: the body of one bounded chunk. Knows no Node-API.
#pragma once

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "block.h"
#include "optimizer.h"
#include "samples.h"

namespace downhill {

/// Shared with JavaScript while a chunk runs: JavaScript writes `stop`, the chunk writes the rest.
struct Control {
  std::atomic<int32_t> stop;
  /// How far a training is, counted through all epochs of its range, or the sample that an evaluation has come to.
  std::atomic<int32_t> position;
  std::atomic<int32_t> status;
};
static_assert(sizeof(Control) == 3 * sizeof(int32_t), "Control is an Int32Array of three");
static_assert(std::atomic<int32_t>::is_always_lock_free, "Control is shared with JavaScript's Atomics");

/// What ended a chunk early, besides time and `stop`.
enum class ChunkStatus : int32_t { ok, lossNotFinite, parametersNotFinite, badSample };

/// How far a chunk got.
struct Progress {
  std::size_t position;
  ChunkStatus status;
};

/// What a training knows while it goes through an epoch.
struct Epoch {
  Samples samples;
  const uint32_t* order; // (size): which sample stands at which position
  std::size_t size;
  std::size_t batchSize;
  const double* learningRates; // (steps), or a single one
  bool hasRateOfEachStep;
  const double* dropout; // (hidden layers); null for none
  uint32_t dropoutKey;
  /// The running sum of losses; it goes on from what it holds, so chunks leave no trace in it.
  double* lossSum;

  double learningRate(std::size_t step) const { return learningRates[hasRateOfEachStep ? step : 0]; }
  /// Finds which sample stands at a position. The order is JavaScript's memory, which may change at any time: it is
  /// read once, and what was checked is what is used.
  /// @return false where there is no such sample
  bool sampleAt(std::size_t position, std::size_t& index) const {
    index = *static_cast<const volatile uint32_t*>(order + position);
    return index < samples.count;
  }
  /// What the loss and the gradient of the sample at a position are multiplied by; 0 where there is no such sample.
  double weightAt(std::size_t position) const {
    std::size_t index;
    return sampleAt(position, index) ? samples.weightOf(index) : 0;
  }
  /// Adds a sample's loss to the sum, unless it is not finite.
  bool takeLoss(double loss, double weight) const {
    if (!std::isfinite(loss)) return false;
    *lossSum = *lossSum + weight * loss;
    return true;
  }
};

/// The part of one or more epochs from `from` on, positions being counted through all of them; it ends after about
/// `budgetSeconds`.
struct TrainingRange {
  Samples samples;
  const uint32_t* order; // (epochs, epochSize)
  std::size_t from;
  std::size_t epochs;
  std::size_t epochSize;
  std::size_t batchSize;
  const double* learningRates; // (epochs, ratesOfEpoch)
  std::size_t ratesOfEpoch;    // 1, or as many as an epoch has batches
  Optimizer optimizer;
  const double* dropout;       // (hidden layers); null for none
  const uint32_t* dropoutKeys; // (epochs), with dropout
  /// Whether each sample takes its step at once, so that no gradient is ever written down: `trainsOnline` of
  /// src/backend/types.ts.
  bool isOnline;
  double budgetSeconds;
  Control* control;
  double* lossSums; // (epochs)

  Epoch epoch(std::size_t e) const {
    return {samples,
            order + e * epochSize,
            epochSize,
            batchSize,
            learningRates + e * ratesOfEpoch,
            ratesOfEpoch > 1,
            dropout,
            dropoutKeys == nullptr ? 0 : dropoutKeys[e],
            lossSums + e};
  }
};

/// At an epoch's end all parameters must be finite.
/// @param memory the gradient and what the optimizer remembers go on from one chunk to the next; online steps need none
template <class T> void trainRange(const Network<T>& network, const SampleBlock<T>& block,
                                   const OptimizerMemory<T>& memory, const TrainingRange& range);

/// Samples `from` … `to`; writes their outputs (to − from, outputs), and adds their losses to `lossSum` if it is given.
struct EvaluationRange {
  Samples samples;
  std::size_t from;
  std::size_t to;
  double budgetSeconds;
  Control* control;
  double* lossSum;
};

/// A sample whose inputs are not finite ends it with badSample.
template <class T>
void evaluateRange(const Network<T>& network, const SampleBlock<T>& block, T* outputs, const EvaluationRange& range);

} // namespace downhill
