#include "dispatch.h"

#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)
#define DOWNHILL_X86_64
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace downhill {
namespace {

#ifdef DOWNHILL_X86_64

struct CpuidResult {
  uint32_t eax, ebx, ecx, edx;
};

CpuidResult cpuid(uint32_t leaf, uint32_t subleaf) {
#if defined(_MSC_VER)
  int r[4];
  __cpuidex(r, static_cast<int>(leaf), static_cast<int>(subleaf));
  return {static_cast<uint32_t>(r[0]), static_cast<uint32_t>(r[1]), static_cast<uint32_t>(r[2]),
          static_cast<uint32_t>(r[3])};
#else
  CpuidResult r{};
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
#endif
}

/// Register state that the operating system saves on a context switch.
uint64_t enabledState() {
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t{high} << 32) | low;
#endif
}

constexpr bool has(uint64_t bits, uint64_t wanted) { return (bits & wanted) == wanted; }

// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, CPUID; volume 1, chapter 13 (XCR0).
constexpr uint32_t kFma = 1u << 12, kOsxsave = 1u << 27, kAvx = 1u << 28; // leaf 1, ecx
constexpr uint32_t kAvx2 = 1u << 5, kAvx512F = 1u << 16;                  // leaf 7, ebx
constexpr uint64_t kYmmState = 0x06, kZmmState = 0xe6;

void addX86Sets(InstructionSets& usable) {
  if (cpuid(0, 0).eax < 7) return;
  const uint32_t features = cpuid(1, 0).ecx;
  if (!has(features, kOsxsave | kAvx | kFma)) return;
  const uint64_t state = enabledState();
  const uint32_t extended = cpuid(7, 0).ebx;
  if (!has(state, kYmmState) || !has(extended, kAvx2)) return;
  if (has(state, kZmmState) && has(extended, kAvx512F)) {
    usable.sets[usable.count++] = {"avx512", &kAvx512Kernels};
  }
  usable.sets[usable.count++] = {"avx2", &kAvx2Kernels};
}

#endif

InstructionSets detect() {
  InstructionSets usable{};
#if defined(DOWNHILL_X86_64)
  addX86Sets(usable);
#elif defined(__aarch64__) || defined(_M_ARM64)
  usable.sets[usable.count++] = {"neon", &kNeonKernels};
#endif
  usable.sets[usable.count++] = {"baseline", &kBaselineKernels};
  return usable;
}

/// Found out while the binary is loaded, so that no thread can come too early.
const InstructionSets kUsable = detect();

} // namespace

const InstructionSets& usableInstructionSets() { return kUsable; }

} // namespace downhill
