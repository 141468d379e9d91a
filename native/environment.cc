#include "environment.h"

#include <memory>
#include <mutex>

namespace downhill {

bool Environment::create(napi_env env) {
  std::unique_ptr<Environment> environment(new Environment);
  if (!environment || napi_set_instance_data(env, environment.get(), nullptr, nullptr) != napi_ok ||
      napi_add_env_cleanup_hook(env, end, environment.get()) != napi_ok) {
    return false;
  }
  environment.release();
  return true;
}

Environment* Environment::of(napi_env env) {
  void* environment = nullptr;
  napi_get_instance_data(env, &environment);
  return static_cast<Environment*>(environment);
}

void Environment::end(void* self) {
  Environment* environment = static_cast<Environment*>(self);
  {
    const std::lock_guard<Mutex> lock(environment->mutex_);
    environment->hasEnded_ = true;
    environment->idle_.wait(environment->mutex_, [&] { return environment->running_ == 0; });
  }
  environment->release();
}

void Environment::retain() {
  const std::lock_guard<Mutex> lock(mutex_);
  owners_++;
}

void Environment::release() {
  mutex_.lock();
  const bool isLast = --owners_ == 0;
  mutex_.unlock();
  if (isLast) delete this;
}

bool Environment::enter() {
  const std::lock_guard<Mutex> lock(mutex_);
  if (!hasEnded_) running_++;
  return !hasEnded_;
}

void Environment::leave() {
  const std::lock_guard<Mutex> lock(mutex_);
  if (--running_ == 0) idle_.notifyAll();
}

} // namespace downhill
