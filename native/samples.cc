#include "samples.h"

#include <type_traits>
#if defined(_MSC_VER) && defined(_M_X64)
#include <intrin.h>
#endif

namespace downhill {
namespace {

template <class T, class Source> bool packAs(const KernelTable<T>& kernels, const void* values, std::size_t index,
                                             std::size_t size, double scale, T* out) {
  const Source* row = static_cast<const Source*>(values) + index * size;
  if constexpr (std::is_same_v<T, Source>) {
    if (scale == 1) return kernels.copyFinite(row, out, size);
  }
  const T factor = static_cast<T>(scale);
  for (std::size_t j = 0; j < size; j++) out[j] = static_cast<T>(row[j]) * factor;
  return kernels.areFinite(out, size);
}

template <class T> bool pack(const KernelTable<T>& kernels, const void* values, ElementType type, std::size_t index,
                             std::size_t size, double scale, T* out) {
  switch (type) {
  case ElementType::uint8:
    return packAs<T, uint8_t>(kernels, values, index, size, scale, out);
  case ElementType::float32:
    return packAs<T, float>(kernels, values, index, size, scale, out);
  default:
    return packAs<T, double>(kernels, values, index, size, scale, out);
  }
}

std::size_t bytesOf(ElementType type) {
  switch (type) {
  case ElementType::uint8:
    return 1;
  case ElementType::float64:
    return 8;
  default:
    return 4;
  }
}

void prefetch(const void* values, std::size_t offset) {
  const char* address = static_cast<const char*>(values) + offset;
#if defined(_MSC_VER)
#if defined(_M_X64)
  _mm_prefetch(address, _MM_HINT_T0);
#endif
#else
  __builtin_prefetch(address);
#endif
}

} // namespace

void prefetchSample(const Samples& samples, std::size_t index, std::size_t inputs, std::size_t outputs) {
  prefetch(samples.inputs, index * inputs * bytesOf(samples.inputType));
  const std::size_t targetSize = samples.targetType == ElementType::uint32 ? 1 : outputs;
  prefetch(samples.targets, index * targetSize * bytesOf(samples.targetType));
}

template <class T>
bool loadInput(const KernelTable<T>& kernels, const Samples& samples, std::size_t index, std::size_t size, T* out) {
  return pack(kernels, samples.inputs, samples.inputType, index, size, samples.inputScale, out);
}

template <class T>
bool loadTarget(const KernelTable<T>& kernels, const Samples& samples, std::size_t index, std::size_t size, T* out) {
  if (samples.targetType != ElementType::uint32) {
    pack(kernels, samples.targets, samples.targetType, index, size, 1, out);
    return true;
  }
  const uint32_t label = static_cast<const uint32_t*>(samples.targets)[index];
  if (label >= size) return false;
  for (std::size_t j = 0; j < size; j++) out[j] = j == label ? T(1) : T(0);
  return true;
}

#define DOWNHILL_INSTANTIATE(T)                                                                                        \
  template bool loadInput(const KernelTable<T>&, const Samples&, std::size_t, std::size_t, T*);                        \
  template bool loadTarget(const KernelTable<T>&, const Samples&, std::size_t, std::size_t, T*);
DOWNHILL_INSTANTIATE(float)
DOWNHILL_INSTANTIATE(double)
#undef DOWNHILL_INSTANTIATE

} // namespace downhill
