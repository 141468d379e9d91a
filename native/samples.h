/// @file
/// The samples of a dataset, in memory that JavaScript owns, and how they become vectors of a network.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/table.h"

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
  const double* weights; // (count): what each one's loss and gradient are multiplied by; null for 1

  double weightOf(std::size_t index) const { return weights == nullptr ? 1 : weights[index]; }
};

/// out = the inputs of a sample, (size)
/// @return whether they are finite in this element type
template <class T>
bool loadInput(const KernelTable<T>& kernels, const Samples& samples, std::size_t index, std::size_t size, T* out);

/// out = the targets of a sample, (size)
/// @return false for a label that has no output
template <class T>
bool loadTarget(const KernelTable<T>& kernels, const Samples& samples, std::size_t index, std::size_t size, T* out);

/// Asks for the beginning of a sample that will be loaded soon: in random order, no machine foresees it.
void prefetchSample(const Samples& samples, std::size_t index, std::size_t inputs, std::size_t outputs);

} // namespace downhill
