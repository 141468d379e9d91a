/// @file
/// The virtual vector: 64 bytes (16 float or 8 double lanes) on every machine, made of as many hardware registers
/// as that takes. Kernels are written against it, so every instruction set performs the same operations on the
/// same lanes in the same order, and a sum has one shape: lane by lane along the row, then the tree of sum().
#pragma once

#include <stddef.h>

namespace downhill {
namespace {

/// Asks for a line of the cache that will be needed soon.
inline void prefetchLine(const void* address) {
#if defined(__GNUC__) || defined(__clang__)
  __builtin_prefetch(address);
#else
  (void)address;
#endif
}

/// The same address, of which the compiler knows nothing sooner. Otherwise it works out addresses for after a loop
/// ahead of it, and what the loop itself needs no longer fits the registers.
template <class T> inline T* hidden(T* address) {
#if defined(__GNUC__) || defined(__clang__)
  asm volatile("" : "+r"(address));
#endif
  return address;
}

/// `R` is the hardware register, `Fused` tells whether a·b + c is rounded once (fast) or twice (reproducible).
/// Short vectors are its first four lanes: where the others hold nothing, their sums have the same bits.
template <class R, bool Fused, size_t Lanes = 64 / sizeof(typename R::Element)> struct Vector {
  using T = typename R::Element;
  static constexpr size_t lanes = Lanes;
  static constexpr size_t parts = lanes / R::width;
  /// One register, for what is done value by value.
  using Single = Vector<R, Fused, R::width>;
  /// How many rows a matrix-vector product works on at once, so that sums are not bound by latency.
  static constexpr size_t gemvRows = R::Tiles::gemvRows;
  /// How many vectors of a result a pass down the rows keeps in registers, beside as many of x.
  static constexpr size_t passVectors = R::Tiles::passVectors;
  /// Tiles of matrix products: as many sums as the registers hold beside what is added to them.
  static constexpr size_t gemmSamples = R::Tiles::gemmSamples;
  static constexpr size_t gemmRows = R::Tiles::gemmRows;
  static constexpr size_t tileRows = R::Tiles::tileRows;
  static constexpr size_t tileVectors = R::Tiles::tileVectors;
  R part[parts];

  template <class F> static Vector generate(F f) {
    Vector result;
#pragma GCC unroll 16
    for (size_t i = 0; i < parts; i++) result.part[i] = f(i);
    return result;
  }

  static Vector broadcast(T value) {
    const R one = R::broadcast(value);
    return generate([&](size_t) { return one; });
  }
  static Vector load(const T* p) {
    return generate([&](size_t i) { return R::load(p + i * R::width); });
  }
  /// The first `count` lanes from memory, the others zero; memory behind them is not touched.
  static Vector loadPartial(const T* p, size_t count) {
    return generate([&](size_t i) {
      const size_t begin = i * R::width;
      if (count >= begin + R::width) return R::load(p + begin);
      return count > begin ? R::loadPartial(p + begin, count - begin) : R::broadcast(0);
    });
  }
  void store(T* p) const {
#pragma GCC unroll 16
    for (size_t i = 0; i < parts; i++) part[i].store(p + i * R::width);
  }
  void storePartial(T* p, size_t count) const {
#pragma GCC unroll 16
    for (size_t i = 0; i < parts; i++) {
      const size_t begin = i * R::width;
      if (count >= begin + R::width) {
        part[i].store(p + begin);
      } else if (count > begin) {
        part[i].storePartial(p + begin, count - begin);
      }
    }
  }

  friend Vector operator+(const Vector& a, const Vector& b) {
    return generate([&](size_t i) { return a.part[i] + b.part[i]; });
  }
  friend Vector operator-(const Vector& a, const Vector& b) {
    return generate([&](size_t i) { return a.part[i] - b.part[i]; });
  }
  friend Vector operator*(const Vector& a, const Vector& b) {
    return generate([&](size_t i) { return a.part[i] * b.part[i]; });
  }
  friend Vector operator/(const Vector& a, const Vector& b) {
    return generate([&](size_t i) { return a.part[i] / b.part[i]; });
  }
  /// a·b + c in this vector's arithmetic. Without the instruction, fast is what reproducible is.
  static Vector multiplyAdd(const Vector& a, const Vector& b, const Vector& c) {
    return generate([&](size_t i) {
      if constexpr (Fused && R::fusesMultiplyAdd) {
        return R::fused(a.part[i], b.part[i], c.part[i]);
      } else {
        return a.part[i] * b.part[i] + c.part[i];
      }
    });
  }
  /// Lane by lane a > b ? yes : no; a comparison with NaN is false.
  static Vector ifGreater(const Vector& a, const Vector& b, const Vector& yes, const Vector& no) {
    return generate([&](size_t i) { return R::ifGreater(a.part[i], b.part[i], yes.part[i], no.part[i]); });
  }
  Vector magnitude() const {
    return generate([&](size_t i) { return part[i].magnitude(); });
  }
  /// Correctly rounded.
  Vector squareRoot() const {
    return generate([&](size_t i) { return part[i].squareRoot(); });
  }
  Vector withSignOf(const Vector& s) const {
    return generate([&](size_t i) { return part[i].withSignOf(s.part[i]); });
  }
  /// Moves the low bits of each lane into its exponent field.
  Vector toExponent() const {
    return generate([&](size_t i) { return part[i].toExponent(); });
  }

  /// The one tree: lane i is added to lane i + n/2, until one is left.
  T sum() const { return folded().sum(); }

  /// The sums of `Count` vectors, one beside the other.
  template <size_t Count> static void sumEach(const Vector* v, T* out) {
    size_t i = 0;
    if constexpr (R::sumsFour && Count >= 4) {
#pragma GCC unroll 2
      for (; i + 4 <= Count; i += 4) {
        R::storeQuad(R::sumFour(v[i].folded(), v[i + 1].folded(), v[i + 2].folded(), v[i + 3].folded()), out + i);
      }
    }
#pragma GCC unroll 8
    for (; i < Count; i++) out[i] = v[i].sum();
  }

  /// The sums of `count` vectors, one a lane, and zeros. vectorAt(i) is called for a multiple of four vectors: those
  /// behind the last have to be zero.
  template <class F> static Vector sumsOf(size_t count, F vectorAt) {
    if constexpr (R::sumsFour) {
      constexpr size_t quads = R::width / 4;
      Vector result;
#pragma GCC unroll 4
      for (size_t p = 0; p < parts; p++) {
        typename R::Quad sums[quads] = {};
#pragma GCC unroll 4
        for (size_t q = 0; q < quads; q++) {
          const size_t i = p * R::width + q * 4;
          if (i >= count) continue;
          sums[q] = R::sumFour(vectorAt(i).folded(), vectorAt(i + 1).folded(), vectorAt(i + 2).folded(),
                               vectorAt(i + 3).folded());
        }
        result.part[p] = R::fromQuads(sums);
      }
      return result;
    } else {
      T sums[lanes] = {};
      for (size_t i = 0; i < count; i++) sums[i] = vectorAt(i).sum();
      return load(sums);
    }
  }

private:
  /// The levels of the tree that lie between registers.
  R folded() const {
    R level[parts];
#pragma GCC unroll 16
    for (size_t i = 0; i < parts; i++) level[i] = part[i];
#pragma GCC unroll 8
    for (size_t half = parts / 2; half > 0; half /= 2) {
#pragma GCC unroll 16
      for (size_t i = 0; i < half; i++) level[i] = level[i] + level[i + half];
    }
    return level[0];
  }
};

} // namespace
} // namespace downhill
