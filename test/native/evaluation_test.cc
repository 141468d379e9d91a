/// @file
/// Evaluations: every sample as it would be by itself, on any number of threads, and none that cannot be read.
#include <cmath>
#include <cstring>

#include "bits.h"
#include "check.h"
#include "training.h"

using namespace downhill;

namespace {

/// The network of a training, its weights as they were drawn, over inputs of its own.
template <class T> struct Evaluation {
  Job<T> job;
  std::size_t samples;
  std::vector<T> inputs;
  std::vector<uint32_t> labels;
  Control control{{0}, {0}, {0}};
  double lossSum = 0;

  Evaluation(const Training& training, std::size_t count) : job(training, Cut{}), samples(count) {
    Draws draws(3);
    inputs = draws.vector<T>(count * job.model().first().inputs);
    for (std::size_t i = 0; i < count; i++) labels.push_back(static_cast<uint32_t>(i % job.model().last().units));
  }

  std::vector<T> run(const KernelTable<T>& kernels, std::size_t threads, Place place) {
    Team team(threads);
    awaitHelpers(team);
    const Network<T> network(job.model(), kernels, job.parameters(), job.workspace(), &team);
    const SampleBlock<T> block(network, job.block(), job.blockCapacity());
    const Guarded<T> in(inputs, place), out(std::vector<T>(samples * job.model().last().units), place);
    const ElementType type = sizeof(T) == 4 ? ElementType::float32 : ElementType::float64;
    const Samples given{in.data(), type, 1, labels.data(), ElementType::uint32, samples, nullptr};
    lossSum = 0;
    control.position.store(0);
    control.status.store(0);
    while (static_cast<std::size_t>(control.position.load()) < samples && control.status.load() == 0) {
      const std::size_t from = static_cast<std::size_t>(control.position.load());
      evaluateRange(network, block, out.data() + from * job.model().last().units,
                    {given, from, samples, 1e6, &control, &lossSum});
    }
    CHECK(in.isIntact() && out.isIntact() && job.isWhole());
    return out.values();
  }

  /// Sample by sample.
  std::vector<T> runAlone(const KernelTable<T>& kernels) {
    const Model& model = job.model();
    const Network<T> network(model, kernels, job.parameters(), job.workspace());
    std::vector<T> outputs;
    for (std::size_t s = 0; s < samples; s++) {
      std::memcpy(network.input(), inputs.data() + s * model.first().inputs, model.first().inputs * sizeof(T));
      network.forward();
      outputs.insert(outputs.end(), network.output(), network.output() + model.last().units);
    }
    return outputs;
  }
};

Training network(std::vector<std::size_t> sizes) {
  Training training;
  training.sizes = std::move(sizes);
  training.activations = {ActivationKind::leakyRelu, ActivationKind::softmax};
  training.loss = LossKind::categoricalCrossEntropy;
  training.capacity = 96;
  return training;
}

template <class T> void checkEvaluation(const Training& training, std::size_t samples) {
  for (const Variant<T>& variant : everyVariant<T>()) {
    const check::Doing doing(variant.name);
    Evaluation<T> evaluation(training, samples);
    const std::vector<T> expected = evaluation.runAlone(*variant.kernels);
    double lossSum = 0;
    for (const std::size_t threads : {1, 2, 4}) {
      for (const Place place : kPlaces) {
        const check::Doing on(std::to_string(threads) + " threads, arrays " + nameOf(place));
        CHECK(areSameBits(evaluation.run(*variant.kernels, threads, place), expected));
        if (threads == 1) lossSum = evaluation.lossSum;
        CHECK(areSameBits(evaluation.lossSum, lossSum) && evaluation.control.status.load() == 0);
      }
    }
  }
}

} // namespace

TEST(evaluationsOnThreads) {
  checkEvaluation<float>(network({130, 150, 9}), 200);
  checkEvaluation<double>(network({7, 5, 3}), 130);
}

TEST(evaluationsEndAtWhatCannotBeRead) {
  for (const Variant<float>& variant : everyVariant<float>()) {
    for (const std::size_t threads : {1, 4}) {
      Evaluation<float> evaluation(network({130, 150, 9}), 190);
      evaluation.inputs[150 * 130 + 7] = NAN;
      evaluation.labels[170] = 9;
      evaluation.run(*variant.kernels, threads, Place::atEnd);
      CHECK(evaluation.control.status.load() == static_cast<int>(ChunkStatus::badSample));
      CHECK(evaluation.control.position.load() == 150);
      evaluation.inputs[150 * 130 + 7] = 1;
      evaluation.run(*variant.kernels, threads, Place::atEnd);
      CHECK(evaluation.control.position.load() == 170);
    }
  }
}
