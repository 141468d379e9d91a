/// @file
/// An addon that, as it is loaded, leaks memory and writes beyond an array if DOWNHILL_SENTINEL is "overflow": the
/// sanitizers have to see into addons, too. It needs nothing of Node-API but the name of its entry.
#include <cstdlib>
#include <cstring>

static void* volatile kept;

extern "C" __attribute__((visibility("default"))) void* napi_register_module_v1(void*, void* exports) {
  kept = std::malloc(100);
  kept = nullptr;
  const char* wanted = std::getenv("DOWNHILL_SENTINEL");
  if (wanted != nullptr && std::strcmp(wanted, "overflow") == 0) {
    volatile char* values = static_cast<char*>(std::malloc(16));
    values[16] = 1;
    std::free(const_cast<char*>(values));
  }
  return exports;
}
