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

#define DOWNHILL_EXPORT(name) exports.Set(#name, Napi::Function::New<downhill::name>(env, #name))
  DOWNHILL_EXPORT(describeLayout);
  DOWNHILL_EXPORT(bytesToAlignment);
  DOWNHILL_EXPORT(forward);
  DOWNHILL_EXPORT(step);
  DOWNHILL_EXPORT(gradient);
  DOWNHILL_EXPORT(train);
  DOWNHILL_EXPORT(evaluate);
  DOWNHILL_EXPORT(evaluateSync);
#undef DOWNHILL_EXPORT
  return exports;
}

} // namespace

NODE_API_MODULE(downhill, initialize)
