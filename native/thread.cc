#include "thread.h"

#if defined(_WIN32)
#include <process.h>
#include <windows.h>
#endif
#if defined(__x86_64__) || defined(_M_X64)
#include <emmintrin.h>
#endif

namespace downhill {

#if defined(_WIN32)

unsigned __stdcall Thread::entry(void* self) {
  Thread* thread = static_cast<Thread*>(self);
  thread->function_(thread->argument_);
  return 0;
}

bool Thread::start(void (*function)(void*), void* argument) {
  function_ = function;
  argument_ = argument;
  handle_ = _beginthreadex(nullptr, 0, entry, this, 0, nullptr);
  return handle_ != 0;
}

void Thread::join() {
  const HANDLE handle = reinterpret_cast<HANDLE>(handle_);
  WaitForSingleObject(handle, INFINITE);
  CloseHandle(handle);
}

#else

void* Thread::entry(void* self) {
  Thread* thread = static_cast<Thread*>(self);
  thread->function_(thread->argument_);
  return nullptr;
}

bool Thread::start(void (*function)(void*), void* argument) {
  function_ = function;
  argument_ = argument;
  return pthread_create(&handle_, nullptr, entry, this) == 0;
}

void Thread::join() { pthread_join(handle_, nullptr); }

#endif

void pauseInLoop() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__) && !defined(_MSC_VER)
  __asm__ volatile("yield");
#endif
}

} // namespace downhill
