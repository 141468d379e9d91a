/// @file
/// One 512-bit register of AVX-512. Only the foundation subset (AVX512F) is used.
#pragma once

#include <immintrin.h>
#include <stddef.h>

namespace downhill {
namespace {

/// Virtual vectors at once: 32 registers, one for each.
struct Avx512Tiles {
  static constexpr size_t gemvRows = 4;
  static constexpr size_t passVectors = 12;
  static constexpr size_t gemmSamples = 4;
  static constexpr size_t gemmRows = 4;
  static constexpr size_t tileRows = 4;
  static constexpr size_t tileVectors = 4;
};

template <class T> struct Register;

template <> struct Register<float> {
  using Element = float;
  static constexpr size_t width = 16;
  static constexpr bool fusesMultiplyAdd = true;
  static constexpr bool sumsFour = true;
  using Tiles = Avx512Tiles;
  using Quad = __m128;
  __m512 v;

  static Register broadcast(float value) { return {_mm512_set1_ps(value)}; }
  static Register load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static Register loadPartial(const float* p, size_t count) { return {_mm512_maskz_loadu_ps(first(count), p)}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  void storePartial(float* p, size_t count) const { _mm512_mask_storeu_ps(p, first(count), v); }

  friend Register operator+(Register a, Register b) { return {_mm512_add_ps(a.v, b.v)}; }
  friend Register operator-(Register a, Register b) { return {_mm512_sub_ps(a.v, b.v)}; }
  friend Register operator*(Register a, Register b) { return {_mm512_mul_ps(a.v, b.v)}; }
  friend Register operator/(Register a, Register b) { return {_mm512_div_ps(a.v, b.v)}; }
  static Register fused(Register a, Register b, Register c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
  static Register ifGreater(Register a, Register b, Register yes, Register no) {
    return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ), no.v, yes.v)};
  }
  Register magnitude() const { return fromBits(_mm512_andnot_si512(sign(), bits())); }
  Register squareRoot() const { return {_mm512_sqrt_ps(v)}; }
  Register withSignOf(Register s) const {
    return fromBits(_mm512_or_si512(_mm512_andnot_si512(sign(), bits()), _mm512_and_si512(sign(), s.bits())));
  }
  Register toExponent() const { return fromBits(_mm512_slli_epi32(bits(), 23)); }
  /// Halves added to halves: lane i to lane i + 8, then i + 4, i + 2, i + 1.
  float sum() const {
    const __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1));
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(v), high);
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
  }
  /// The sums of four registers, which share every addition but the first two.
  static Quad sumFour(Register a, Register b, Register c, Register d) {
    const __m512 ab = _mm512_add_ps(_mm512_shuffle_f32x4(a.v, b.v, 0x44), _mm512_shuffle_f32x4(a.v, b.v, 0xee));
    const __m512 cd = _mm512_add_ps(_mm512_shuffle_f32x4(c.v, d.v, 0x44), _mm512_shuffle_f32x4(c.v, d.v, 0xee));
    const __m512 four = _mm512_add_ps(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));
    const __m512 two = _mm512_add_ps(four, _mm512_permute_ps(four, 0x4e));
    const __m512 one = _mm512_add_ps(two, _mm512_permute_ps(two, 0xb1));
    const __m512i firsts = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    return _mm512_castps512_ps128(_mm512_permutexvar_ps(firsts, one));
  }
  static void storeQuad(Quad sums, float* p) { _mm_storeu_ps(p, sums); }
  static Register fromQuads(const Quad (&q)[4]) {
    const __m512 two = _mm512_insertf32x4(_mm512_castps128_ps512(q[0]), q[1], 1);
    return {_mm512_insertf32x4(_mm512_insertf32x4(two, q[2], 2), q[3], 3)};
  }

private:
  static __mmask16 first(size_t count) { return (__mmask16)((1u << count) - 1u); }
  static __m512i sign() { return _mm512_set1_epi32((int)0x80000000u); }
  __m512i bits() const { return _mm512_castps_si512(v); }
  static Register fromBits(__m512i b) { return {_mm512_castsi512_ps(b)}; }
};

