/// @file
/// Comparisons to the bit.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

/// IEEE 754 leaves sign and payload of a NaN open, so all NaNs are one.
template <class T> bool areSameBits(T a, T b) { return (a != a && b != b) || std::memcmp(&a, &b, sizeof a) == 0; }

/// The first place where they differ; as many as there are values where they do not.
template <class T> std::size_t firstDifference(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return 0;
  std::size_t i = 0;
  while (i < a.size() && areSameBits(a[i], b[i])) i++;
  return i;
}

template <class T> bool areSameBits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && firstDifference(a, b) == a.size();
}
