/// @file
/// Whole trainings without Node.js: what JavaScript would prepare, and chunk after chunk until the range is done.
#pragma once

#include <memory>
#include <vector>

#include "draws.h"
#include "guarded.h"
#include "range.h"
#include "sets.h"

/// What is trained, on what, and how.
struct Training {
  std::vector<std::size_t> sizes;
  std::vector<downhill::ActivationKind> activations;
  downhill::LossKind loss = downhill::LossKind::squaredError;
  std::size_t samples = 20;
  std::size_t epochs = 2;
  std::size_t batchSize = 1;
  /// For how many samples the block has room; 0: for those of a batch, or of a block of online training.
  std::size_t capacity = 0;
  downhill::Optimizer optimizer{downhill::OptimizerKind::sgd, 0, 0, 0, 0, INFINITY};
  std::vector<double> dropout;
  bool hasWeights = false;
  bool hasRateOfEachStep = false;
  bool hasLabels = false;
  downhill::ElementType inputType = downhill::ElementType::float32;

  bool isOnline() const { return batchSize == 1 && dropout.empty() && optimizer.isPlainDescent(); }
  std::size_t steps() const { return (samples + batchSize - 1) / batchSize; }
};

/// How it is cut into chunks and spread over threads.
struct Cut {
  std::size_t threads = 1;
  double budgetSeconds = 1e6;
  /// What stands in the control when a chunk begins: with 1 every chunk takes a single step.
  int stop = 0;
  Place place = Place::heap;
};

/// All that a training leaves behind.
template <class T> struct Outcome {
  std::vector<T> parameters;
  std::vector<T> optimizerState;
  std::vector<double> powers;
  std::vector<double> lossSums;
  int status = 0;
  std::size_t position = 0;
  std::size_t chunks = 0;
};

/// The memory of a job, as src/state.ts and src/training prepare it.
template <class T> class Job {
public:
  Job(const Training& training, const Cut& cut);

  /// Trains from where it stands until the chunk ends.
  void runChunk(const downhill::KernelTable<T>& kernels);
  /// Trains to the end, or until something is wrong.
  Outcome<T> run(const downhill::KernelTable<T>& kernels);
  Outcome<T> outcome() const;
  bool isDone() const { return position_ == total_ || control_.status.load() != 0; }

  downhill::Control& control() { return control_; }
  const downhill::Model& model() const { return model_; }
  uint32_t* order() { return order_->data(); }
  uint32_t* labels() { return labels_->data(); }
  T* parameters() { return arena_->data() + parts_.parameters; }
  T* workspace() { return arena_->data() + parts_.workspace; }
  T* block() { return block_->data(); }
  std::size_t blockCapacity() const { return capacity_; }
  /// Whether all padding is zero, every x̂ has its 1, and nothing beside the arrays was written.
  bool isWhole() const;

private:
  void encode();
  void drawSamples(Draws& draws);
  void setOnes(T* memory, std::size_t offset, std::size_t stride, std::size_t units, std::size_t samples);
  template <class F> void forEachX(F f) const;
  downhill::TrainingRange range();

  Training training_;
  Cut cut_;
  downhill::Model model_{};
  downhill::ArenaParts parts_{};
  downhill::Control control_{{0}, {0}, {0}};
  std::size_t capacity_ = 0;
  std::size_t position_ = 0;
  std::size_t total_ = 0;
  std::size_t chunks_ = 0;
  std::unique_ptr<Guarded<T>> arena_, block_, gradient_, state_;
  std::unique_ptr<Guarded<double>> powers_, lossSums_, rates_, weights_, dropout_;
  std::unique_ptr<Guarded<uint32_t>> order_, labels_, keys_;
  std::unique_ptr<Guarded<uint8_t>> bytes_;
  std::unique_ptr<Guarded<float>> singles_, targets_;
  std::unique_ptr<Guarded<double>> doubles_;
};

extern template class Job<float>;
extern template class Job<double>;

/// A team whose helpers have all arrived, so that work is really shared.
void awaitHelpers(downhill::Team& team);