template <> struct Register<double> {
  using Element = double;
  static constexpr size_t width = 8;
  static constexpr bool fusesMultiplyAdd = true;
  static constexpr bool sumsFour = true;
  using Tiles = Avx512Tiles;
  using Quad = __m256d;
  __m512d v;

  static Register broadcast(double value) { return {_mm512_set1_pd(value)}; }
  static Register load(const double* p) { return {_mm512_loadu_pd(p)}; }
  static Register loadPartial(const double* p, size_t count) { return {_mm512_maskz_loadu_pd(first(count), p)}; }
  void store(double* p) const { _mm512_storeu_pd(p, v); }
  void storePartial(double* p, size_t count) const { _mm512_mask_storeu_pd(p, first(count), v); }

  friend Register operator+(Register a, Register b) { return {_mm512_add_pd(a.v, b.v)}; }
  friend Register operator-(Register a, Register b) { return {_mm512_sub_pd(a.v, b.v)}; }
  friend Register operator*(Register a, Register b) { return {_mm512_mul_pd(a.v, b.v)}; }
  friend Register operator/(Register a, Register b) { return {_mm512_div_pd(a.v, b.v)}; }
  static Register fused(Register a, Register b, Register c) { return {_mm512_fmadd_pd(a.v, b.v, c.v)}; }
  static Register ifGreater(Register a, Register b, Register yes, Register no) {
    return {_mm512_mask_blend_pd(_mm512_cmp_pd_mask(a.v, b.v, _CMP_GT_OQ), no.v, yes.v)};
  }
  Register magnitude() const { return fromBits(_mm512_andnot_si512(sign(), bits())); }
  Register squareRoot() const { return {_mm512_sqrt_pd(v)}; }
  Register withSignOf(Register s) const {
    return fromBits(_mm512_or_si512(_mm512_andnot_si512(sign(), bits()), _mm512_and_si512(sign(), s.bits())));
  }
  Register toExponent() const { return fromBits(_mm512_slli_epi64(bits(), 52)); }
  /// Halves added to halves: lane i to lane i + 4, then i + 2, i + 1.
  double sum() const {
    const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(v), _mm512_extractf64x4_pd(v, 1));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }
  /// The sums of four registers, which share every addition but the first two.
  static Quad sumFour(Register a, Register b, Register c, Register d) {
    const __m512d ab = _mm512_add_pd(_mm512_shuffle_f64x2(a.v, b.v, 0x44), _mm512_shuffle_f64x2(a.v, b.v, 0xee));
    const __m512d cd = _mm512_add_pd(_mm512_shuffle_f64x2(c.v, d.v, 0x44), _mm512_shuffle_f64x2(c.v, d.v, 0xee));
    const __m512d two = _mm512_add_pd(_mm512_shuffle_f64x2(ab, cd, 0x88), _mm512_shuffle_f64x2(ab, cd, 0xdd));
    const __m512d one = _mm512_add_pd(two, _mm512_permute_pd(two, 0x55));
    const __m512i firsts = _mm512_setr_epi64(0, 2, 4, 6, 0, 0, 0, 0);
    return _mm512_castpd512_pd256(_mm512_permutexvar_pd(firsts, one));
  }
  static void storeQuad(Quad sums, double* p) { _mm256_storeu_pd(p, sums); }
  static Register fromQuads(const Quad (&q)[2]) { return {_mm512_insertf64x4(_mm512_castpd256_pd512(q[0]), q[1], 1)}; }

private:
  static __mmask8 first(size_t count) { return (__mmask8)((1u << count) - 1u); }
  static __m512i sign() { return _mm512_set1_epi64((long long)0x8000000000000000ull); }
  __m512i bits() const { return _mm512_castpd_si512(v); }
  static Register fromBits(__m512i b) { return {_mm512_castsi512_pd(b)}; }
};

} // namespace
} // namespace downhill
