/// @file
/// Where Windows finds the functions of Node-API. A binary says there which file has them, node.exe, but the program
/// that loads this one may have another name, as Electron's applications do. So each is looked up in the program
/// itself, before anything is called. Kept out of builds by node-gyp, which has a way of its own.
#include <windows.h>

/// Every function that is called; linking fails if one is missing here.
#define DOWNHILL_NODE_API(entry)                                                                                       \
  entry(napi_add_env_cleanup_hook) entry(napi_create_array) entry(napi_create_async_work) entry(napi_create_double)    \
      entry(napi_create_function) entry(napi_create_object) entry(napi_create_promise) entry(napi_create_reference)    \
          entry(napi_create_string_utf8) entry(napi_delete_async_work) entry(napi_delete_reference)                    \
              entry(napi_get_arraybuffer_info) entry(napi_get_cb_info) entry(napi_get_instance_data)                   \
                  entry(napi_get_named_property) entry(napi_get_typedarray_info) entry(napi_get_undefined)             \
                      entry(napi_get_value_double) entry(napi_is_arraybuffer) entry(napi_is_exception_pending)         \
                          entry(napi_queue_async_work) entry(napi_resolve_deferred) entry(napi_set_element)            \
                              entry(napi_set_instance_data) entry(napi_set_named_property) entry(napi_throw_error)     \
                                  entry(napi_typeof)

// A call of an imported function goes through the pointer of this name.
#define DOWNHILL_POINTER(name) FARPROC __imp_##name = nullptr;
extern "C" {
DOWNHILL_NODE_API(DOWNHILL_POINTER)
}
#undef DOWNHILL_POINTER

namespace {

bool find(HMODULE program, const char* name, FARPROC& function) {
  function = GetProcAddress(program, name);
  return function != nullptr;
}

/// @return whether the program has them all
bool findFunctions() {
  // Programs that keep Node in a library of its own call it so.
  const HMODULE library = GetModuleHandleA("libnode.dll");
  const HMODULE program = library == nullptr ? GetModuleHandleA(nullptr) : library;
#define DOWNHILL_FIND(name) &&find(program, #name, __imp_##name)
  return true DOWNHILL_NODE_API(DOWNHILL_FIND);
#undef DOWNHILL_FIND
}

} // namespace

/// Called by the system; false makes the load fail.
BOOL WINAPI DllMain(HINSTANCE, DWORD reason, LPVOID) { return reason != DLL_PROCESS_ATTACH || findFunctions(); }
