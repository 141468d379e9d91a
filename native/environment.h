/// @file
/// The jobs of one JavaScript environment: the main thread's, or a worker's.
#pragma once

#include <node_api.h>

#include "memory.h"
#include "thread.h"

namespace downhill {

/// Holds up the end of an environment until its running jobs have ended, and lets none begin after that: the memory
/// they work on ends with it. Node.js and Bun wait by themselves; Deno 2.9 takes a worker's memory away under its jobs.
class Environment : public OnHeap {
public:
  /// Makes the one of an environment, once, before its first job.
  static bool create(napi_env env);
  static Environment* of(napi_env env);

  /// A job keeps it from being deleted from before it is queued until it is deleted itself.
  void retain();
  void release();
  /// @return false if the environment has ended; then the job must not run.
  bool enter();
  void leave();

private:
  static void end(void* self);

  Mutex mutex_;
  Condition idle_;
  unsigned owners_ = 1;
  unsigned running_ = 0;
  bool hasEnded_ = false;
};

} // namespace downhill
