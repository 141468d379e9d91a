/// @file
/// What threads do to each other: those of a team, those of chunks side by side, and the one that asks a chunk to stop.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>

#include "bits.h"
#include "check.h"
#include "training.h"

using namespace downhill;

namespace {

Training largeTraining() {
  Training training;
  training.sizes = {120, 260, 200, 5};
  training.activations = {ActivationKind::tanh, ActivationKind::relu, ActivationKind::sigmoid};
  training.samples = 64;
  training.batchSize = 32;
  return training;
}

} // namespace

TEST(everythingIsDoneOnce) {
  for (const std::size_t threads : {1, 2, 3, 4, 7}) {
    Team team(threads);
    awaitHelpers(team);
    for (const std::size_t count : {0, 1, 31, 32, 33, 100, 1000, 4097}) {
      for (const std::size_t grain : {1, 16, 128}) {
        const check::Doing doing(std::to_string(threads) + " threads, " + std::to_string(count) + " by " +
                                 std::to_string(grain));
        std::vector<int> done(count);
        std::atomic<int> ragged{0};
        team.split(count, grain, std::size_t{1} << 30, [&](std::size_t first, std::size_t end) {
          if (first % grain != 0 && first != count) ragged++;
          for (std::size_t i = first; i < end; i++) done[i]++;
        });
        CHECK(ragged == 0);
        CHECK(std::count(done.begin(), done.end(), 1) == static_cast<std::ptrdiff_t>(count));
      }
    }
  }
}

/// What one task has written another reads, from one thread to the next and back to the caller.
TEST(tasksSeeEachOther) {
  constexpr std::size_t count = 4096;
  Team team(4);
  awaitHelpers(team);
  std::vector<std::size_t> a(count), b(count);
  std::iota(a.begin(), a.end(), std::size_t{0});
  for (std::size_t round = 0; round < 300; round++) {
    // Backwards, so that each thread reads what another one wrote.
    team.split(count, 1, std::size_t{1} << 30, [&](std::size_t first, std::size_t end) {
      for (std::size_t i = first; i < end; i++) b[i] = a[count - 1 - i] + 1;
    });
    a.swap(b);
  }
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < count; i++) wrong += a[i] != i + 300;
  CHECK(wrong == 0);
}

/// Teams begin and end with a chunk: also before their helpers have come, and with work that is not worth any.
TEST(teamsComeAndGo) {
  std::atomic<std::size_t> sum{0};
  for (int round = 0; round < 200; round++) {
    Team team(1 + static_cast<std::size_t>(round % 5));
    for (int tasks = round % 4; tasks > 0; tasks--) {
      team.split(100, 1, std::size_t{1} << (round % 3 == 0 ? 10 : 30),
                 [&](std::size_t first, std::size_t end) { sum += end - first; });
    }
  }
  CHECK(sum == 100 * (0 + 1 + 2 + 3) * 50);
}

TEST(chunksSideBySide) {
  const Training training = largeTraining();
  const KernelTable<float>& kernels = *everyVariant<float>()[0].kernels;
  Job<float> alone(training, Cut{});
  const Outcome<float> expected = alone.run(kernels);
  std::vector<Outcome<float>> outcomes(3);
  std::vector<std::thread> threads;
  // Jobs draw and lay out their memory here: the pages of guarded arrays are shared out by one thread.
  std::vector<std::unique_ptr<Job<float>>> jobs;
  for (std::size_t i = 0; i < outcomes.size(); i++)
    jobs.emplace_back(new Job<float>(training, Cut{1 + i, 1e6, 0, Place::heap}));
  for (std::size_t i = 0; i < outcomes.size(); i++) {
    threads.emplace_back([&, i] { outcomes[i] = jobs[i]->run(kernels); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Outcome<float>& outcome : outcomes) CHECK(areSameBits(outcome.parameters, expected.parameters));
}

/// As JavaScript does it: another thread writes "stop" while the chunk runs. It ends before its range does, tells how
/// far it is, and goes on to the same bits.
TEST(stopEndsAChunk) {
  Training training = largeTraining();
  training.epochs = 1000;
  training.sizes = {3, 40, 2};
  training.activations = {ActivationKind::tanh, ActivationKind::sigmoid};
  const KernelTable<double>& kernels = *everyVariant<double>()[0].kernels;
  Job<double> uncut(training, Cut{});
  const Outcome<double> expected = uncut.run(kernels);

  Job<double> job(training, Cut{2, 1e6, 0, Place::heap});
  std::size_t stops = 0;
  while (!job.isDone()) {
    job.control().stop.store(0);
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(500));
      job.control().stop.store(1);
    });
    job.runChunk(kernels);
    stops += !job.isDone();
    other.join();
  }
  CHECK(stops > 0);
  CHECK(areSameBits(job.outcome().parameters, expected.parameters));
  CHECK(job.isWhole());
}

TEST(instructionSetsAreFoundOnce) {
  std::vector<std::thread> threads;
  std::vector<const InstructionSets*> found(4);
  for (std::size_t i = 0; i < found.size(); i++) threads.emplace_back([&, i] { found[i] = &usableInstructionSets(); });
  for (std::thread& thread : threads) thread.join();
  for (const InstructionSets* sets : found) CHECK(sets == found[0] && sets->count >= 1);
}
