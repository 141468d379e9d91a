/// @file
/// Training and evaluation over a range of samples: the body of one bounded chunk. Knows no Node-API.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "network.h"

namespace downhill {

enum class ElementType { uint8, uint32, float32, float64 };

/// The samples of a dataset, row-major, in memory that JavaScript owns.
struct Samples {
  const void* inputs; // (count, inputSize): uint8, float32 or float64
  ElementType inputType;
  double inputScale;
  const void* targets; // (count, targetSize) of float32 or float64, or (count) labels of uint32; may be null
  ElementType targetType;
  std::size_t count;
};

/// Shared with JavaScript while a chunk runs: JavaScript writes `stop`, the chunk writes the rest.
struct Control {
  std::atomic<int32_t> stop;
  /// The position in the epoch's order up to which samples are done.
  std::atomic<int32_t> position;
  std::atomic<int32_t> status;
};
static_assert(sizeof(Control) == 3 * sizeof(int32_t), "Control is an Int32Array of three");
static_assert(std::atomic<int32_t>::is_always_lock_free, "Control is shared with JavaScript's Atomics");

/// What ended a chunk early, besides time and `stop`.
enum class ChunkStatus : int32_t { ok, lossNotFinite, parametersNotFinite, badSample };

/// The part of an epoch from `from` on; it ends after about `budgetSeconds`.
struct TrainingRange {
  Samples samples;
  const uint32_t* order; // (total): which sample stands at which position
  std::size_t from;
  std::size_t total;
  std::size_t batchSize;
  double learningRate;
  double budgetSeconds;
  Control* control;
  /// The running sum of losses; it goes on from what it holds, so chunks leave no trace in it.
  double* lossSum;
};

/// Batches of one are online steps. Larger ones sum their gradient in `gradient` (shaped like the parameters), which
/// keeps a batch's partial sum from one chunk to the next; a shorter last batch has the mean over what it has.
template <class T> void trainRange(const Network<T>& network, T* gradient, const TrainingRange& range);

/// Samples `from` … `to`; writes their outputs (to − from, outputs), and adds their losses to `lossSum` if it is given.
struct EvaluationRange {
  Samples samples;
  std::size_t from;
  std::size_t to;
  double budgetSeconds;
  Control* control;
  double* lossSum;
};

template <class T> void evaluateRange(const Network<T>& network, T* outputs, const EvaluationRange& range);

} // namespace downhill
