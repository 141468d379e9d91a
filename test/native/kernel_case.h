/// @file
/// One call of a kernel, and what it must do wherever its arrays lie, on every instruction set.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "bits.h"
#include "check.h"
#include "guarded.h"
#include "sets.h"
#include "tolerances.h"

/// What a value should be, computed in a wider type, and the size of the terms that it is made of.
struct Expected {
  long double value;
  long double size;
  /// Not to be written: between the rows of a matrix, say.
  bool isKept = false;
};
constexpr Expected kKept{0, 0, true};

template <class T> struct Operand {
  std::vector<T> values;
  /// What the kernel makes of the values; none for an operand that is only read.
  std::vector<Expected> expected;
  bool isWritten = false;
};

template <class T> Operand<T> input(std::vector<T> values) { return {std::move(values), {}, false}; }
/// @param expected empty where only the bits of the instruction sets are compared
template <class T> Operand<T> output(std::vector<T> values, std::vector<Expected> expected) {
  return {std::move(values), std::move(expected), true};
}
/// An array that is only written: a value read from it spoils the result.
template <class T> Operand<T> result(std::size_t count, std::vector<Expected> expected) {
  return output(std::vector<T>(count, std::numeric_limits<T>::quiet_NaN()), std::move(expected));
}

template <class T> struct KernelCase {
  const char* kernel;
  std::string shape;
  std::vector<Operand<T>> operands;
  /// Calls the kernel on the operands, in their order.
  std::function<void(const downhill::KernelTable<T>& kernels, T* const* operands)> call;
};

template <class T> bool isWithin(T actual, T before, const Expected& expected, int epsilons) {
  if (expected.isKept) return areSameBits(actual, before);
  const long double allowed = epsilons * static_cast<long double>(std::numeric_limits<T>::epsilon()) * expected.size +
                              static_cast<long double>(std::numeric_limits<T>::denorm_min());
  const long double difference = static_cast<long double>(actual) - expected.value;
  return epsilons >= 0 && (epsilons == 0 ? difference == 0 : difference <= allowed && -difference <= allowed);
}

template <class T>
void checkOperand(const Operand<T>& operand, const std::vector<T>& actual, const char* kernel, std::size_t number) {
  const check::Doing doing("operand " + std::to_string(number));
  if (!operand.isWritten) {
    CHECK(areSameBits(actual, operand.values));
    return;
  }
  for (std::size_t i = 0; i < operand.expected.size(); i++) {
    if (isWithin(actual[i], operand.values[i], operand.expected[i], epsilonsOf(kernel))) continue;
    const check::Doing at("value " + std::to_string(i) + ": " + std::to_string(actual[i]) + " for " +
                          std::to_string(static_cast<double>(operand.expected[i].value)));
    CHECK(!"within the tolerance");
    return;
  }
  CHECK(operand.expected.empty() || operand.expected.size() == operand.values.size());
}

/// One run. @return all operands as the kernel left them, one behind the other
template <class T>
std::vector<T> runCase(const KernelCase<T>& given, const downhill::KernelTable<T>& kernels, Place place) {
  std::vector<std::unique_ptr<Guarded<T>>> arrays;
  std::vector<T*> pointers;
  for (const Operand<T>& operand : given.operands) {
    arrays.emplace_back(new Guarded<T>(operand.values, place));
    pointers.push_back(arrays.back()->data());
  }
  given.call(kernels, pointers.data());
  std::vector<T> all;
  for (std::size_t i = 0; i < arrays.size(); i++) {
    CHECK(arrays[i]->isIntact());
    const std::vector<T> values = arrays[i]->values();
    checkOperand(given.operands[i], values, given.kernel, i);
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

/// Runs the kernel on every instruction set, in both arithmetics, and wherever arrays may lie: nothing beside them is
/// touched, the results are what they should be, and those of one promise have the same bits.
template <class T> void checkCase(const KernelCase<T>& given) {
  const check::Doing doing(std::string(given.kernel) + (sizeof(T) == 4 ? " float32 " : " float64 ") + given.shape);
  std::vector<T> ofPromise[2];
  bool isFirst[2] = {true, true};
  for (const Variant<T>& variant : everyVariant<T>()) {
    for (const Place place : kPlaces) {
      const check::Doing running(variant.name + ", arrays " + nameOf(place));
      std::vector<T> results = runCase(given, *variant.kernels, place);
      if (isFirst[variant.fuses]) {
        isFirst[variant.fuses] = false;
        ofPromise[variant.fuses] = std::move(results);
      } else {
        CHECK(areSameBits(results, ofPromise[variant.fuses]));
      }
    }
  }
}
