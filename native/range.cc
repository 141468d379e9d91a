#include "range.h"

#include <chrono>
#include <cstring>

namespace downhill {
namespace {

template <class T, class Source>
void packAs(const void* values, std::size_t index, std::size_t size, double scale, T* out) {
  const Source* row = static_cast<const Source*>(values) + index * size;
  const T factor = static_cast<T>(scale);
  for (std::size_t j = 0; j < size; j++) out[j] = static_cast<T>(row[j]) * factor;
}

template <class T>
void pack(const void* values, ElementType type, std::size_t index, std::size_t size, double scale, T* out) {
  switch (type) {
  case ElementType::uint8:
    return packAs<T, uint8_t>(values, index, size, scale, out);
  case ElementType::float32:
    return packAs<T, float>(values, index, size, scale, out);
  default:
    return packAs<T, double>(values, index, size, scale, out);
  }
}

template <class T> void loadInput(const Network<T>& network, const Samples& s, std::size_t index) {
  pack(s.inputs, s.inputType, index, network.model().first().inputs, s.inputScale, network.input());
}

/// @return false for a label that has no output
template <class T> bool loadTarget(const Network<T>& network, const Samples& s, std::size_t index) {
  const std::size_t size = network.model().last().units;
  T* target = network.target();
  if (s.targetType != ElementType::uint32) {
    pack(s.targets, s.targetType, index, size, 1, target);
    return true;
  }
  const uint32_t label = static_cast<const uint32_t*>(s.targets)[index];
  if (label >= size) return false;
  for (std::size_t j = 0; j < size; j++) target[j] = j == label ? T(1) : T(0);
  return true;
}

/// Zero times a number is zero; times NaN or an infinity it is NaN.
bool isFinite(double value) { return value * 0 == 0; }

template <class T> bool areFinite(const T* values, std::size_t count) {
  T sum = 0;
  for (std::size_t i = 0; i < count; i++) sum += values[i] * 0;
  return sum == 0;
}

/// Reads the clock now and then only: about every 2^18 parameters' worth of samples, some tens of microseconds.
class Budget {
public:
  Budget(double seconds, std::size_t parameters)
      : end_(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                std::chrono::duration<double>(seconds < kLongest ? seconds : kLongest))),
        interval_(parameters < kParametersPerCheck ? kParametersPerCheck / parameters : 1), left_(interval_) {}

  bool isSpent() {
    if (--left_ > 0) return false;
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

/// Moves along positions from `from` to `to` until one fails, time is up, or JavaScript asks to stop. At least one
/// position is done, so that every chunk gets on.
template <class Body> void runRange(Control& control, std::size_t from, std::size_t to, Budget budget, Body body) {
  std::size_t position = from;
  ChunkStatus status = ChunkStatus::ok;
  while (position < to) {
    status = body(position);
    if (status != ChunkStatus::ok) break;
    position++;
    if (control.stop.load(std::memory_order_relaxed) != 0 || budget.isSpent()) break;
  }
  control.position.store(static_cast<int32_t>(position), std::memory_order_relaxed);
  control.status.store(static_cast<int32_t>(status), std::memory_order_relaxed);
}

} // namespace

template <class T> void trainRange(const Network<T>& network, T* gradient, const TrainingRange& range) {
  const std::size_t parameters = network.model().parameterValues;
  const T onlineScale = static_cast<T>(-range.learningRate);

  const auto trainBatched = [&](std::size_t position) {
    const std::size_t inBatch = position % range.batchSize;
    if (inBatch == 0) std::memset(gradient, 0, parameters * sizeof(T));
    network.addGradient(gradient);
    if (inBatch + 1 < range.batchSize && position + 1 < range.total) return;
    const T scale = static_cast<T>(-range.learningRate / static_cast<double>(inBatch + 1));
    network.kernels().addScaled(gradient, network.parameters(), parameters, scale);
  };

  runRange(*range.control, range.from, range.total, Budget(range.budgetSeconds, parameters), [&](std::size_t position) {
    const std::size_t index = range.order[position];
    if (index >= range.samples.count) return ChunkStatus::badSample;
    loadInput(network, range.samples, index);
    if (!loadTarget(network, range.samples, index)) return ChunkStatus::badSample;
    network.forward();
    const double loss = network.loss();
    if (!isFinite(loss)) return ChunkStatus::lossNotFinite;
    *range.lossSum = *range.lossSum + loss;
    if (range.batchSize == 1) {
      network.update(onlineScale);
    } else {
      trainBatched(position);
    }
    const bool epochEnds = position + 1 == range.total;
    return epochEnds && !areFinite(network.parameters(), parameters) ? ChunkStatus::parametersNotFinite
                                                                     : ChunkStatus::ok;
  });
}

template <class T> void evaluateRange(const Network<T>& network, T* outputs, const EvaluationRange& range) {
  const std::size_t size = network.model().last().units;
  runRange(*range.control, range.from, range.to, Budget(range.budgetSeconds, network.model().parameterValues),
           [&](std::size_t position) {
             loadInput(network, range.samples, position);
             network.forward();
             std::memcpy(outputs + (position - range.from) * size, network.output(), size * sizeof(T));
             if (range.lossSum != nullptr) {
               if (!loadTarget(network, range.samples, position)) return ChunkStatus::badSample;
               *range.lossSum = *range.lossSum + network.loss();
             }
             return ChunkStatus::ok;
           });
}

template void trainRange(const Network<float>&, float*, const TrainingRange&);
template void trainRange(const Network<double>&, double*, const TrainingRange&);
template void evaluateRange(const Network<float>&, float*, const EvaluationRange&);
template void evaluateRange(const Network<double>&, double*, const EvaluationRange&);

} // namespace downhill
