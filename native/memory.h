/// @file
/// Memory of the C library: where there is none, a null pointer says so, and no part of the C++ runtime is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace downhill {

/// What is made by `new` of a type that derives from this may be null.
struct OnHeap {
  static void* operator new(std::size_t size) noexcept { return std::malloc(size); }
  // For more objects than memory could ever hold, compilers ask for SIZE_MAX bytes.
  static void* operator new[](std::size_t size) noexcept { return size < SIZE_MAX / 2 ? std::malloc(size) : nullptr; }
  static void operator delete(void* memory) noexcept { std::free(memory); }
  static void operator delete[](void* memory) noexcept { std::free(memory); }
};

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

/// Values that nobody has written yet.
template <class T> using HeapValues = std::unique_ptr<T[], Free>;

/// @return null if there is no memory for so many
template <class T> HeapValues<T> allocateValues(std::size_t count) {
  const bool isPossible = count <= SIZE_MAX / sizeof(T);
  return HeapValues<T>(isPossible ? static_cast<T*>(std::malloc(count * sizeof(T))) : nullptr);
}

} // namespace downhill
