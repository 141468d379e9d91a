/// @file
/// Numbers for tests: the same on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

/// The "SplitMix64" generator of G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators",
/// 2014.
class Draws {
public:
  explicit Draws(uint64_t seed) : state_(seed) {}

  uint64_t bits() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(bits() % count); }
  double uniform(double low, double high) { return low + (high - low) * (static_cast<double>(bits() >> 11) * 0x1p-53); }
  template <class T> std::vector<T> vector(std::size_t count, double low = -1, double high = 1) {
    std::vector<T> values(count);
    for (T& value : values) value = static_cast<T>(uniform(low, high));
    return values;
  }
  /// Zeros of both signs, the smallest and largest numbers, infinities, NaN, and ordinary ones between them.
  template <class T> std::vector<T> extremes(std::size_t count) {
    using Limits = std::numeric_limits<T>;
    const T special[] = {T(0),
                         -T(0),
                         Limits::denorm_min(),
                         -Limits::min(),
                         Limits::max(),
                         Limits::infinity(),
                         -Limits::infinity(),
                         Limits::quiet_NaN()};
    std::vector<T> values = vector<T>(count);
    for (T& value : values) {
      if (below(3) == 0) value = special[below(sizeof special / sizeof special[0])];
    }
    return values;
  }

private:
  uint64_t state_;
};
