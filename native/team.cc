#include "team.h"

#include <mutex>

namespace downhill {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// Multiply-adds that make another thread worth its while: some 5 to 10 µs, where waking a spinning one takes about 1.
constexpr std::size_t kWorkPerThread = std::size_t{1} << 18;
/// How long a thread spins before it sleeps. Between two tasks of a training there are a few microseconds at most; a
/// thread that spins longer takes the processor from somebody who could use it.
constexpr auto kSpin = microseconds(100);
/// A helper that is later than the caller by this and by as long as the caller's own part took has no processor:
/// something else runs there. It would hold up every task for a time slice, so the caller goes on alone, longer each
/// time.
constexpr auto kLate = microseconds(300);
constexpr auto kAloneFirst = milliseconds(5);
constexpr auto kAloneLongest = milliseconds(40);

/// Spins until done() or until the time is up.
template <class Done> bool spin(Clock::duration time, Done done) {
  const auto end = Clock::now() + time;
  do {
    for (int i = 0; i < 64; i++) {
      if (done()) return true;
      pauseInLoop();
    }
  } while (Clock::now() < end);
  return done();
}

} // namespace

Team::Team(std::size_t threads) : size_(threads), aloneNext_(kAloneFirst) {}

Team::~Team() {
  if (started_ == 0) return;
  {
    const std::lock_guard<Mutex> lock(mutex_);
    ends_.store(true);
    generation_.fetch_add(1);
  }
  wake_.notifyAll();
  for (std::size_t i = 0; i < started_; i++) helpers_[i].join();
}

std::size_t Team::threadsFor(std::size_t grains, std::size_t work) {
  if (size_ < 2) return 1;
  std::size_t threads = work / kWorkPerThread;
  if (threads > size_) threads = size_;
  if (threads > grains) threads = grains;
  if (threads < 2) return 1;
  if (aloneUntil_ != Clock::time_point{}) {
    if (Clock::now() < aloneUntil_) return 1;
    aloneUntil_ = {};
  }
  startHelpers();
  const std::size_t present = ready_.load() + 1;
  return threads < present ? threads : present;
}

void Team::startHelpers() {
  if (helpers_ || size_ < 2) return;
  helpers_.reset(new Thread[size_ - 1]);
  const auto work = [](void* team) { static_cast<Team*>(team)->helpUntilTheEnd(); };
  // With fewer helpers than wanted, or none, the work is done all the same.
  while (helpers_ && started_ + 1 < size_ && helpers_[started_].start(work, this)) started_++;
  if (started_ == 0) size_ = 1;
}

void Team::share(const Task& task) {
  {
    const std::lock_guard<Mutex> lock(mutex_);
    task_ = task;
    unfinished_.store(task.threads - 1);
    generation_.fetch_add(1);
  }
  wake_.notifyAll();
  const Clock::time_point begin = Clock::now();
  task.run(0);
  awaitHelpers(Clock::now() - begin);
}

void Team::awaitHelpers(Clock::duration ownTime) {
  const auto areDone = [this] { return unfinished_.load() == 0; };
  if (spin(kLate, areDone)) return;
  const Clock::time_point begin = Clock::now();
  {
    const std::lock_guard<Mutex> lock(mutex_);
    finished_.wait(mutex_, areDone);
  }
  const Clock::time_point end = Clock::now();
  if (end - begin > ownTime) workAlone(end);
}

void Team::workAlone(Clock::time_point from) {
  aloneUntil_ = from + aloneNext_;
  if (aloneNext_ < kAloneLongest) aloneNext_ *= 2;
}

void Team::helpUntilTheEnd() {
  unsigned seen = 0;
  std::size_t number = 0;
  {
    const std::lock_guard<Mutex> lock(mutex_);
    if (ends_.load()) return;
    // What has been shared so far was shared without this thread.
    seen = generation_.load();
    number = ready_.fetch_add(1) + 1;
  }
  for (;;) {
    const auto isCalled = [&] { return generation_.load() != seen; };
    const bool isAwake = spin(kSpin, isCalled);
    Task task{};
    {
      const std::lock_guard<Mutex> lock(mutex_);
      if (!isAwake) wake_.wait(mutex_, isCalled);
      seen = generation_.load();
      task = task_;
    }
    if (ends_.load()) return;
    // A task without this thread may be over, and another begun, before it looks; one with it waits for it.
    if (number >= task.threads) continue;
    task.run(number);
    if (unfinished_.fetch_sub(1) == 1) {
      // Under the lock, so that the caller cannot miss it between its look and its sleep.
      const std::lock_guard<Mutex> last(mutex_);
      finished_.notifyOne();
    }
  }
}

} // namespace downhill
