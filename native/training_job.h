/// @file
/// One async worker = one bounded chunk of training or evaluation. The worker thread calls nothing back; a job holds
/// a reference to the JavaScript values it works on, and nothing outlives it.
#pragma once

#include <node_api.h>

namespace downhill {

/// train(selector, job) → Promise. `job` is a TrainingJob of src/backend/native.ts.
napi_value train(napi_env env, napi_callback_info info);
/// evaluate(selector, job) → Promise
napi_value evaluate(napi_env env, napi_callback_info info);
/// The same on the calling thread.
napi_value evaluateSync(napi_env env, napi_callback_info info);

} // namespace downhill
