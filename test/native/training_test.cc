/// @file
/// Whole trainings: chunks, threads, instruction sets and where the arrays lie change no bit, and the padding stays
/// zero.
#include <cmath>
#include <functional>

#include "bits.h"
#include "check.h"
#include "training.h"

using namespace downhill;

namespace {

using K = ActivationKind;

template <class T> bool areSame(const Outcome<T>& a, const Outcome<T>& b) {
  return areSameBits(a.parameters, b.parameters) && areSameBits(a.optimizerState, b.optimizerState) &&
         areSameBits(a.powers, b.powers) && areSameBits(a.lossSums, b.lossSums) && a.status == b.status &&
         a.position == b.position;
}

struct Named {
  const char* name;
  Training training;
};

Training with(
    std::vector<std::size_t> sizes, std::vector<ActivationKind> activations,
    const std::function<void(Training&)>& change = [](Training&) {}) {
  Training training;
  training.sizes = std::move(sizes);
  training.activations = std::move(activations);
  change(training);
  return training;
}

const std::vector<std::size_t> kSmall{5, 21, 18, 4};
const std::vector<ActivationKind> kKinds{K::tanh, K::leakyRelu, K::sigmoid};

/// One of every way that a training can go.
std::vector<Named> trainings() {
  const auto batches = [](Training& t) {
    t.batchSize = 6;
    t.hasRateOfEachStep = true;
  };
  const auto by = [&](OptimizerKind kind, double decay, double clip) {
    return with(kSmall, kKinds, [&](Training& t) {
      batches(t);
      const bool isAdam = kind == OptimizerKind::adam;
      const bool hasEpsilon = isAdam || kind == OptimizerKind::rmsprop;
      t.optimizer = {kind, kind == OptimizerKind::sgd ? 0 : 0.9, isAdam ? 0.99 : 0, hasEpsilon ? 1e-6 : 0, decay, clip};
    });
  };
  return {
      {"tiny, online", with({2, 3, 2}, {K::sigmoid, K::sigmoid}, [](Training& t) { t.samples = 9; })},
      {"narrow, online", with({7, 6, 5}, {K::relu, K::linear}, [](Training& t) { t.inputType = ElementType::uint8; })},
      {"online", with(kSmall, kKinds, [](Training& t) { t.inputType = ElementType::float64; })},
      {"one layer, online", with({40, 33}, {K::sigmoid}, [](Training& t) { t.samples = 45; })},
      {"blocks, online", with({40, 33, 7}, {K::tanh, K::softmax},
                              [](Training& t) {
                                t.samples = 70;
                                t.loss = LossKind::categoricalCrossEntropy;
                                t.hasLabels = t.hasWeights = t.hasRateOfEachStep = true;
                              })},
      {"panels of rows, online",
       with({3, 20, 300, 5}, {K::tanh, K::tanh, K::linear}, [](Training& t) { t.samples = 6; })},
      {"batches", with(kSmall, kKinds, batches)},
      {"batches in parts", with(kSmall, kKinds,
                                [](Training& t) {
                                  t.batchSize = 9;
                                  t.capacity = 4;
                                  t.hasWeights = true;
                                })},
      {"batches with softmax and a squared error", with(kSmall, {K::relu, K::tanh, K::softmax}, batches)},
      {"batches with a binary cross-entropy", with(kSmall, kKinds,
                                                   [&](Training& t) {
                                                     batches(t);
                                                     t.loss = LossKind::binaryCrossEntropy;
                                                   })},
      {"dropout", with(kSmall, kKinds,
                       [&](Training& t) {
                         batches(t);
                         t.dropout = {0.3, 0.5};
                       })},
      {"dropout, sample by sample", with(kSmall, kKinds,
                                         [](Training& t) {
                                           t.dropout = {0, 0.25};
                                         })},
      {"weight decay", by(OptimizerKind::sgd, 0.01, INFINITY)},
      {"clipped gradients", by(OptimizerKind::sgd, 0, 0.05)},
      {"momentum", by(OptimizerKind::momentum, 0, INFINITY)},
      {"nesterov", by(OptimizerKind::nesterov, 0.01, 1)},
      {"rmsprop", by(OptimizerKind::rmsprop, 0.01, INFINITY)},
      {"adam", by(OptimizerKind::adam, 0, INFINITY)},
      {"adam with decay", by(OptimizerKind::adam, 0.01, 0.1)},
  };
}

/// Large enough that several threads share the work.
std::vector<Named> largeTrainings() {
  return {
      {"large, online", with({31, 700, 800, 3}, {K::tanh, K::sigmoid, K::linear}, [](Training& t) { t.samples = 3; })},
      {"large, blocks", with({500, 160, 10}, {K::relu, K::softmax},
                             [](Training& t) {
                               t.samples = 40;
                               t.epochs = 1;
                               t.loss = LossKind::categoricalCrossEntropy;
                               t.hasLabels = true;
                             })},
      {"large, batches with dropout and adam", with({300, 200, 90, 10}, {K::relu, K::tanh, K::sigmoid},
                                                    [](Training& t) {
                                                      t.samples = 70;
                                                      t.batchSize = 32;
                                                      t.epochs = 1;
                                                      t.dropout = {0.2, 0.5};
                                                      t.optimizer = {OptimizerKind::adam, 0.9, 0.999, 1e-8, 0.01, 0.5};
                                                    })},
  };
}

template <class T> Outcome<T> outcomeOf(const Training& training, const Cut& cut, const KernelTable<T>& kernels) {
  Job<T> job(training, cut);
  const Outcome<T> outcome = job.run(kernels);
  CHECK(job.isWhole());
  CHECK(outcome.status == 0 && outcome.position == training.samples * training.epochs);
  return outcome;
}

/// Trains uncut, then under every cut, and on every instruction set: one outcome for each promise.
template <class T> void checkTraining(const Named& named, const std::vector<Cut>& cuts) {
  const check::Doing doing(std::string(named.name) + (sizeof(T) == 4 ? ", float32" : ", float64"));
  Outcome<T> ofPromise[2];
  bool isFirst[2] = {true, true};
  for (const Variant<T>& variant : everyVariant<T>()) {
    const check::Doing on(variant.name);
    const Outcome<T> uncut = outcomeOf(named.training, Cut{}, *variant.kernels);
    CHECK(uncut.chunks == 1);
    if (isFirst[variant.fuses]) ofPromise[variant.fuses] = uncut;
    isFirst[variant.fuses] = false;
    CHECK(areSame(uncut, ofPromise[variant.fuses]));
    for (const Cut& cut : cuts) {
      const check::Doing cutting(std::to_string(cut.threads) + " threads, stop " + std::to_string(cut.stop) +
                                 ", arrays " + nameOf(cut.place));
      CHECK(areSame(outcomeOf(named.training, cut, *variant.kernels), uncut));
    }
  }
}

} // namespace

