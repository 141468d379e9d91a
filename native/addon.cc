#include <node_api.h>

#include "binding.h"
#include "dispatch.h"
#include "environment.h"
#include "layout.h"
#include "training_job.h"

namespace {

/// The names of the instruction sets that this machine can run.
bool defineInstructionSets(napi_env env, napi_value exports) {
  napi_value names = nullptr;
  bool isDefined = napi_create_array(env, &names) == napi_ok;
  const downhill::InstructionSets& usable = downhill::usableInstructionSets();
  for (uint32_t i = 0; isDefined && i < usable.count; i++) {
    napi_value name = nullptr;
    isDefined = napi_create_string_utf8(env, usable.sets[i].name, NAPI_AUTO_LENGTH, &name) == napi_ok &&
                napi_set_element(env, names, i, name) == napi_ok;
  }
  return isDefined && napi_set_named_property(env, exports, "instructionSets", names) == napi_ok;
}

bool defineExports(napi_env env, napi_value exports) {
  napi_value kernels = nullptr;
#define DOWNHILL_EXPORT(name) downhill::defineFunction(env, exports, #name, downhill::name)
  return napi_set_named_property(env, exports, "abi", downhill::numberValue(env, downhill::kAbi)) == napi_ok &&
         defineInstructionSets(env, exports) && napi_create_object(env, &kernels) == napi_ok &&
         downhill::defineKernels(env, kernels) &&
         napi_set_named_property(env, exports, "kernels", kernels) == napi_ok && DOWNHILL_EXPORT(describeLayout) &&
         DOWNHILL_EXPORT(bytesToAlignment) && DOWNHILL_EXPORT(forward) && DOWNHILL_EXPORT(step) &&
         DOWNHILL_EXPORT(gradient) && DOWNHILL_EXPORT(train) && DOWNHILL_EXPORT(evaluate) &&
         DOWNHILL_EXPORT(evaluateSync);
#undef DOWNHILL_EXPORT
}

} // namespace

/// Called once for each environment: the main thread's and every worker's.
NAPI_MODULE_INIT() {
  if (!downhill::Environment::create(env) || !defineExports(env, exports)) {
    napi_throw_error(env, nullptr, "the exports of downhill cannot be defined");
  }
  return exports;
}
