/// @file
/// What the operating system gives to threads: themselves, a lock, a place to sleep, the time. Unlike the standard
/// library's, a thread that cannot be had is reported instead of thrown, and a binary asks for no C++ runtime.
#pragma once

#include <chrono>
#include <cstdint>

#if !defined(_WIN32)
#include <pthread.h>
#endif

#include "memory.h"

namespace downhill {

class Thread : public OnHeap {
public:
  Thread() = default;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  /// Runs function(argument) on a new thread.
  /// @return false if the system gives none; then there is nothing to join.
  bool start(void (*function)(void*), void* argument);
  /// Waits until the function has returned. Only after a start that succeeded.
  void join();

private:
#if defined(_WIN32)
  static unsigned __stdcall entry(void* self);
  std::uintptr_t handle_ = 0;
#else
  static void* entry(void* self);
  pthread_t handle_{};
#endif
  void (*function_)(void*) = nullptr;
  void* argument_ = nullptr;
};

/// Serves std::lock_guard.
class Mutex {
public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  ~Mutex();

  void lock();
  void unlock();

private:
  friend class Condition;
#if defined(_WIN32)
  void* lock_ = nullptr; // an SRWLOCK
#else
  pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER;
#endif
};

class Condition {
public:
  Condition() = default;
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;
  ~Condition();

  /// Sleeps until isTrue(); the mutex, locked before and after, is free meanwhile.
  template <class Predicate> void wait(Mutex& mutex, Predicate isTrue) {
    while (!isTrue()) sleep(mutex);
  }
  void notifyOne();
  void notifyAll();

private:
  void sleep(Mutex& mutex);
#if defined(_WIN32)
  void* condition_ = nullptr; // a CONDITION_VARIABLE
#else
  pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
#endif
};

/// Time that goes on evenly, whatever is done to the clock on the wall.
struct Clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;
  static time_point now();
};

/// Tells the processor that a loop waits for another thread.
void pauseInLoop();

} // namespace downhill
