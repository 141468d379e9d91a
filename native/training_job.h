/// @file
/// One async worker = one bounded chunk of training or evaluation. The worker thread calls nothing back; a job holds
/// a reference to the JavaScript values it works on, and nothing outlives it.
#pragma once

#include <napi.h>

namespace downhill {

/// train(selector, job) → Promise. `job` is a TrainingJob of src/backend/native.ts.
Napi::Value train(const Napi::CallbackInfo& info);
/// evaluate(selector, job) → Promise
Napi::Value evaluate(const Napi::CallbackInfo& info);
/// The same on the calling thread.
Napi::Value evaluateSync(const Napi::CallbackInfo& info);

} // namespace downhill
