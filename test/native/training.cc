#include "training.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>

using namespace downhill;

namespace {

constexpr uint32_t kDropoutKeys[] = {0xfffffff0u, 12345u, 7u, 0u};

template <class T> std::unique_ptr<Guarded<T>> place(const std::vector<T>& values, Place where) {
  return std::unique_ptr<Guarded<T>>(new Guarded<T>(values, where));
}

template <class T> T* dataOf(const std::unique_ptr<Guarded<T>>& array) { return array ? array->data() : nullptr; }
template <class T> std::vector<T> valuesOf(const std::unique_ptr<Guarded<T>>& array) {
  return array ? array->values() : std::vector<T>{};
}
template <class T> bool isIntact(const std::unique_ptr<Guarded<T>>& array) { return !array || array->isIntact(); }

template <class T> bool areZeros(const T* values, std::size_t first, std::size_t end) {
  for (std::size_t i = first; i < end; i++) {
    if (!(values[i] == 0)) return false;
  }
  return true;
}

std::vector<double> encodingOf(const Training& training, std::size_t bytes) {
  std::vector<double> encoded{kAbi, static_cast<double>(bytes), static_cast<double>(training.loss),
                              static_cast<double>(training.activations.size()), static_cast<double>(training.sizes[0])};
  for (std::size_t l = 0; l < training.activations.size(); l++) {
    const double parameter = training.activations[l] == ActivationKind::leakyRelu ? 0.1 : 1;
    encoded.insert(encoded.end(), {static_cast<double>(training.sizes[l + 1]),
                                   static_cast<double>(training.activations[l]), parameter, parameter});
  }
  return encoded;
}

} // namespace

template <class T> Job<T>::Job(const Training& training, const Cut& cut) : training_(training), cut_(cut) {
  Draws draws(4);
  encode();
  const std::size_t fitting = training.isOnline()        ? onlineBlock(model_)
                              : training.batchSize < 128 ? training.batchSize
                                                         : 128;
  capacity_ = training.capacity == 0 ? fitting : training.capacity;
  block_ = place(std::vector<T>(blockOffset(0, 0) + capacity_ * model_.sampleValues), cut.place);
  forEachX([&](std::size_t offset, std::size_t stride, std::size_t units) {
    setOnes(workspace(), offset, stride, units, 1);
    setOnes(block(), blockOffset(offset, capacity_), stride, units, capacity_);
  });
  for (std::size_t l = 0; l < model_.layerCount; l++) {
    const Layer& layer = model_.layers[l];
    const double most = 1.5 / std::sqrt(static_cast<double>(layer.inputs));
    for (std::size_t row = 0; row < layer.units; row++) {
      const std::vector<T> values = draws.vector<T>(layer.inputs + 1, -most, most);
      std::copy(values.begin(), values.end(), parameters() + layer.weights + row * layer.stride);
    }
  }
  drawSamples(draws);
  total_ = training.samples * training.epochs;
  std::vector<uint32_t> order(total_);
  for (std::size_t i = 0; i < total_; i++) {
    order[i] = static_cast<uint32_t>((i % training.samples * 7 + i / training.samples) % training.samples);
  }
  order_ = place(order, cut.place);
  lossSums_ = place(std::vector<double>(training.epochs), cut.place);
  rates_ = place(draws.vector<double>(training.epochs * (training.hasRateOfEachStep ? training.steps() : 1), 0.02, 0.1),
                 cut.place);
  if (!training.isOnline()) gradient_ = place(std::vector<T>(model_.parameterValues), cut.place);
  if (training.optimizer.slots() > 0) {
    state_ = place(std::vector<T>(training.optimizer.slots() * model_.parameterValues), cut.place);
  }
  powers_ = place(std::vector<double>{1, 1}, cut.place);
  if (!training.dropout.empty()) {
    dropout_ = place(training.dropout, cut.place);
    keys_ = place(std::vector<uint32_t>(kDropoutKeys, kDropoutKeys + training.epochs), cut.place);
  }
}

template <class T> void Job<T>::encode() {
  const std::vector<double> encoded = encodingOf(training_, sizeof(T));
  if (!readModel(encoded.data(), encoded.size(), model_)) std::abort();
  parts_ = arenaParts(model_);
  arena_ = place(std::vector<T>(parts_.end), cut_.place);
  std::memcpy(arena_->data(), encoded.data(), encoded.size() * sizeof(double));
}

template <class T>
void Job<T>::setOnes(T* memory, std::size_t offset, std::size_t stride, std::size_t units, std::size_t samples) {
  for (std::size_t s = 0; s < samples; s++) memory[offset + s * stride + units] = 1;
}

/// f(offset, stride, units) for x̂_0 … x̂_L
template <class T> template <class F> void Job<T>::forEachX(F f) const {
  for (std::size_t l = 0; l < model_.layerCount; l++) {
    f(model_.layers[l].input, model_.layers[l].stride, model_.layers[l].inputs);
  }
  f(model_.last().output, model_.last().outputStride, model_.last().units);
}

template <class T> void Job<T>::drawSamples(Draws& draws) {
  const std::size_t inputs = training_.samples * model_.first().inputs, outputs = model_.last().units;
  const std::vector<double> values = draws.vector<double>(inputs, 0, 1);
  if (training_.inputType == ElementType::uint8) {
    std::vector<uint8_t> bytes;
    for (const double value : values) bytes.push_back(static_cast<uint8_t>(value * 255));
    bytes_ = place(bytes, cut_.place);
  } else if (training_.inputType == ElementType::float64) {
    doubles_ = place(values, cut_.place);
  } else {
    singles_ = place(std::vector<float>(values.begin(), values.end()), cut_.place);
  }
  if (training_.hasLabels) {
    std::vector<uint32_t> labels;
    for (std::size_t i = 0; i < training_.samples; i++) labels.push_back(static_cast<uint32_t>(draws.below(outputs)));
    labels_ = place(labels, cut_.place);
  } else {
    targets_ = place(draws.vector<float>(training_.samples * outputs, 0, 1), cut_.place);
  }
  if (training_.hasWeights) weights_ = place(draws.vector<double>(training_.samples, 0, 2), cut_.place);
}

