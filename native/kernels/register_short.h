/// @file
/// Four lanes of AVX2 with FMA: 128 bits of floats or 256 of doubles. Vectors of at most four values that sit in them
/// wait less for each operation than in wide registers.
#pragma once

#include <immintrin.h>
#include <stddef.h>

namespace downhill {
namespace {

template <class T> struct ShortRegister;

template <> struct ShortRegister<float> {
  using Element = float;
  static constexpr size_t width = 4;
  static constexpr bool fusesMultiplyAdd = true;
  static constexpr bool sumsFour = true;
  using Quad = __m128;
  __m128 v;

  static ShortRegister broadcast(float value) { return {_mm_set1_ps(value)}; }
  static ShortRegister load(const float* p) { return {_mm_loadu_ps(p)}; }
  void store(float* p) const { _mm_storeu_ps(p, v); }

  friend ShortRegister operator+(ShortRegister a, ShortRegister b) { return {_mm_add_ps(a.v, b.v)}; }
  friend ShortRegister operator-(ShortRegister a, ShortRegister b) { return {_mm_sub_ps(a.v, b.v)}; }
  friend ShortRegister operator*(ShortRegister a, ShortRegister b) { return {_mm_mul_ps(a.v, b.v)}; }
  friend ShortRegister operator/(ShortRegister a, ShortRegister b) { return {_mm_div_ps(a.v, b.v)}; }
  static ShortRegister fused(ShortRegister a, ShortRegister b, ShortRegister c) {
    return {_mm_fmadd_ps(a.v, b.v, c.v)};
  }
  static ShortRegister ifGreater(ShortRegister a, ShortRegister b, ShortRegister yes, ShortRegister no) {
    return {_mm_blendv_ps(no.v, yes.v, _mm_cmp_ps(a.v, b.v, _CMP_GT_OQ))};
  }
  ShortRegister magnitude() const { return {_mm_andnot_ps(_mm_set1_ps(-0.0f), v)}; }
  ShortRegister squareRoot() const { return {_mm_sqrt_ps(v)}; }
  ShortRegister withSignOf(ShortRegister s) const {
    return {_mm_or_ps(magnitude().v, _mm_and_ps(_mm_set1_ps(-0.0f), s.v))};
  }
  ShortRegister toExponent() const { return {_mm_castsi128_ps(_mm_slli_epi32(_mm_castps_si128(v), 23))}; }
  /// Lane i to lane i + 2, then i + 1.
  static Quad sumFour(ShortRegister a, ShortRegister b, ShortRegister c, ShortRegister d) {
    const __m128 ab = _mm_add_ps(_mm_shuffle_ps(a.v, b.v, 0x44), _mm_shuffle_ps(a.v, b.v, 0xee));
    const __m128 cd = _mm_add_ps(_mm_shuffle_ps(c.v, d.v, 0x44), _mm_shuffle_ps(c.v, d.v, 0xee));
    return _mm_add_ps(_mm_shuffle_ps(ab, cd, 0x88), _mm_shuffle_ps(ab, cd, 0xdd));
  }
  static ShortRegister fromQuads(const Quad (&q)[1]) { return {q[0]}; }
};

template <> struct ShortRegister<double> {
  using Element = double;
  static constexpr size_t width = 4;
  static constexpr bool fusesMultiplyAdd = true;
  static constexpr bool sumsFour = true;
  using Quad = __m256d;
  __m256d v;

  static ShortRegister broadcast(double value) { return {_mm256_set1_pd(value)}; }
  static ShortRegister load(const double* p) { return {_mm256_loadu_pd(p)}; }
  void store(double* p) const { _mm256_storeu_pd(p, v); }

  friend ShortRegister operator+(ShortRegister a, ShortRegister b) { return {_mm256_add_pd(a.v, b.v)}; }
  friend ShortRegister operator-(ShortRegister a, ShortRegister b) { return {_mm256_sub_pd(a.v, b.v)}; }
  friend ShortRegister operator*(ShortRegister a, ShortRegister b) { return {_mm256_mul_pd(a.v, b.v)}; }
  friend ShortRegister operator/(ShortRegister a, ShortRegister b) { return {_mm256_div_pd(a.v, b.v)}; }
  static ShortRegister fused(ShortRegister a, ShortRegister b, ShortRegister c) {
    return {_mm256_fmadd_pd(a.v, b.v, c.v)};
  }
  static ShortRegister ifGreater(ShortRegister a, ShortRegister b, ShortRegister yes, ShortRegister no) {
    return {_mm256_blendv_pd(no.v, yes.v, _mm256_cmp_pd(a.v, b.v, _CMP_GT_OQ))};
  }
  ShortRegister magnitude() const { return {_mm256_andnot_pd(_mm256_set1_pd(-0.0), v)}; }
  ShortRegister squareRoot() const { return {_mm256_sqrt_pd(v)}; }
  ShortRegister withSignOf(ShortRegister s) const {
    return {_mm256_or_pd(magnitude().v, _mm256_and_pd(_mm256_set1_pd(-0.0), s.v))};
  }
  ShortRegister toExponent() const { return {_mm256_castsi256_pd(_mm256_slli_epi64(_mm256_castpd_si256(v), 52))}; }
  /// Lane i to lane i + 2, then i + 1.
  static Quad sumFour(ShortRegister a, ShortRegister b, ShortRegister c, ShortRegister d) {
    const __m256d ab = _mm256_add_pd(_mm256_permute2f128_pd(a.v, b.v, 0x20), _mm256_permute2f128_pd(a.v, b.v, 0x31));
    const __m256d cd = _mm256_add_pd(_mm256_permute2f128_pd(c.v, d.v, 0x20), _mm256_permute2f128_pd(c.v, d.v, 0x31));
    const __m256d sums = _mm256_add_pd(_mm256_unpacklo_pd(ab, cd), _mm256_unpackhi_pd(ab, cd));
    return _mm256_permute4x64_pd(sums, 0xd8);
  }
  static ShortRegister fromQuads(const Quad (&q)[1]) { return {q[0]}; }
};

} // namespace
} // namespace downhill
