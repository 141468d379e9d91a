/// @file
/// Dropout: units of the hidden layers that a sample's pass of a training leaves out. Which ones is a function of the
/// epoch's key, the sample's position, the layer and the unit, so neither threads nor chunks matter. Knows no Node-API.
#pragma once

#include <cstddef>
#include <cstdint>

namespace downhill {

/// For the samples of one block. Kept values are multiplied by 1 / (1 − share), so that their expectation stays.
struct Dropout {
  const double* shares; // (hidden layers): which share of each one's units is dropped, from 0 to below 1
  uint32_t key;
  std::size_t position; // of the block's first sample, in the epoch

  /// Whether the hidden layer loses units.
  bool drops(std::size_t layer) const { return shares[layer] > 0; }
  /// What kept values of the layer are multiplied by.
  double scale(std::size_t layer) const { return 1 / (1 - shares[layer]); }
};

/// Units of one hidden layer for one sample of a block, from `first` on.
struct UnitRange {
  std::size_t layer;
  std::size_t sample;
  std::size_t first;
  std::size_t count;
};

/// values = values · scale where the unit is kept, else 0: of the layer's x on the way up, of its ψ on the way down
template <class T> void dropUnits(const Dropout& dropout, const UnitRange& units, T* values);

} // namespace downhill
