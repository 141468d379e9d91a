#include "dropout.h"

namespace downhill {
namespace {

/// The "lowbias32" mixer of C. Wellons, "Prospecting for hash functions", 2018.
uint32_t mix(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

} // namespace

template <class T> void dropUnits(const Dropout& dropout, const UnitRange& units, T* values) {
  const uint32_t position = static_cast<uint32_t>(dropout.position + units.sample);
  const uint32_t sampleKey = mix(dropout.key + position * 0x85ebca6bu);
  const uint32_t rowKey = mix(sampleKey + static_cast<uint32_t>(units.layer + 1) * 0xc2b2ae35u);
  const uint32_t threshold = static_cast<uint32_t>(dropout.shares[units.layer] * 4294967296.0);
  const T scale = static_cast<T>(dropout.scale(units.layer));
  const uint32_t first = static_cast<uint32_t>(units.first);
  for (std::size_t i = 0; i < units.count; i++) {
    const uint32_t bits = mix(rowKey + (first + static_cast<uint32_t>(i)) * 0x9e3779b9u);
    const T kept = values[i] * scale;
    values[i] = bits < threshold ? T(0) : kept;
  }
}

template void dropUnits(const Dropout&, const UnitRange&, float*);
template void dropUnits(const Dropout&, const UnitRange&, double*);

} // namespace downhill
