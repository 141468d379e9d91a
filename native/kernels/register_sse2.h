/// @file
/// One 128-bit register of baseline x86-64 (SSE2): no fused multiply-add, no masked access.
#pragma once

#include <emmintrin.h>
#include <stddef.h>

namespace downhill {
namespace {

/// Virtual vectors at once: 16 registers, four for each.
struct Sse2Tiles {
  static constexpr size_t gemvRows = 2;
  static constexpr size_t passVectors = 2;
  static constexpr size_t gemmSamples = 2;
  static constexpr size_t gemmRows = 1;
  static constexpr size_t tileRows = 2;
  static constexpr size_t tileVectors = 1;
};

template <class T> struct Register;

template <> struct Register<float> {
  using Element = float;
  static constexpr size_t width = 4;
  static constexpr bool fusesMultiplyAdd = false;
  static constexpr bool sumsFour = false;
  using Tiles = Sse2Tiles;
  __m128 v;

  static Register broadcast(float value) { return {_mm_set1_ps(value)}; }
  static Register load(const float* p) { return {_mm_loadu_ps(p)}; }
  static Register loadPartial(const float* p, size_t count) {
    float lanes[width] = {0, 0, 0, 0};
    for (size_t i = 0; i < count; i++) lanes[i] = p[i];
    return load(lanes);
  }
  void store(float* p) const { _mm_storeu_ps(p, v); }
  void storePartial(float* p, size_t count) const {
    float lanes[width];
    store(lanes);
    for (size_t i = 0; i < count; i++) p[i] = lanes[i];
  }

  friend Register operator+(Register a, Register b) { return {_mm_add_ps(a.v, b.v)}; }
  friend Register operator-(Register a, Register b) { return {_mm_sub_ps(a.v, b.v)}; }
  friend Register operator*(Register a, Register b) { return {_mm_mul_ps(a.v, b.v)}; }
  friend Register operator/(Register a, Register b) { return {_mm_div_ps(a.v, b.v)}; }
  static Register ifGreater(Register a, Register b, Register yes, Register no) {
    const __m128 mask = _mm_cmpgt_ps(a.v, b.v);
    return {_mm_or_ps(_mm_and_ps(mask, yes.v), _mm_andnot_ps(mask, no.v))};
  }
  Register magnitude() const { return {_mm_andnot_ps(_mm_set1_ps(-0.0f), v)}; }
  Register squareRoot() const { return {_mm_sqrt_ps(v)}; }
  Register withSignOf(Register s) const { return {_mm_or_ps(magnitude().v, _mm_and_ps(_mm_set1_ps(-0.0f), s.v))}; }
  Register toExponent() const { return {_mm_castsi128_ps(_mm_slli_epi32(_mm_castps_si128(v), 23))}; }
  /// (l0 + l2) + (l1 + l3)
  float sum() const {
    const __m128 pairs = _mm_add_ps(v, _mm_movehl_ps(v, v));
    return _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps(pairs, pairs, 1)));
  }
};

template <> struct Register<double> {
  using Element = double;
  static constexpr size_t width = 2;
  static constexpr bool fusesMultiplyAdd = false;
  static constexpr bool sumsFour = false;
  using Tiles = Sse2Tiles;
  __m128d v;

  static Register broadcast(double value) { return {_mm_set1_pd(value)}; }
  static Register load(const double* p) { return {_mm_loadu_pd(p)}; }
  static Register loadPartial(const double* p, size_t) { return {_mm_load_sd(p)}; }
  void store(double* p) const { _mm_storeu_pd(p, v); }
  void storePartial(double* p, size_t) const { _mm_store_sd(p, v); }

  friend Register operator+(Register a, Register b) { return {_mm_add_pd(a.v, b.v)}; }
  friend Register operator-(Register a, Register b) { return {_mm_sub_pd(a.v, b.v)}; }
  friend Register operator*(Register a, Register b) { return {_mm_mul_pd(a.v, b.v)}; }
  friend Register operator/(Register a, Register b) { return {_mm_div_pd(a.v, b.v)}; }
  static Register ifGreater(Register a, Register b, Register yes, Register no) {
    const __m128d mask = _mm_cmpgt_pd(a.v, b.v);
    return {_mm_or_pd(_mm_and_pd(mask, yes.v), _mm_andnot_pd(mask, no.v))};
  }
  Register magnitude() const { return {_mm_andnot_pd(_mm_set1_pd(-0.0), v)}; }
  Register squareRoot() const { return {_mm_sqrt_pd(v)}; }
  Register withSignOf(Register s) const { return {_mm_or_pd(magnitude().v, _mm_and_pd(_mm_set1_pd(-0.0), s.v))}; }
  Register toExponent() const { return {_mm_castsi128_pd(_mm_slli_epi64(_mm_castpd_si128(v), 52))}; }
  /// l0 + l1
  double sum() const { return _mm_cvtsd_f64(_mm_add_sd(v, _mm_unpackhi_pd(v, v))); }
};

} // namespace
} // namespace downhill
