/// @file
/// The steps of the optimizers, against their formulas in a wider type.
#include <cmath>

#include "draws.h"
#include "kernel_case.h"

using downhill::KernelTable;
using downhill::StepConstants;

namespace {

using Wide = long double;

template <class T> StepConstants<T> constants() {
  return {T(-0.01), T(0.125), T(0.03), T(0.997), T(0.9), T(0.1), T(0.99), T(0.01), T(1.5), T(1e-3)};
}

/// One weight with what belongs to it, before a step and after it; the sizes of what is added up lie beside it.
struct Stepped {
  Expected w;
  Expected first;
  Expected second;
};

struct Before {
  Wide w;
  Wide g;
  Wide first;
  Wide second;
};

Expected sum(Wide a, Wide b) { return {a + b, std::fabs(a) + std::fabs(b)}; }
Expected plus(Wide a, Wide factor, const Expected& b) {
  return {a + factor * b.value, std::fabs(a) + std::fabs(factor) * b.size};
}

template <class T> struct Formulas {
  StepConstants<T> c = constants<T>();
  Wide rate = c.rate;

  Expected decayed(const Before& b) const {
    return sum(static_cast<Wide>(c.gradientScale) * b.g, static_cast<Wide>(c.decay) * b.w);
  }
  Stepped sgd(const Before& b) const { return {plus(b.w, rate, decayed(b)), {}, {}}; }
  Stepped momentum(const Before& b) const {
    const Expected velocity = plus(c.firstDecay * b.first, 1, decayed(b));
    return {plus(b.w, rate, velocity), velocity, {}};
  }
  Stepped nesterov(const Before& b) const {
    const Expected g = decayed(b), velocity = plus(c.firstDecay * b.first, 1, g);
    const Expected ahead{c.firstDecay * velocity.value + g.value, c.firstDecay * velocity.size + g.size};
    return {plus(b.w, rate, ahead), velocity, {}};
  }
  Stepped rmsprop(const Before& b) const {
    const Expected g = decayed(b);
    const Expected square = plus(c.firstDecay * b.first, c.firstShare, {g.value * g.value, g.size * g.size});
    const Wide root = std::sqrt(square.value) + c.epsilon;
    return {plus(b.w, rate, {g.value / root, g.size / root}), square, {}};
  }
  Stepped adam(const Before& b) const {
    const Wide g = c.gradientScale * b.g;
    const Expected difference = sum(g, -b.first), mean = plus(b.first, c.firstShare, difference);
    const Expected square = sum(c.secondDecay * b.second, c.secondShare * g * g);
    const Wide divisor = std::sqrt(square.value) * c.rootScale + c.epsilon;
    return {plus(c.keep * b.w, rate, {mean.value / divisor, mean.size / divisor}), mean, square};
  }
};

/// The operands w, g, first and second of a step over `count` values; only the slots it has are given to it.
template <class T> struct Steps {
  std::size_t count;
  bool isExtreme;
  std::vector<T> w, g, first, second;

  Steps(std::size_t n, bool extreme) : count(n), isExtreme(extreme) {
    Draws draws(n + 3);
    const auto draw = [&](double low) { return extreme ? draws.extremes<T>(n) : draws.vector<T>(n, low, 1); };
    w = draw(-1);
    g = draw(-1);
    first = draw(0.01);
    second = draw(0.01);
  }

  template <class F> void check(const char* name, std::size_t slots, F formula,
                                std::function<void(const KernelTable<T>&, T* const*)> call) const {
    std::vector<Expected> ofW, ofFirst, ofSecond;
    for (std::size_t i = 0; i < count && !isExtreme; i++) {
      const Stepped stepped = formula(Before{w[i], g[i], first[i], second[i]});
      ofW.push_back(stepped.w);
      ofFirst.push_back(stepped.first);
      ofSecond.push_back(stepped.second);
    }
    std::vector<Operand<T>> operands{output(w, ofW), input(g)};
    if (slots > 0) operands.push_back(output(first, ofFirst));
    if (slots > 1) operands.push_back(output(second, ofSecond));
    checkCase<T>({name, std::to_string(count) + (isExtreme ? " extremes" : " values"), operands, call});
  }
};

template <class T> void checkSteps() {
  constexpr std::size_t lanes = 64 / sizeof(T);
  const Formulas<T> f;
  const StepConstants<T> c = constants<T>();
  using K = KernelTable<T>;
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{3}, lanes / 2 + 1, lanes - 1, lanes,
                              lanes + 1, 2 * lanes, 3 * lanes + 7}) {
    for (const bool isExtreme : {false, true}) {
      const Steps<T> s(n, isExtreme);
      s.check(
          "sgdStep", 0, [&](const Before& b) { return f.sgd(b); },
          [&](const K& k, T* const* at) { k.sgdStep(at[0], at[1], n, c); });
      s.check(
          "momentumStep", 1, [&](const Before& b) { return f.momentum(b); },
          [&](const K& k, T* const* at) { k.momentumStep(at[0], at[1], at[2], n, c); });
      s.check(
          "nesterovStep", 1, [&](const Before& b) { return f.nesterov(b); },
          [&](const K& k, T* const* at) { k.nesterovStep(at[0], at[1], at[2], n, c); });
      s.check(
          "rmspropStep", 1, [&](const Before& b) { return f.rmsprop(b); },
          [&](const K& k, T* const* at) { k.rmspropStep(at[0], at[1], at[2], n, c); });
      s.check(
          "adamStep", 2, [&](const Before& b) { return f.adam(b); },
          [&](const K& k, T* const* at) { k.adamStep(at[0], at[1], at[2], at[3], n, c); });
    }
  }
}

} // namespace

TEST(stepsOfOptimizers) {
  checkSteps<float>();
  checkSteps<double>();
}
