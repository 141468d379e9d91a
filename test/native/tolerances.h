/// @file
/// How far a kernel may lie from exact results: the tolerances of src/backend/kernel_list.ts, in units of the machine
/// epsilon, of the sum of the terms' sizes or of the result. test/unit/native_tolerances.test.ts compares the two
/// lists.
#pragma once

struct KernelTolerance {
  const char* kernel;
  int epsilons;
};

constexpr KernelTolerance kTolerances[] = {
    {"gemv", 64},
    {"gemvTransposed", 64},
    {"outerProduct", 4},
    {"gemvTransposedUpdate", 64},
    {"sigmoidBackprop", 64},
    {"backpropUpdate", 64},
    {"gemm", 64},
    {"gemmTransposed", 64},
    {"outerProducts", 64},
    {"accumulateOuterProducts", 64},
    {"linear", 0},
    {"sigmoid", 8},
    {"tanh", 8},
    {"relu", 0},
    {"leakyRelu", 0},
    {"softmax", 8},
    {"linearDerivative", 0},
    {"sigmoidDerivative", 4},
    {"tanhDerivative", 4},
    {"reluDerivative", 0},
    {"leakyReluDerivative", 0},
    {"addScaled", 4},
    {"sgdStep", 8},
    {"momentumStep", 8},
    {"nesterovStep", 8},
    {"rmspropStep", 16},
    {"adamStep", 16},
    {"sumSquares", 64},
};

/// @return -1 for a kernel that the list does not have, which nothing is within
constexpr int epsilonsOf(const char* kernel) {
  for (const KernelTolerance& tolerance : kTolerances) {
    const char* a = tolerance.kernel;
    const char* b = kernel;
    while (*a != 0 && *a == *b) a++, b++;
    if (*a == *b) return tolerance.epsilons;
  }
  return -1;
}
