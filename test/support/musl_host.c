// A stand-in for a program that offers Node-API, compiled for musl: loads a binary, makes recorded calls, and compares
// every array they write to with the recorded one, byte by byte.
//   musl_host BINARY RECORDING
// A recording is made of 64-bit words; test/support/recording.ts writes it.
#include <dlfcn.h>
#include <node_api.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Where no compiler for musl was there, the binary has been compiled with glibc's headers: what it sets aside for a
// type must be enough.
#if defined(__x86_64__)
_Static_assert(sizeof(pthread_mutex_t) <= 40 && sizeof(pthread_cond_t) <= 48 && sizeof(pthread_t) == 8,
               "glibc's sizes");
#else
_Static_assert(sizeof(pthread_mutex_t) <= 48 && sizeof(pthread_cond_t) <= 48 && sizeof(pthread_t) == 8,
               "glibc's sizes");
#endif

enum { MOST_FIELDS = 64 };

struct napi_value__ {
  napi_valuetype type;
  double number;
  napi_callback call;
  napi_typedarray_type elements;
  size_t length;
  size_t bytes;
  void* data;
  const void* expected;
  size_t fields;
  const char* names[MOST_FIELDS];
  napi_value values[MOST_FIELDS];
};
struct napi_callback_info__ {
  size_t count;
  napi_value* arguments;
};
struct napi_async_work__ {
  napi_async_execute_callback execute;
  napi_async_complete_callback complete;
  void* data;
};

static napi_async_work queued;
static size_t arrays;

static void fail(const char* what, const char* which) {
  fprintf(stderr, "%s: %s\n", what, which);
  exit(1);
}

static napi_value make(napi_valuetype type) {
  napi_value value = calloc(1, sizeof *value);
  if (value == NULL) fail("no memory for", "a value");
  value->type = type;
  return value;
}

static napi_status made(napi_valuetype type, napi_value* result) {
  *result = make(type);
  return napi_ok;
}

napi_status napi_create_array(napi_env env, napi_value* result) { return made(napi_object, result); }
napi_status napi_create_object(napi_env env, napi_value* result) { return made(napi_object, result); }
napi_status napi_get_undefined(napi_env env, napi_value* result) { return made(napi_undefined, result); }
napi_status napi_create_string_utf8(napi_env env, const char* text, size_t length, napi_value* result) {
  return made(napi_string, result);
}
napi_status napi_create_double(napi_env env, double number, napi_value* result) {
  made(napi_number, result);
  (*result)->number = number;
  return napi_ok;
}
napi_status napi_create_function(napi_env env, const char* name, size_t length, napi_callback call, void* data,
                                 napi_value* result) {
  made(napi_function, result);
  (*result)->call = call;
  return napi_ok;
}
napi_status napi_create_promise(napi_env env, napi_deferred* deferred, napi_value* result) {
  return made(napi_object, result);
}
static void* instanceData;
napi_status napi_set_instance_data(napi_env env, void* data, napi_finalize finalize, void* hint) {
  instanceData = data;
  return napi_ok;
}
napi_status napi_get_instance_data(napi_env env, void** data) {
  *data = instanceData;
  return napi_ok;
}
/// The program ends with its only environment.
napi_status napi_add_env_cleanup_hook(napi_env env, napi_cleanup_hook hook, void* data) { return napi_ok; }
napi_status napi_resolve_deferred(napi_env env, napi_deferred deferred, napi_value value) { return napi_ok; }
napi_status napi_create_reference(napi_env env, napi_value value, uint32_t count, napi_ref* result) {
  *result = (napi_ref)value;
  return napi_ok;
}
napi_status napi_delete_reference(napi_env env, napi_ref reference) { return napi_ok; }

napi_status napi_set_named_property(napi_env env, napi_value object, const char* name, napi_value value) {
  if (object->fields == MOST_FIELDS) fail("no room for", name);
  object->names[object->fields] = name;
  object->values[object->fields++] = value;
  return napi_ok;
}
// The arrays that a binary makes itself only keep values alive, as everything does here.
napi_status napi_set_element(napi_env env, napi_value array, uint32_t index, napi_value value) { return napi_ok; }
napi_status napi_get_named_property(napi_env env, napi_value object, const char* name, napi_value* result) {
  for (size_t i = 0; i < object->fields; i++) {
    if (strcmp(object->names[i], name) != 0) continue;
    *result = object->values[i];
    return napi_ok;
  }
  return made(napi_undefined, result);
}
napi_status napi_typeof(napi_env env, napi_value value, napi_valuetype* type) {
  *type = value->type;
  return napi_ok;
}
napi_status napi_get_value_double(napi_env env, napi_value value, double* number) {
  *number = value->number;
  return value->type == napi_number ? napi_ok : napi_number_expected;
}
napi_status napi_get_typedarray_info(napi_env env, napi_value value, napi_typedarray_type* type, size_t* length,
                                     void** data, napi_value* buffer, size_t* offset) {
  if (value->data == NULL) return napi_invalid_arg;
  *type = value->elements;
  *length = value->length;
  *data = value->data;
  return napi_ok;
}
napi_status napi_is_arraybuffer(napi_env env, napi_value value, bool* result) { return napi_generic_failure; }
napi_status napi_get_arraybuffer_info(napi_env env, napi_value value, void** data, size_t* length) {
  return napi_generic_failure;
}
napi_status napi_get_cb_info(napi_env env, napi_callback_info info, size_t* count, napi_value* arguments,
                             napi_value* self, void** data) {
  for (size_t i = 0; i < *count; i++) arguments[i] = i < info->count ? info->arguments[i] : make(napi_undefined);
  return napi_ok;
}
napi_status napi_is_exception_pending(napi_env env, bool* result) {
  *result = false;
  return napi_ok;
}
napi_status napi_throw_error(napi_env env, const char* code, const char* message) {
  fail(code == NULL ? "error" : code, message);
  return napi_ok;
}
napi_status napi_create_async_work(napi_env env, napi_value resource, napi_value name,
                                   napi_async_execute_callback execute, napi_async_complete_callback complete,
                                   void* data, napi_async_work* result) {
  *result = calloc(1, sizeof **result);
  if (*result == NULL) fail("no memory for", "a job");
  **result = (struct napi_async_work__){execute, complete, data};
  return napi_ok;
}
napi_status napi_queue_async_work(napi_env env, napi_async_work work) {
  queued = work;
  return napi_ok;
}
napi_status napi_delete_async_work(napi_env env, napi_async_work work) { return napi_ok; }

