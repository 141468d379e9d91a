/// @file
/// The instruction sets that are tested, and which of them promise each other the same bits.
#pragma once

#include <string>
#include <vector>

#include "dispatch.h"

/// Leaves out all that are not named, separated by commas: valgrind, for one, knows no AVX-512.
/// @return false where a name is not that of a usable one
bool chooseSets(const std::string& names);

/// Those that this machine can run, or those chosen.
const std::vector<downhill::InstructionSet>& testedSets();

std::string namesOfSets();

/// The kernels of one set in one arithmetic.
template <class T> struct Variant {
  std::string name;
  const downhill::KernelTable<T>* kernels;
  /// Variants of the same promise give the same bits: those that fuse multiply-adds, and those that round twice. The
  /// baseline cannot fuse.
  bool fuses;
};

template <class T> std::vector<Variant<T>> everyVariant() {
  std::vector<Variant<T>> variants;
  for (const downhill::InstructionSet& set : testedSets()) {
    const bool isBaseline = set.kernels == &downhill::kBaselineKernels;
    variants.push_back({std::string(set.name) + " fast", &set.kernels->of<T>(downhill::kFast), !isBaseline});
    variants.push_back({std::string(set.name) + " reproducible", &set.kernels->of<T>(downhill::kReproducible), false});
  }
  return variants;
}
