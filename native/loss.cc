#include "loss.h"

#include <cstdint>
#include <cstring>

#include "kernels/exponential.h"

namespace downhill {
namespace {

using Scalar = PortableRegister<double>;

double exponentialOf(double x) { return exponential(Scalar{x}).v; }

/// ln x for normal x > 0: x = 2^k m with m in [√½, √2), ln m = 2 artanh s with s = (m − 1) / (m + 1), by its series.
double logarithm(double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  double exponent = static_cast<double>(static_cast<int>(bits >> 52) - 1023);
  bits = (bits & 0x000fffffffffffffull) | 0x3ff0000000000000ull;
  double m;
  std::memcpy(&m, &bits, sizeof m);
  if (m > 1.4142135623730951) {
    m = m * 0.5;
    exponent = exponent + 1;
  }
  const double s = (m - 1) / (m + 1);
  const double square = s * s;
  double series = 0;
  for (int n = 23; n >= 3; n -= 2) series = series * square + 2.0 / n;
  using C = ExponentialConstants<double>;
  return exponent * C::ln2High + (2 * s + (s * square * series + exponent * C::ln2Low));
}

} // namespace

template <class T> double lossOf(LossKind kind, const OutputView<T>& output) {
  double sum = 0;
  switch (kind) {
  case LossKind::squaredError:
    for (std::size_t j = 0; j < output.count; j++) {
      const double difference = static_cast<double>(output.t[j]) - static_cast<double>(output.y[j]);
      sum = sum + difference * difference;
    }
    return sum;
  case LossKind::binaryCrossEntropy:
    // −t ln σ(u) − (1 − t) ln(1 − σ(u)) = max(u, 0) − u t + ln(1 + e^(−|u|))
    for (std::size_t j = 0; j < output.count; j++) {
      const double u = static_cast<double>(static_cast<T>(output.slope * output.z[j]));
      const double positive = u > 0 ? u : 0 * u;
      const double negativeSize = u > 0 ? -u : u;
      const double tail = logarithm(1 + exponentialOf(negativeSize));
      sum = sum + ((positive - u * static_cast<double>(output.t[j])) + tail);
    }
    return sum;
  case LossKind::categoricalCrossEntropy:
  default: {
    // −Σ t ln y = Σ t (ln Σ e^(z − max) + max − z)
    double largest = static_cast<double>(output.z[0]);
    for (std::size_t j = 1; j < output.count; j++) {
      const double z = static_cast<double>(output.z[j]);
      largest = z > largest ? z : largest;
    }
    double total = 0;
    for (std::size_t j = 0; j < output.count; j++) {
      total = total + exponentialOf(static_cast<double>(output.z[j]) - largest);
    }
    const double logTotal = logarithm(total);
    for (std::size_t j = 0; j < output.count; j++) {
      const double below = largest - static_cast<double>(output.z[j]);
      sum = sum + static_cast<double>(output.t[j]) * (logTotal + below);
    }
    return sum;
  }
  }
}

template <class T> void squaredErrorGradient(const OutputView<T>& output, T* out) {
  for (std::size_t j = 0; j < output.count; j++) out[j] = T(-2) * (output.t[j] - output.y[j]);
}

template <class T> void throughSoftmax(const OutputView<T>& output, T* psi) {
  T dot = 0;
  for (std::size_t j = 0; j < output.count; j++) dot = dot + psi[j] * output.y[j];
  for (std::size_t j = 0; j < output.count; j++) psi[j] = output.y[j] * (psi[j] - dot);
}

template <class T> void binaryCrossEntropyPsi(const OutputView<T>& output, T scale, T* psi) {
  for (std::size_t j = 0; j < output.count; j++) psi[j] = scale * (output.y[j] - output.t[j]);
}

template <class T> void categoricalCrossEntropyPsi(const OutputView<T>& output, T* psi) {
  T total = 0;
  for (std::size_t j = 0; j < output.count; j++) total = total + output.t[j];
  for (std::size_t j = 0; j < output.count; j++) psi[j] = output.y[j] * total - output.t[j];
}

#define DOWNHILL_INSTANTIATE(T)                                                                                        \
  template double lossOf<T>(LossKind, const OutputView<T>&);                                                           \
  template void squaredErrorGradient<T>(const OutputView<T>&, T*);                                                     \
  template void throughSoftmax<T>(const OutputView<T>&, T*);                                                           \
  template void binaryCrossEntropyPsi<T>(const OutputView<T>&, T, T*);                                                 \
  template void categoricalCrossEntropyPsi<T>(const OutputView<T>&, T*);
DOWNHILL_INSTANTIATE(float)
DOWNHILL_INSTANTIATE(double)
#undef DOWNHILL_INSTANTIATE

} // namespace downhill
