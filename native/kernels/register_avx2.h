/// @file
/// One 256-bit register of AVX2 with FMA.
#pragma once

#include <immintrin.h>
#include <stddef.h>

namespace downhill {
namespace {

/// Virtual vectors at once: 16 registers, two for each.
struct Avx2Tiles {
  static constexpr size_t gemvRows = 4;
  static constexpr size_t passVectors = 3;
  static constexpr size_t gemmSamples = 1;
  static constexpr size_t gemmRows = 6;
  static constexpr size_t tileRows = 6;
  static constexpr size_t tileVectors = 1;
};

template <class T> struct Register;

template <> struct Register<float> {
  using Element = float;
  static constexpr size_t width = 8;
  static constexpr bool fusesMultiplyAdd = true;
  static constexpr bool sumsFour = true;
  using Tiles = Avx2Tiles;
  using Quad = __m128;
  __m256 v;

  static Register broadcast(float value) { return {_mm256_set1_ps(value)}; }
  static Register load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static Register loadPartial(const float* p, size_t count) { return {_mm256_maskload_ps(p, first(count))}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  void storePartial(float* p, size_t count) const { _mm256_maskstore_ps(p, first(count), v); }

  friend Register operator+(Register a, Register b) { return {_mm256_add_ps(a.v, b.v)}; }
  friend Register operator-(Register a, Register b) { return {_mm256_sub_ps(a.v, b.v)}; }
  friend Register operator*(Register a, Register b) { return {_mm256_mul_ps(a.v, b.v)}; }
  friend Register operator/(Register a, Register b) { return {_mm256_div_ps(a.v, b.v)}; }
  static Register fused(Register a, Register b, Register c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
  static Register ifGreater(Register a, Register b, Register yes, Register no) {
    return {_mm256_blendv_ps(no.v, yes.v, _mm256_cmp_ps(a.v, b.v, _CMP_GT_OQ))};
  }
  Register magnitude() const { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), v)}; }
  Register squareRoot() const { return {_mm256_sqrt_ps(v)}; }
  Register withSignOf(Register s) const {
    return {_mm256_or_ps(magnitude().v, _mm256_and_ps(_mm256_set1_ps(-0.0f), s.v))};
  }
  Register toExponent() const { return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(v), 23))}; }
  /// Halves added to halves: lane i to lane i + 4, then i + 2, then i + 1.
  float sum() const {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
  }
  /// The sums of four registers, which share every addition but the first two.
  static Quad sumFour(Register a, Register b, Register c, Register d) {
    const __m256 ab = _mm256_add_ps(_mm256_permute2f128_ps(a.v, b.v, 0x20), _mm256_permute2f128_ps(a.v, b.v, 0x31));
    const __m256 cd = _mm256_add_ps(_mm256_permute2f128_ps(c.v, d.v, 0x20), _mm256_permute2f128_ps(c.v, d.v, 0x31));
    const __m256 two = _mm256_add_ps(_mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xee));
    const __m256 one = _mm256_add_ps(two, _mm256_permute_ps(two, 0xb1));
    const __m256i firsts = _mm256_setr_epi32(0, 4, 2, 6, 0, 0, 0, 0);
    return _mm256_castps256_ps128(_mm256_permutevar8x32_ps(one, firsts));
  }
  static void storeQuad(Quad sums, float* p) { _mm_storeu_ps(p, sums); }
  static Register fromQuads(const Quad (&q)[2]) {
    return {_mm256_insertf128_ps(_mm256_castps128_ps256(q[0]), q[1], 1)};
  }

private:
  static __m256i first(size_t count) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lanes);
  }
};

template <> struct Register<double> {
  using Element = double;
  static constexpr size_t width = 4;
  static constexpr bool fusesMultiplyAdd = true;
  static constexpr bool sumsFour = true;
  using Tiles = Avx2Tiles;
  using Quad = __m256d;
  __m256d v;

  static Register broadcast(double value) { return {_mm256_set1_pd(value)}; }
  static Register load(const double* p) { return {_mm256_loadu_pd(p)}; }
  static Register loadPartial(const double* p, size_t count) { return {_mm256_maskload_pd(p, first(count))}; }
  void store(double* p) const { _mm256_storeu_pd(p, v); }
  void storePartial(double* p, size_t count) const { _mm256_maskstore_pd(p, first(count), v); }

  friend Register operator+(Register a, Register b) { return {_mm256_add_pd(a.v, b.v)}; }
  friend Register operator-(Register a, Register b) { return {_mm256_sub_pd(a.v, b.v)}; }
  friend Register operator*(Register a, Register b) { return {_mm256_mul_pd(a.v, b.v)}; }
  friend Register operator/(Register a, Register b) { return {_mm256_div_pd(a.v, b.v)}; }
  static Register fused(Register a, Register b, Register c) { return {_mm256_fmadd_pd(a.v, b.v, c.v)}; }
  static Register ifGreater(Register a, Register b, Register yes, Register no) {
    return {_mm256_blendv_pd(no.v, yes.v, _mm256_cmp_pd(a.v, b.v, _CMP_GT_OQ))};
  }
  Register magnitude() const { return {_mm256_andnot_pd(_mm256_set1_pd(-0.0), v)}; }
  Register squareRoot() const { return {_mm256_sqrt_pd(v)}; }
  Register withSignOf(Register s) const {
    return {_mm256_or_pd(magnitude().v, _mm256_and_pd(_mm256_set1_pd(-0.0), s.v))};
  }
  Register toExponent() const { return {_mm256_castsi256_pd(_mm256_slli_epi64(_mm256_castpd_si256(v), 52))}; }
  /// Halves added to halves: lane i to lane i + 2, then i + 1.
  double sum() const {
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }
  /// The sums of four registers, which share every addition but the first two.
  static Quad sumFour(Register a, Register b, Register c, Register d) {
    const __m256d ab = _mm256_add_pd(_mm256_permute2f128_pd(a.v, b.v, 0x20), _mm256_permute2f128_pd(a.v, b.v, 0x31));
    const __m256d cd = _mm256_add_pd(_mm256_permute2f128_pd(c.v, d.v, 0x20), _mm256_permute2f128_pd(c.v, d.v, 0x31));
    const __m256d one = _mm256_add_pd(_mm256_unpacklo_pd(ab, cd), _mm256_unpackhi_pd(ab, cd));
    return _mm256_permute4x64_pd(one, 0xd8);
  }
  static void storeQuad(Quad sums, double* p) { _mm256_storeu_pd(p, sums); }
  static Register fromQuads(const Quad (&q)[1]) { return {q[0]}; }

private:
  static __m256i first(size_t count) {
    const __m256i lanes = _mm256_setr_epi64x(0, 1, 2, 3);
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)count), lanes);
  }
};

} // namespace
} // namespace downhill