TEST(trainingsCutAnywhere) {
  const std::vector<Cut> cuts{
      {1, 1e6, 1, Place::atEnd}, {1, 0, 0, Place::atStart}, {1, 1e6, 0, Place::atEnd}, {2, 1e6, 0, Place::heap}};
  for (const Named& named : trainings()) {
    checkTraining<float>(named, cuts);
    checkTraining<double>(named, cuts);
  }
}

TEST(trainingsOnThreads) {
  for (const Named& named : largeTrainings()) {
    for (const std::size_t threads : {2, 4}) {
      const std::vector<Cut> cuts{{threads, 1e6, 0, Place::heap}, {threads, 1e6, 1, Place::atEnd}};
      checkTraining<float>(named, cuts);
      if (threads == 2) checkTraining<double>(named, cuts);
    }
  }
}

/// Every chunk gets on, even without any time, and with a stop that was asked for before it began.
TEST(aChunkTakesOneStepAtLeast) {
  const Training training = with(kSmall, kKinds, [](Training& t) { t.samples = 5; });
  for (const Variant<float>& variant : everyVariant<float>()) {
    const Outcome<float> stopped = outcomeOf(training, Cut{1, 1e6, 1, Place::heap}, *variant.kernels);
    CHECK(stopped.chunks == training.samples * training.epochs);
    for (const double seconds : {0.0, -1.0, -HUGE_VAL}) {
      CHECK(outcomeOf(training, Cut{1, seconds, 0, Place::heap}, *variant.kernels).chunks >= 1);
    }
    for (const double seconds : {HUGE_VAL, std::nan("")}) {
      CHECK(outcomeOf(training, Cut{1, seconds, 0, Place::heap}, *variant.kernels).chunks == 1);
    }
  }
}

/// What cannot be read ends a chunk where it stands, and nothing was read from where it points.
TEST(samplesThatAreNotThere) {
  const Training online = with(kSmall, kKinds);
  const Training blocks =
      with({40, 33, 4}, {K::tanh, K::softmax}, [](Training& t) { t.hasLabels = t.hasWeights = true; });
  Training batches = blocks;
  batches.batchSize = 6;
  for (const Variant<double>& variant : everyVariant<double>()) {
    for (const Training& training : {online, blocks, batches}) {
      for (const bool isLabel : {false, true}) {
        if (isLabel && !training.hasLabels) continue;
        Job<double> job(training, Cut{1, 1e6, 0, Place::atEnd});
        const std::size_t bad = 13;
        if (isLabel)
          job.labels()[job.order()[bad]] = 4;
        else
          job.order()[bad] = 0xffffffffu;
        const Outcome<double> outcome = job.run(*variant.kernels);
        CHECK(outcome.status == static_cast<int>(ChunkStatus::badSample) && outcome.position == bad);
        CHECK(job.isWhole());
      }
    }
  }
}

/// Weights that overflow spoil neither the padding nor what lies beside it, and the training says so.
TEST(overflowStaysInItsPlace) {
  for (const Variant<float>& variant : everyVariant<float>()) {
    for (const Named& named : trainings()) {
      if (named.training.optimizer.clipGradientNorm < 1) continue;
      const check::Doing doing(variant.name + ", " + named.name);
      Job<float> job(named.training, Cut{1, 1e6, 0, Place::atEnd});
      const Layer& layer = job.model().first();
      for (std::size_t j = 0; j <= layer.inputs; j++) job.parameters()[layer.weights + j] = 3e38f;
      job.run(*variant.kernels);
      CHECK(job.isWhole());
    }
  }
}
