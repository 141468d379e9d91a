#include "range.h"

#include <atomic>
#include <chrono>
#include <cstring>

#include "batches.h"
#include "online.h"
#include "thread.h"

namespace downhill {
namespace {

/// Reads the clock now and then only: about every 2^18 parameters' worth of samples, some tens of microseconds.
class Budget {
public:
  Budget(double seconds, std::size_t parameters)
      : end_(Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(countable(seconds)))),
        interval_(parameters < kParametersPerCheck ? kParametersPerCheck / parameters : 1), left_(interval_) {}

  /// @param samples how many have been done since the last question
  bool isSpent(std::size_t samples) {
    if (left_ > samples) {
      left_ -= samples;
      return false;
    }
    left_ = interval_;
    return Clock::now() >= end_;
  }

private:
  /// More would overflow the clock's nanoseconds, as would much less than nothing, which is taken for nothing.
  static constexpr double kLongest = 1e6;
  static double countable(double seconds) {
    if (seconds < 0) return 0;
    return seconds < kLongest ? seconds : kLongest;
  }
  static constexpr std::size_t kParametersPerCheck = std::size_t{1} << 18;
  Clock::time_point end_;
  std::size_t interval_;
  std::size_t left_;
};

/// Moves along positions from `from` to `to` until advance(position) fails, time is up, or JavaScript asks to stop. It
/// advances at least once, so that every chunk gets on.
template <class Advance>
void runRange(Control& control, std::size_t from, std::size_t to, Budget budget, Advance advance) {
  Progress progress{from, ChunkStatus::ok};
  while (progress.position < to) {
    const std::size_t before = progress.position;
    progress = advance(before);
    if (progress.status != ChunkStatus::ok) break;
    if (control.stop.load(std::memory_order_relaxed) != 0 || budget.isSpent(progress.position - before)) break;
  }
  control.position.store(static_cast<int32_t>(progress.position), std::memory_order_relaxed);
  control.status.store(static_cast<int32_t>(progress.status), std::memory_order_relaxed);
}

/// Samples that a thread takes by itself at least: enough for whole tiles.
constexpr std::size_t kSampleGrain = 16;

/// Runs the first `count` samples of a block forward, those from `position` on.
/// @return how many of them can be read
template <class T> std::size_t evaluateBlock(const Network<T>& network, const SampleBlock<T>& block, T* outputs,
                                             const EvaluationRange& range, std::size_t position, std::size_t count) {
  const Model& model = network.model();
  const std::size_t size = model.last().units;
  for (std::size_t s = 0; s < count; s++) {
    T* x = block.inputs(model.first(), count).row(s);
    if (!loadInput(network.kernels(), range.samples, position + s, model.first().inputs, x)) return s;
    if (range.lossSum == nullptr) continue;
    if (!loadTarget(network.kernels(), range.samples, position + s, size, block.targets(count).row(s))) return s;
  }
  block.forward(count);
  for (std::size_t s = 0; s < count; s++) {
    std::memcpy(outputs + s * size, block.outputs(model.last(), count).row(s), size * sizeof(T));
  }
  return count;
}

/// The same on several threads: each takes samples of its own where there are enough, else rows of every layer.
template <class T> std::size_t evaluateOnThreads(const Network<T>& network, const SampleBlock<T>& block, T* outputs,
                                                 const EvaluationRange& range, std::size_t position,
                                                 std::size_t count) {
  if (network.threads() == 1 || count < kSampleGrain * network.threads()) {
    return evaluateBlock(network, block, outputs, range, position, count);
  }
  const Network<T> alone = network.alone();
  const std::size_t size = network.model().last().units;
  std::atomic<std::size_t> readable{count};
  network.split(count, kSampleGrain, count * network.model().parameterValues, [&](std::size_t first, std::size_t end) {
    const SampleBlock<T> part(alone, block, first);
    const std::size_t done = evaluateBlock(alone, part, outputs + first * size, range, position + first, end - first);
    if (done == end - first) return;
    std::size_t least = readable.load();
    while (first + done < least && !readable.compare_exchange_weak(least, first + done)) {
    }
  });
  return readable.load();
}

} // namespace

template <class T> void trainRange(const Network<T>& network, const SampleBlock<T>& block,
                                   const OptimizerMemory<T>& memory, const TrainingRange& range) {
  const std::size_t parameters = network.model().parameterValues;
  Epoch epoch = range.epoch(0);
  const OnlineTraining<T> online(network, block, epoch);
  const BatchTraining<T> batches(network, block, range.optimizer, memory, epoch);
  std::size_t begin = 0;
  const auto advance = [&](std::size_t position) {
    const std::size_t size = range.epochSize;
    if (position < begin || position >= begin + size) {
      epoch = range.epoch(position / size);
      begin = position - position % size;
    }
    const Progress progress = range.isOnline ? online.train(position - begin) : batches.train(position - begin);
    const bool epochEnds = progress.status == ChunkStatus::ok && progress.position == size;
    if (!epochEnds || network.kernels().areFinite(network.parameters(), parameters)) {
      return Progress{begin + progress.position, progress.status};
    }
    return Progress{position, ChunkStatus::parametersNotFinite};
  };
  runRange(*range.control, range.from, range.epochs * range.epochSize, Budget(range.budgetSeconds, parameters),
           advance);
}

template <class T>
void evaluateRange(const Network<T>& network, const SampleBlock<T>& block, T* outputs, const EvaluationRange& range) {
  runRange(*range.control, range.from, range.to, Budget(range.budgetSeconds, network.model().parameterValues),
           [&](std::size_t position) -> Progress {
             const std::size_t left = range.to - position;
             const std::size_t count = left < block.capacity() ? left : block.capacity();
             T* out = outputs + (position - range.from) * network.model().last().units;
             const std::size_t done = evaluateOnThreads(network, block, out, range, position, count);
             if (done < count) return {position + done, ChunkStatus::badSample};
             for (std::size_t s = 0; range.lossSum != nullptr && s < count; s++) {
               *range.lossSum = *range.lossSum + block.loss(s);
             }
             return {position + count, ChunkStatus::ok};
           });
}

#define DOWNHILL_INSTANTIATE(T)                                                                                        \
  template void trainRange(const Network<T>&, const SampleBlock<T>&, const OptimizerMemory<T>&, const TrainingRange&); \
  template void evaluateRange(const Network<T>&, const SampleBlock<T>&, T*, const EvaluationRange&);
DOWNHILL_INSTANTIATE(float)
DOWNHILL_INSTANTIATE(double)
#undef DOWNHILL_INSTANTIATE

} // namespace downhill
