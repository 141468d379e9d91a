/// @file
/// The kernels that go along vectors, against plain formulas in a wider type.
#include <cmath>

#include "draws.h"
#include "kernel_case.h"

using downhill::Activation;
using downhill::Derivative;
using downhill::KernelTable;
using downhill::StepConstants;

namespace {

using Wide = long double;

/// Everything up to two vectors and a bit, and a longer one.
template <class T> std::vector<std::size_t> lengths() {
  constexpr std::size_t lanes = 64 / sizeof(T);
  std::vector<std::size_t> all;
  for (std::size_t count = 0; count <= 2 * lanes + 3; count++) all.push_back(count);
  all.push_back(9 * lanes + 5);
  return all;
}

/// A result whose error is in proportion to itself.
Expected ofResult(Wide value) { return {value, std::fabs(value)}; }

template <class T, class F> std::vector<Expected> each(const std::vector<T>& values, F valueAt) {
  std::vector<Expected> expected;
  for (std::size_t i = 0; i < values.size(); i++) expected.push_back(valueAt(i));
  return expected;
}

std::string textOf(std::size_t count, const char* kind) { return std::to_string(count) + " values, " + kind; }

template <class T> struct ActivationEntry {
  const char* name;
  Activation<T>* KernelTable<T>::*kernel;
  T parameter;
  Wide (*formula)(Wide z, T parameter);
};

/// The product of slope and z is rounded before anything is made of it.
template <class T> Wide sigmoidOf(Wide z, T slope) {
  return 1 / (1 + std::exp(-static_cast<Wide>(static_cast<T>(slope * static_cast<T>(z)))));
}
template <class T> Wide tanhOf(Wide z, T) { return std::tanh(z); }
template <class T> Wide linearOf(Wide z, T) { return z; }
template <class T> Wide reluOf(Wide z, T) { return z > 0 ? z : 0; }
template <class T> Wide leakyReluOf(Wide z, T alpha) {
  return z > 0 ? z : static_cast<Wide>(static_cast<T>(alpha * static_cast<T>(z)));
}

template <class T>
void checkActivation(const ActivationEntry<T>& entry, const std::vector<T>& z, const char* kind, bool hasFormula) {
  const auto valueAt = [&](std::size_t i) { return ofResult(entry.formula(z[i], entry.parameter)); };
  const std::vector<Expected> expected = hasFormula ? each(z, valueAt) : std::vector<Expected>{};
  const auto call = [&](const KernelTable<T>& k, const T* from, T* to) {
    (k.*entry.kernel)(from, to, z.size(), entry.parameter);
  };
  const std::string text = textOf(z.size(), kind);
  checkCase<T>(
      {entry.name, text, {input(z), result<T>(z.size(), expected)}, [&](const KernelTable<T>& k, T* const* at) {
         call(k, at[0], at[1]);
       }});
  checkCase<T>({entry.name, text + ", in place", {output(z, expected)}, [&](const KernelTable<T>& k, T* const* at) {
                  call(k, at[0], at[0]);
                }});
}

template <class T> void checkActivations() {
  const ActivationEntry<T> entries[] = {
      {"linear", &KernelTable<T>::linear, T(1), linearOf<T>},
      {"sigmoid", &KernelTable<T>::sigmoid, T(0.75), sigmoidOf<T>},
      {"tanh", &KernelTable<T>::tanh, T(1), tanhOf<T>},
      {"relu", &KernelTable<T>::relu, T(1), reluOf<T>},
      {"leakyRelu", &KernelTable<T>::leakyRelu, T(0.1), leakyReluOf<T>},
  };
  for (const ActivationEntry<T>& entry : entries) {
    for (const std::size_t count : lengths<T>()) {
      Draws draws(count + 1);
      checkActivation(entry, draws.vector<T>(count, -30, 30), "ordinary", true);
      checkActivation(entry, draws.extremes<T>(count), "extremes", false);
    }
  }
}

template <class T> void checkSoftmax() {
  for (const std::size_t count : lengths<T>()) {
    Draws draws(count + 5);
    const std::vector<T> z = draws.vector<T>(count, -2, 2);
    Wide total = 0;
    for (const T value : z) total += std::exp(static_cast<Wide>(value));
    const std::vector<Expected> expected =
        each(z, [&](std::size_t i) { return ofResult(std::exp(static_cast<Wide>(z[i])) / total); });
    const auto softmax = [&](const KernelTable<T>& k, T* const* at) { k.softmax(at[0], at[1], count, T(1)); };
    checkCase<T>({"softmax", textOf(count, "ordinary"), {input(z), result<T>(count, expected)}, softmax});
    checkCase<T>(
        {"softmax", textOf(count, "extremes"), {input(draws.extremes<T>(count)), result<T>(count, {})}, softmax});
  }
}

template <class T> struct DerivativeEntry {
  const char* name;
  Derivative<T>* KernelTable<T>::*kernel;
  T parameter;
  Wide (*formula)(Wide x, Wide s, Wide parameter);
};

template <class T> void checkDerivatives() {
  const DerivativeEntry<T> entries[] = {
      {"linearDerivative", &KernelTable<T>::linearDerivative, T(1), [](Wide, Wide s, Wide) { return s; }},
      {"sigmoidDerivative", &KernelTable<T>::sigmoidDerivative, T(0.75),
       [](Wide x, Wide s, Wide slope) { return s * slope * x * (1 - x); }},
      {"tanhDerivative", &KernelTable<T>::tanhDerivative, T(1),
       [](Wide x, Wide s, Wide) { return s * (1 - x) * (1 + x); }},
      {"reluDerivative", &KernelTable<T>::reluDerivative, T(1), [](Wide x, Wide s, Wide) { return x > 0 ? s : 0; }},
      {"leakyReluDerivative", &KernelTable<T>::leakyReluDerivative, T(0.125),
       [](Wide x, Wide s, Wide alpha) { return x > 0 ? s : alpha * s; }},
  };
  for (const DerivativeEntry<T>& entry : entries) {
    for (const std::size_t count : lengths<T>()) {
      Draws draws(count + 9);
      for (const bool isExtreme : {false, true}) {
        const std::vector<T> x = isExtreme ? draws.extremes<T>(count) : draws.vector<T>(count);
        const std::vector<T> s = isExtreme ? draws.extremes<T>(count) : draws.vector<T>(count);
        const auto valueAt = [&](std::size_t i) { return ofResult(entry.formula(x[i], s[i], entry.parameter)); };
        const std::vector<Expected> expected = isExtreme ? std::vector<Expected>{} : each(x, valueAt);
        const auto kernel = entry.kernel;
        const T parameter = entry.parameter;
        const std::string text = textOf(count, isExtreme ? "extremes" : "ordinary");
        checkCase<T>(
            {entry.name,
             text,
             {input(x), input(s), result<T>(count, expected)},
             [&](const KernelTable<T>& k, T* const* at) { (k.*kernel)(at[0], at[1], at[2], count, parameter); }});
        checkCase<T>(
            {entry.name,
             text + ", in place",
             {input(x), output(s, expected)},
             [&](const KernelTable<T>& k, T* const* at) { (k.*kernel)(at[0], at[1], at[1], count, parameter); }});
      }
    }
  }
}

template <class T> void checkSums() {
  for (const std::size_t count : lengths<T>()) {
    Draws draws(count + 13);
    for (const bool isExtreme : {false, true}) {
      const std::vector<T> x = isExtreme ? draws.extremes<T>(count) : draws.vector<T>(count);
      const std::vector<T> out = draws.vector<T>(count);
      const T scale = T(-0.3);
      const auto scaled = [&](std::size_t i) {
        const Wide term = static_cast<Wide>(scale) * static_cast<Wide>(x[i]);
        return Expected{static_cast<Wide>(out[i]) + term, std::fabs(static_cast<Wide>(out[i])) + std::fabs(term)};
      };
      Wide squares = 0;
      for (const T value : x) squares += static_cast<Wide>(value) * static_cast<Wide>(value);
      using Many = std::vector<Expected>;
      const std::string text = textOf(count, isExtreme ? "extremes" : "ordinary");
      checkCase<T>({"addScaled",
                    text,
                    {input(x), output(out, isExtreme ? Many{} : each(x, scaled))},
                    [&](const KernelTable<T>& k, T* const* at) { k.addScaled(at[0], at[1], count, scale); }});
      checkCase<T>({"sumSquares",
                    text,
                    {input(x), result<T>(1, isExtreme ? Many{} : Many{ofResult(squares)})},
                    [&](const KernelTable<T>& k, T* const* at) { k.sumSquares(at[0], at[1], count); }});
    }
  }
}

/// A value that is not finite is found wherever it stands.
template <class T> void checkFinite() {
  using Limits = std::numeric_limits<T>;
  for (const std::size_t count : lengths<T>()) {
    const check::Doing doing(textOf(count, "one of them not finite"));
    Draws draws(count + 17);
    const std::vector<T> finite = draws.vector<T>(count, -1, 1);
    for (const Place place : kPlaces) {
      for (std::size_t bad = 0; bad <= count; bad++) {
        std::vector<T> values = finite;
        const T odd[] = {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()};
        if (bad < count) values[bad] = odd[bad % 3];
        for (const Variant<T>& variant : everyVariant<T>()) {
          Guarded<T> from(values, place), to(std::vector<T>(count), place);
          CHECK(variant.kernels->areFinite(from.data(), count) == (bad == count));
          CHECK(variant.kernels->copyFinite(from.data(), to.data(), count) == (bad == count));
          CHECK(areSameBits(to.values(), values) && from.isIntact() && to.isIntact());
        }
      }
    }
  }
}

} // namespace

TEST(activations) {
  checkActivations<float>();
  checkActivations<double>();
  checkSoftmax<float>();
  checkSoftmax<double>();
}

TEST(derivatives) {
  checkDerivatives<float>();
  checkDerivatives<double>();
}

TEST(sumsAlongVectors) {
  checkSums<float>();
  checkSums<double>();
}

TEST(valuesThatAreNotFinite) {
  checkFinite<float>();
  checkFinite<double>();
}
