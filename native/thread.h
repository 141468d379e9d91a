/// @file
/// A thread of the operating system. Unlike std::thread it reports that none could be had instead of throwing.
#pragma once

#if defined(_WIN32)
#include <cstdint>
#else
#include <pthread.h>
#endif

namespace downhill {

class Thread {
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

/// Tells the processor that a loop waits for another thread.
void pauseInLoop();

} // namespace downhill
