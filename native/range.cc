#include "range.h"

#include <chrono>
#include <cmath>
#include <cstring>

#include "online.h"

namespace downhill {
namespace {

/// Reads the clock now and then only: about every 2^18 parameters' worth of samples, some tens of microseconds.
class Budget {
public:
  Budget(double seconds, std::size_t parameters)
      : end_(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                std::chrono::duration<double>(seconds < kLongest ? seconds : kLongest))),
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
  using Clock = std::chrono::steady_clock;
  /// More would overflow the clock's nanoseconds.
  static constexpr double kLongest = 1e6;
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

template <class T> Progress loadBlock(const Network<T>& network, const SampleBlock<T>& block, const Epoch& epoch,
                                      std::size_t position, std::size_t count) {
  const Model& model = network.model();
  for (std::size_t s = 0; s < count; s++) {
    const std::size_t index = epoch.order[position + s];
    if (index >= epoch.samples.count ||
        !loadTarget(network.kernels(), epoch.samples, index, model.last().units, block.targets(count).row(s))) {
      return {position + s, ChunkStatus::badSample};
    }
    loadInput(network.kernels(), epoch.samples, index, model.first().inputs, block.inputs(model.first(), count).row(s));
  }
  return {position, ChunkStatus::ok};
}

/// Trains up to a block of the batch that `position` lies in; at the batch's end its step is taken.
template <class T> Progress trainBatch(const Network<T>& network, const SampleBlock<T>& block, T* gradient,
                                       const Epoch& epoch, std::size_t position) {
  const Model& model = network.model();
  const std::size_t begin = position - position % epoch.batchSize;
  const std::size_t end = epoch.size - begin < epoch.batchSize ? epoch.size : begin + epoch.batchSize;
  const std::size_t count = end - position < block.capacity() ? end - position : block.capacity();
  const Progress loaded = loadBlock(network, block, epoch, position, count);
  if (loaded.status != ChunkStatus::ok) return loaded;

  block.forward(count);
  for (std::size_t s = 0; s < count; s++) {
    const double loss = block.loss(s);
    if (!std::isfinite(loss)) return {position + s, ChunkStatus::lossNotFinite};
    *epoch.lossSum = *epoch.lossSum + loss;
  }
  block.backward(count);

  const Progress done{position + count, ChunkStatus::ok};
  const T scale = static_cast<T>(-epoch.learningRate / static_cast<double>(end - begin));
  if (count == end - begin) {
    block.step(scale, count);
    return done;
  }
  if (position == begin) std::memset(gradient, 0, model.parameterValues * sizeof(T));
  block.accumulateGradient(gradient, count);
  if (done.position == end) network.kernels().addScaled(gradient, network.parameters(), model.parameterValues, scale);
  return done;
}

} // namespace

template <class T>
void trainRange(const Network<T>& network, const SampleBlock<T>& block, T* gradient, const TrainingRange& range) {
  const std::size_t parameters = network.model().parameterValues;
  Epoch epoch = range.epoch(0);
  const OnlineTraining<T> online(network, block, epoch);
  std::size_t begin = 0;
  const auto advance = [&](std::size_t position) {
    const std::size_t size = range.epochSize;
    if (position < begin || position >= begin + size) {
      epoch = range.epoch(position / size);
      begin = position - position % size;
    }
    const Progress progress = range.batchSize == 1 ? online.train(position - begin)
                                                   : trainBatch(network, block, gradient, epoch, position - begin);
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
  const Model& model = network.model();
  const std::size_t size = model.last().units;
  const std::size_t inputs = model.first().inputs;
  runRange(*range.control, range.from, range.to, Budget(range.budgetSeconds, model.parameterValues),
           [&](std::size_t position) -> Progress {
             const std::size_t left = range.to - position;
             const std::size_t count = left < block.capacity() ? left : block.capacity();
             for (std::size_t s = 0; s < count; s++) {
               T* x = block.inputs(model.first(), count).row(s);
               if (!loadInput(network.kernels(), range.samples, position + s, inputs, x)) {
                 return {position + s, ChunkStatus::badSample};
               }
             }
             block.forward(count);
             for (std::size_t s = 0; s < count; s++) {
               const T* y = block.outputs(model.last(), count).row(s);
               std::memcpy(outputs + (position - range.from + s) * size, y, size * sizeof(T));
               if (range.lossSum == nullptr) continue;
               if (!loadTarget(network.kernels(), range.samples, position + s, size, block.targets(count).row(s))) {
                 return {position + s, ChunkStatus::badSample};
               }
               *range.lossSum = *range.lossSum + block.loss(s);
             }
             return {position + count, ChunkStatus::ok};
           });
}

#define DOWNHILL_INSTANTIATE(T)                                                                                        \
  template void trainRange(const Network<T>&, const SampleBlock<T>&, T*, const TrainingRange&);                        \
  template void evaluateRange(const Network<T>&, const SampleBlock<T>&, T*, const EvaluationRange&);
DOWNHILL_INSTANTIATE(float)
DOWNHILL_INSTANTIATE(double)
#undef DOWNHILL_INSTANTIATE

} // namespace downhill
