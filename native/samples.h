/// @file
/// The samples of a dataset, in memory that JavaScript owns, and how they become vectors of a network.
#pragma once

#include <cstddef>
#include <cstdint>

namespace downhill {

enum class ElementType { uint8, uint32, float32, float64 };

/// Row-major.
struct Samples {
  const void* inputs; // (count, inputSize): uint8, float32 or float64
  ElementType inputType;
  double inputScale;
  const void* targets; // (count, targetSize) of float32 or float64, or (count) labels of uint32; may be null
  ElementType targetType;
  std::size_t count;
};

/// out = the inputs of a sample, (size)
template <class T> void loadInput(const Samples& samples, std::size_t index, std::size_t size, T* out);

/// out = the targets of a sample, (size)
/// @return false for a label that has no output
template <class T> bool loadTarget(const Samples& samples, std::size_t index, std::size_t size, T* out);

/// Asks for the beginning of a sample that will be loaded soon: in random order, no machine foresees it.
void prefetchSample(const Samples& samples, std::size_t index, std::size_t inputs, std::size_t outputs);

/// Whether none of the values is NaN or infinite.
template <class T> bool areFinite(const T* values, std::size_t count);

} // namespace downhill
