/// @file
/// One hardware register as plain C++: a single value. The baseline of machines without a register of their own
/// here, and the scalar functions of losses.
#pragma once

#if defined(_MSC_VER) && !defined(__clang__)
#include <math.h>
#endif
#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace downhill {
namespace {

template <class T> struct PortableBits;
template <> struct PortableBits<float> {
  using Integer = uint32_t;
  static constexpr int mantissa = 23;
};
template <> struct PortableBits<double> {
  using Integer = uint64_t;
  static constexpr int mantissa = 52;
};

// Of the compiler's own: an instruction of the machine, rounded correctly, and no call of a library.
#if defined(_MSC_VER) && !defined(__clang__)
inline float portableSquareRoot(float value) { return sqrtf(value); }
inline double portableSquareRoot(double value) { return sqrt(value); }
#else
inline float portableSquareRoot(float value) { return __builtin_sqrtf(value); }
inline double portableSquareRoot(double value) { return __builtin_sqrt(value); }
#endif

/// Virtual vectors at once: each is as many variables as it has lanes.
struct PortableTiles {
  static constexpr size_t gemvRows = 1;
  static constexpr size_t passVectors = 1;
  static constexpr size_t gemmSamples = 1;
  static constexpr size_t gemmRows = 1;
  static constexpr size_t tileRows = 1;
  static constexpr size_t tileVectors = 1;
};

/// A register of one lane is also a vector of one lane: exponential.h takes it as it is.
template <class E> struct PortableRegister {
  using Element = E;
  using T = E;
  using Bits = typename PortableBits<T>::Integer;
  static constexpr size_t width = 1;
  static constexpr bool fusesMultiplyAdd = false;
  static constexpr bool sumsFour = false;
  using Tiles = PortableTiles;
  T v;

  static PortableRegister broadcast(T value) { return {value}; }
  static PortableRegister load(const T* p) { return {*p}; }
  static PortableRegister loadPartial(const T* p, size_t) { return {*p}; }
  void store(T* p) const { *p = v; }
  void storePartial(T* p, size_t) const { *p = v; }

  friend PortableRegister operator+(PortableRegister a, PortableRegister b) { return {a.v + b.v}; }
  friend PortableRegister operator-(PortableRegister a, PortableRegister b) { return {a.v - b.v}; }
  friend PortableRegister operator*(PortableRegister a, PortableRegister b) { return {a.v * b.v}; }
  friend PortableRegister operator/(PortableRegister a, PortableRegister b) { return {a.v / b.v}; }
  static PortableRegister multiplyAdd(PortableRegister a, PortableRegister b, PortableRegister c) { return a * b + c; }
  static PortableRegister ifGreater(PortableRegister a, PortableRegister b, PortableRegister yes, PortableRegister no) {
    return a.v > b.v ? yes : no;
  }
  PortableRegister magnitude() const { return fromBits(bits() & ~signBit); }
  PortableRegister squareRoot() const { return {portableSquareRoot(v)}; }
  PortableRegister withSignOf(PortableRegister s) const { return fromBits((bits() & ~signBit) | (s.bits() & signBit)); }
  PortableRegister toExponent() const { return fromBits(bits() << PortableBits<T>::mantissa); }
  T sum() const { return v; }

private:
  static constexpr Bits signBit = Bits{1} << (sizeof(T) * 8 - 1);
  Bits bits() const {
    Bits b;
    memcpy(&b, &v, sizeof b);
    return b;
  }
  static PortableRegister fromBits(Bits b) {
    PortableRegister r;
    memcpy(&r.v, &b, sizeof b);
    return r;
  }
};

} // namespace
} // namespace downhill
