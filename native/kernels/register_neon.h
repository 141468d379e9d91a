/// @file
/// One 128-bit register of AArch64's Advanced SIMD (NEON), which always has fused multiply-add.
#pragma once

#include <arm_neon.h>
#include <stddef.h>

namespace downhill {
namespace {

/// Virtual vectors at once: 32 registers, four for each.
struct NeonTiles {
  static constexpr size_t gemvRows = 4;
  static constexpr size_t passVectors = 3;
  static constexpr size_t gemmSamples = 3;
  static constexpr size_t gemmRows = 2;
  static constexpr size_t tileRows = 6;
  static constexpr size_t tileVectors = 1;
};

template <class T> struct Register;

template <> struct Register<float> {
  using Element = float;
  static constexpr size_t width = 4;
  static constexpr bool fusesMultiplyAdd = true;
  static constexpr bool sumsFour = false;
  using Tiles = NeonTiles;
  float32x4_t v;

  static Register broadcast(float value) { return {vdupq_n_f32(value)}; }
  static Register load(const float* p) { return {vld1q_f32(p)}; }
  static Register loadPartial(const float* p, size_t count) {
    float lanes[width] = {0, 0, 0, 0};
    for (size_t i = 0; i < count; i++) lanes[i] = p[i];
    return load(lanes);
  }
  void store(float* p) const { vst1q_f32(p, v); }
  void storePartial(float* p, size_t count) const {
    float lanes[width];
    store(lanes);
    for (size_t i = 0; i < count; i++) p[i] = lanes[i];
  }

  friend Register operator+(Register a, Register b) { return {vaddq_f32(a.v, b.v)}; }
  friend Register operator-(Register a, Register b) { return {vsubq_f32(a.v, b.v)}; }
  friend Register operator*(Register a, Register b) { return {vmulq_f32(a.v, b.v)}; }
  friend Register operator/(Register a, Register b) { return {vdivq_f32(a.v, b.v)}; }
  static Register fused(Register a, Register b, Register c) { return {vfmaq_f32(c.v, a.v, b.v)}; }
  static Register ifGreater(Register a, Register b, Register yes, Register no) {
    return {vbslq_f32(vcgtq_f32(a.v, b.v), yes.v, no.v)};
  }
  Register magnitude() const { return {vabsq_f32(v)}; }
  Register squareRoot() const { return {vsqrtq_f32(v)}; }
  Register withSignOf(Register s) const { return {vbslq_f32(vdupq_n_u32(0x80000000u), s.v, v)}; }
  Register toExponent() const { return {vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(v), 23))}; }
  /// (l0 + l2) + (l1 + l3)
  float sum() const {
    const float32x2_t pairs = vadd_f32(vget_low_f32(v), vget_high_f32(v));
    return vget_lane_f32(pairs, 0) + vget_lane_f32(pairs, 1);
  }
};

template <> struct Register<double> {
  using Element = double;
  static constexpr size_t width = 2;
  static constexpr bool fusesMultiplyAdd = true;
  static constexpr bool sumsFour = false;
  using Tiles = NeonTiles;
  float64x2_t v;

  static Register broadcast(double value) { return {vdupq_n_f64(value)}; }
  static Register load(const double* p) { return {vld1q_f64(p)}; }
  static Register loadPartial(const double* p, size_t) { return {vsetq_lane_f64(*p, vdupq_n_f64(0), 0)}; }
  void store(double* p) const { vst1q_f64(p, v); }
  void storePartial(double* p, size_t) const { *p = vgetq_lane_f64(v, 0); }

  friend Register operator+(Register a, Register b) { return {vaddq_f64(a.v, b.v)}; }
  friend Register operator-(Register a, Register b) { return {vsubq_f64(a.v, b.v)}; }
  friend Register operator*(Register a, Register b) { return {vmulq_f64(a.v, b.v)}; }
  friend Register operator/(Register a, Register b) { return {vdivq_f64(a.v, b.v)}; }
  static Register fused(Register a, Register b, Register c) { return {vfmaq_f64(c.v, a.v, b.v)}; }
  static Register ifGreater(Register a, Register b, Register yes, Register no) {
    return {vbslq_f64(vcgtq_f64(a.v, b.v), yes.v, no.v)};
  }
  Register magnitude() const { return {vabsq_f64(v)}; }
  Register squareRoot() const { return {vsqrtq_f64(v)}; }
  Register withSignOf(Register s) const { return {vbslq_f64(vdupq_n_u64(0x8000000000000000ull), s.v, v)}; }
  Register toExponent() const { return {vreinterpretq_f64_u64(vshlq_n_u64(vreinterpretq_u64_f64(v), 52))}; }
  /// l0 + l1
  double sum() const { return vgetq_lane_f64(v, 0) + vgetq_lane_f64(v, 1); }
};

} // namespace
} // namespace downhill
