/// @file
/// Which instruction sets this binary holds and this machine can run.
#pragma once

#include <cstddef>

#include "kernels/table.h"

namespace downhill {

/// One instruction set: its name as DOWNHILL_ISA spells it, and its kernels.
struct InstructionSet {
  const char* name;
  const KernelTables* kernels;
};

/// The instruction sets that this machine can run, the best first; the last one is the baseline.
struct InstructionSets {
  static constexpr std::size_t capacity = 4;
  InstructionSet sets[capacity];
  std::size_t count;
};

/// Asks the processor (CPUID) and the operating system (XGETBV) once.
const InstructionSets& usableInstructionSets();

} // namespace downhill