static const char* cursor;

static uint64_t word(void) {
  uint64_t value;
  memcpy(&value, cursor, sizeof value);
  cursor += sizeof value;
  return value;
}
// Bytes are filled up to whole words.
static const char* bytesOf(size_t length) {
  const char* begin = cursor;
  cursor += (length + 7) / 8 * 8;
  return begin;
}
static const char* text(void) { return bytesOf(word()); }

static napi_value readArray(void) {
  napi_value value = make(napi_object);
  value->elements = (napi_typedarray_type)word();
  value->length = word();
  value->bytes = word();
  value->data = aligned_alloc(64, value->bytes / 64 * 64 + 64);
  if (value->data == NULL) fail("no memory for", "an array");
  memcpy(value->data, bytesOf(value->bytes), value->bytes);
  value->expected = bytesOf(value->bytes);
  arrays++;
  return value;
}

static napi_value readValue(void);

static napi_value readObject(void) {
  napi_value value = make(napi_object);
  for (uint64_t fields = word(); fields > 0; fields--) {
    const char* name = text();
    napi_set_named_property(NULL, value, name, readValue());
  }
  return value;
}

static napi_value readValue(void) {
  switch (word()) {
  case 1: {
    napi_value value = make(napi_number);
    memcpy(&value->number, bytesOf(sizeof(double)), sizeof(double));
    return value;
  }
  case 2:
    return readArray();
  case 3:
    return readObject();
  default:
    return make(napi_undefined);
  }
}

static void compare(napi_value value, const char* call) {
  if (value->data != NULL && memcmp(value->data, value->expected, value->bytes) != 0) fail("other bytes after", call);
  for (size_t i = 0; i < value->fields; i++) compare(value->values[i], call);
}

static void replay(napi_value exports) {
  const char* name = text();
  napi_value function = NULL;
  napi_value kernels = NULL;
  napi_get_named_property(NULL, exports, name, &function);
  napi_get_named_property(NULL, exports, "kernels", &kernels);
  if (function->call == NULL) napi_get_named_property(NULL, kernels, name, &function);
  if (function->call == NULL) fail("no such function", name);
  napi_value arguments[16];
  struct napi_callback_info__ info = {word(), arguments};
  for (size_t i = 0; i < info.count; i++) arguments[i] = readValue();
  function->call(NULL, &info);
  if (queued != NULL) {
    napi_async_work work = queued;
    queued = NULL;
    work->execute(NULL, work->data);
    work->complete(NULL, napi_ok, work->data);
  }
  for (size_t i = 0; i < info.count; i++) compare(arguments[i], name);
}

static char* readFile(const char* path) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) fail("cannot be read", path);
  fseek(file, 0, SEEK_END);
  const size_t length = (size_t)ftell(file);
  rewind(file);
  char* content = malloc(length);
  if (content == NULL || fread(content, 1, length, file) != length) fail("cannot be read", path);
  fclose(file);
  return content;
}

int main(int count, char** arguments) {
  if (count != 3) fail("usage", "musl_host BINARY RECORDING");
  void* binary = dlopen(arguments[1], RTLD_NOW);
  if (binary == NULL) fail("cannot be loaded", dlerror());
  napi_value (*initialize)(napi_env, napi_value) =
      (napi_value(*)(napi_env, napi_value))dlsym(binary, "napi_register_module_v1");
  if (initialize == NULL) fail("has no", "napi_register_module_v1");
  napi_value exports = initialize(NULL, make(napi_object));
  cursor = readFile(arguments[2]);
  const uint64_t calls = word();
  for (uint64_t i = 0; i < calls; i++) replay(exports);
  printf("%llu calls, %zu arrays\n", (unsigned long long)calls, arrays);
  return 0;
}
