#include "thread.h"

#if defined(_WIN32)
#include <process.h>
#include <windows.h>
#else
#include <time.h>
#endif
#if defined(__x86_64__) || defined(_M_X64)
#include <emmintrin.h>
#endif

// glibc 2.34 took these two over from libpthread, with a version of its own. Their first versions are there as well and
// are the same functions, so a binary built on a new system runs on an old one.
#if defined(DOWNHILL_ANY_LIBC)
// Functions are asked for without a version.
#elif defined(__GLIBC__) && defined(__x86_64__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_join, pthread_join@GLIBC_2.2.5");
#elif defined(__GLIBC__) && defined(__aarch64__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.17");
__asm__(".symver pthread_join, pthread_join@GLIBC_2.17");
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

// Both are a pointer, and null before their first use, so that the header need not include <windows.h>.
static_assert(sizeof(SRWLOCK) == sizeof(void*) && sizeof(CONDITION_VARIABLE) == sizeof(void*), "they are a pointer");

Mutex::~Mutex() = default;
void Mutex::lock() { AcquireSRWLockExclusive(reinterpret_cast<PSRWLOCK>(&lock_)); }
void Mutex::unlock() { ReleaseSRWLockExclusive(reinterpret_cast<PSRWLOCK>(&lock_)); }

Condition::~Condition() = default;
void Condition::sleep(Mutex& mutex) {
  SleepConditionVariableSRW(reinterpret_cast<PCONDITION_VARIABLE>(&condition_),
                            reinterpret_cast<PSRWLOCK>(&mutex.lock_), INFINITE, 0);
}
void Condition::notifyOne() { WakeConditionVariable(reinterpret_cast<PCONDITION_VARIABLE>(&condition_)); }
void Condition::notifyAll() { WakeAllConditionVariable(reinterpret_cast<PCONDITION_VARIABLE>(&condition_)); }

Clock::time_point Clock::now() {
  LARGE_INTEGER frequency, ticks;
  QueryPerformanceFrequency(&frequency);
  QueryPerformanceCounter(&ticks);
  // Whole seconds by themselves, as all ticks times 10^9 would overflow.
  const long long second = frequency.QuadPart;
  const long long rest = ticks.QuadPart % second * 1000000000 / second;
  return time_point(std::chrono::seconds(ticks.QuadPart / second) + std::chrono::nanoseconds(rest));
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

Mutex::~Mutex() { pthread_mutex_destroy(&lock_); }
void Mutex::lock() { pthread_mutex_lock(&lock_); }
void Mutex::unlock() { pthread_mutex_unlock(&lock_); }

Condition::~Condition() { pthread_cond_destroy(&condition_); }
void Condition::sleep(Mutex& mutex) { pthread_cond_wait(&condition_, &mutex.lock_); }
void Condition::notifyOne() { pthread_cond_signal(&condition_); }
void Condition::notifyAll() { pthread_cond_broadcast(&condition_); }

Clock::time_point Clock::now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

#endif

void pauseInLoop() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__) && !defined(_MSC_VER)
  __asm__ volatile("yield");
#endif
}

} // namespace downhill
