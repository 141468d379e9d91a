#include <napi.h>

#include "binding.h"
#include "dispatch.h"
#include "layout.h"
#include "training_job.h"

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("abi", Napi::Number::New(env, downhill::kAbi));

  const downhill::InstructionSets& usable = downhill::usableInstructionSets();
  Napi::Array names = Napi::Array::New(env, usable.count);
  for (uint32_t i = 0; i < usable.count; i++) {
    names.Set(i, Napi::String::New(env, usable.sets[i].name));
  }
  exports.Set("instructionSets", names);

  Napi::Object kernels = Napi::Object::New(env);
  downhill::defineKernels(env, kernels);
  exports.Set("kernels", kernels);

  const auto define = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  define("describeLayout", downhill::describeLayout);
  define("bytesToAlignment", downhill::bytesToAlignment);
  define("forward", downhill::forward);
  define("step", downhill::step);
  define("gradient", downhill::gradient);
  define("train", downhill::train);
  define("evaluate", downhill::evaluate);
  define("evaluateSync", downhill::evaluateSync);
  return exports;
}

} // namespace

NODE_API_MODULE(downhill, initialize)
