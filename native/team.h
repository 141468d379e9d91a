/// @file
/// Threads that share the work of one chunk. They exist as long as the team does, so nothing outlives a call.
///
/// Work is split by results, never by sums: how many threads there are changes no bit.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>

#include "thread.h"

namespace downhill {

class Team {
public:
  /// @param threads how many may work at once, the caller among them; helpers are started when they are first needed
  explicit Team(std::size_t threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  std::size_t size() const { return size_; }

  /// Calls body(first, end) so that everything from 0 to `count` is done once, on as many threads as the work is worth,
  /// and returns when all is done. Neighbours stay together, and the same split gives a thread the same range.
  /// @param grain ranges begin at multiples of it
  /// @param work multiply-adds of everything together
  template <class Body> void split(std::size_t count, std::size_t grain, std::size_t work, const Body& body) {
    const std::size_t grains = (count + grain - 1) / grain;
    const std::size_t threads = threadsFor(grains, work);
    if (threads < 2) return body(std::size_t{0}, count);
    share({[](const void* context, std::size_t first, std::size_t end) {
             (*static_cast<const Body*>(context))(first, end);
           },
           &body, count, grain, grains, threads});
  }

private:
  struct Task {
    void (*call)(const void* context, std::size_t first, std::size_t end);
    const void* context;
    std::size_t count;
    std::size_t grain;
    std::size_t grains;
    std::size_t threads;

    std::size_t beginOf(std::size_t thread) const {
      const std::size_t begin = grains * thread / threads * grain;
      return begin < count ? begin : count;
    }
    void run(std::size_t thread) const { call(context, beginOf(thread), beginOf(thread + 1)); }
  };

  std::size_t threadsFor(std::size_t grains, std::size_t work);
  void startHelpers();
  void share(const Task& task);
  void helpUntilTheEnd();
  void awaitHelpers(Clock::duration ownTime);
  void workAlone(Clock::time_point from);

  std::size_t size_;
  std::size_t started_ = 0;
  std::unique_ptr<Thread[]> helpers_;
  /// Helpers that have a processor: they are counted, and get work, once they run.
  std::atomic<std::size_t> ready_{0};
  Task task_{};
  /// Every task raises it by one; helpers wait for that.
  std::atomic<unsigned> generation_{0};
  std::atomic<std::size_t> unfinished_{0};
  std::atomic<bool> ends_{false};
  Mutex mutex_;
  Condition wake_;
  Condition finished_;
  /// Until then the caller works alone: a helper was kept waiting for a processor.
  Clock::time_point aloneUntil_{};
  Clock::duration aloneNext_;
};

} // namespace downhill