template <class T> TrainingRange Job<T>::range() {
  TrainingRange range{};
  const void* inputs = dataOf(singles_);
  if (bytes_) inputs = bytes_->data();
  if (doubles_) inputs = doubles_->data();
  const void* targets = labels_ ? static_cast<const void*>(labels_->data()) : targets_->data();
  range.samples = {inputs,
                   training_.inputType,
                   training_.inputType == ElementType::uint8 ? 1.0 / 255 : 1,
                   targets,
                   labels_ ? ElementType::uint32 : ElementType::float32,
                   training_.samples,
                   dataOf(weights_)};
  range.order = order_->data();
  range.from = position_;
  range.epochs = training_.epochs;
  range.epochSize = training_.samples;
  range.batchSize = training_.batchSize;
  range.learningRates = rates_->data();
  range.ratesOfEpoch = training_.hasRateOfEachStep ? training_.steps() : 1;
  range.optimizer = training_.optimizer;
  range.dropout = dataOf(dropout_);
  range.dropoutKeys = dataOf(keys_);
  range.isOnline = training_.isOnline();
  range.budgetSeconds = cut_.budgetSeconds;
  range.control = &control_;
  range.lossSums = lossSums_->data();
  return range;
}

template <class T> void Job<T>::runChunk(const KernelTable<T>& kernels) {
  Team team(cut_.threads);
  if (cut_.threads > 1) awaitHelpers(team);
  const Network<T> network(model_, kernels, parameters(), workspace(), &team);
  const SampleBlock<T> samples(network, block(), capacity_);
  const OptimizerMemory<T> memory{dataOf(gradient_), dataOf(state_), powers_->data()};
  trainRange(network, samples, memory, range());
  position_ = static_cast<std::size_t>(control_.position.load());
  chunks_++;
}

template <class T> Outcome<T> Job<T>::run(const KernelTable<T>& kernels) {
  control_.stop.store(cut_.stop);
  while (!isDone()) runChunk(kernels);
  return outcome();
}

template <class T> Outcome<T> Job<T>::outcome() const {
  const T* from = arena_->data() + parts_.parameters;
  return {{from, from + model_.parameterValues},
          valuesOf(state_),
          valuesOf(powers_),
          valuesOf(lossSums_),
          control_.status.load(),
          position_,
          chunks_};
}

template <class T> bool Job<T>::isWhole() const {
  bool isWhole = isIntact(arena_) && isIntact(block_) && isIntact(gradient_) && isIntact(state_) && isIntact(powers_) &&
                 isIntact(lossSums_) && isIntact(order_) && isIntact(labels_) && isIntact(singles_);
  const auto checkRows = [&](const T* memory, std::size_t stride, std::size_t rows, std::size_t values) {
    for (std::size_t row = 0; row < rows; row++) isWhole = isWhole && areZeros(memory + row * stride, values, stride);
  };
  const auto checkParameters = [&](const T* values) {
    for (std::size_t l = 0; l < model_.layerCount; l++) {
      const Layer& layer = model_.layers[l];
      checkRows(values + layer.weights, layer.stride, layer.units, layer.inputs + 1);
    }
  };
  checkParameters(arena_->data() + parts_.parameters);
  if (gradient_) checkParameters(gradient_->data());
  for (std::size_t slot = 0; slot < training_.optimizer.slots(); slot++) {
    checkParameters(state_->data() + slot * model_.parameterValues);
  }
  const auto checkVectors = [&](const T* memory, std::size_t samples,
                                std::size_t (*placeOf)(std::size_t, std::size_t)) {
    forEachX([&](std::size_t offset, std::size_t stride, std::size_t units) {
      const T* x = memory + placeOf(offset, samples);
      checkRows(x, stride, samples, units + 1);
      for (std::size_t s = 0; s < samples; s++) isWhole = isWhole && x[s * stride + units] == 1;
    });
    for (std::size_t l = 0; l < model_.layerCount; l++) {
      const Layer& layer = model_.layers[l];
      checkRows(memory + placeOf(layer.psi, samples), layer.outputStride, samples, layer.units);
    }
    for (const std::size_t offset : {model_.logits, model_.target}) {
      checkRows(memory + placeOf(offset, samples), model_.last().outputStride, samples, model_.last().units);
    }
  };
  checkVectors(arena_->data() + parts_.workspace, 1, [](std::size_t offset, std::size_t) { return offset; });
  checkVectors(block_->data(), capacity_,
               [](std::size_t offset, std::size_t samples) { return blockOffset(offset, samples); });
  return isWhole;
}

template class Job<float>;
template class Job<double>;

void awaitHelpers(Team& team) {
  using Clock = std::chrono::steady_clock;
  std::mutex mutex;
  std::set<std::thread::id> seen;
  // A machine that gives no processor for so long gives none: the work is then done by those that are there.
  const Clock::time_point end = Clock::now() + std::chrono::seconds(2);
  while (seen.size() < team.size() && Clock::now() < end) {
    team.split(team.size(), 1, team.size() << 18, [&](std::size_t, std::size_t) {
      const std::lock_guard<std::mutex> lock(mutex);
      seen.insert(std::this_thread::get_id());
    });
  }
}
