// What this machine can do at most: multiply-adds of float32 or float64, and reading from a level of its caches.
//
//   limits fma32|fma64|read THREADS [BYTES]
//
// BYTES is how much all threads read together, over and over. Speaks the protocol of the bench's contenders: JSON lines
// on standard input and output; a unit is a floating-point operation or a byte.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

template <typename Element, int Bytes> struct VectorOf {
  typedef Element Type __attribute__((vector_size(Bytes)));
};

// Tells the compiler that the value is used and may have changed: nothing is moved out of a loop past it.
template <typename Value> void keep(Value& value) { asm volatile("" : "+m"(value) : : "memory"); }

// Does a piece of work of about a tenth of a millisecond and returns its units.
using Work = std::function<double()>;

// As many independent chains of multiply-adds as hide the latency of one.
template <typename Element, int Bytes, int Chains> double multiplyAdd() {
  using Vector = typename VectorOf<Element, Bytes>::Type;
  constexpr int kRounds = 4096;
  Vector factor{}, term{}, sums[Chains];
  for (int lane = 0; lane < int(Bytes / sizeof(Element)); lane++) {
    factor[lane] = Element(0.5);
    term[lane] = Element(1);
  }
  keep(factor);
  keep(term);
  for (int chain = 0; chain < Chains; chain++) sums[chain] = term;
  const Vector f = factor, t = term;
  for (int round = 0; round < kRounds; round++) {
#pragma GCC unroll 32
    for (int chain = 0; chain < Chains; chain++) sums[chain] = sums[chain] * f + t;
  }
  Vector total = sums[0];
  for (int chain = 1; chain < Chains; chain++) total += sums[chain];
  keep(total);
  return 2.0 * kRounds * Chains * (Bytes / sizeof(Element));
}

// Memory of one thread, aligned to cache lines and touched, so that it is there.
class Buffer {
public:
  explicit Buffer(std::size_t bytes)
      : bytes_(std::max<std::size_t>(kStep, bytes / kStep * kStep)),
        memory_(static_cast<char*>(std::aligned_alloc(kStep, bytes_)), std::free) {
    if (memory_) std::fill_n(memory_.get(), bytes_, 1);
  }
  const char* data() const { return memory_.get(); }
  std::size_t bytes() const { return bytes_; }

  static constexpr std::size_t kStep = 4096;

private:
  std::size_t bytes_;
  std::unique_ptr<char, void (*)(void*)> memory_;
};

// Reads the buffer from front to back, small ones again and again.
template <int Bytes> double readAll(const Buffer& buffer) {
  using Vector = typename VectorOf<std::uint64_t, Bytes>::Type;
  constexpr int kChains = 8;
  const std::size_t passes = std::max<std::size_t>(1, (std::size_t{1} << 20) / buffer.bytes());
  Vector sums[kChains] = {};
  for (std::size_t pass = 0; pass < passes; pass++) {
    const char* from = buffer.data();
    asm volatile("" : "+r"(from) : : "memory");
    for (std::size_t at = 0; at < buffer.bytes(); at += kChains * Bytes) {
#pragma GCC unroll 8
      for (int chain = 0; chain < kChains; chain++) {
        sums[chain] ^= *reinterpret_cast<const Vector*>(from + at + chain * Bytes);
      }
    }
  }
  // One value is kept, not the array: what an address was taken of is stored at every step.
  Vector total = sums[0];
  for (int chain = 1; chain < kChains; chain++) total ^= sums[chain];
  keep(total);
  return double(passes) * double(buffer.bytes());
}

struct Sample {
  double units;
  double seconds;
};

// All threads start together and work until the time is over; the slowest one's clock counts.
Sample measure(const std::vector<Work>& works, double seconds) {
  std::vector<Sample> samples(works.size());
  std::atomic<int> missing{int(works.size())};
  const auto run = [&](std::size_t i) {
    missing--;
    while (missing > 0) std::this_thread::yield();
    const auto start = Clock::now();
    Sample& sample = samples[i];
    sample.units = 0;
    do {
      sample.units += works[i]();
      sample.seconds = secondsSince(start);
    } while (sample.seconds < seconds);
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < works.size(); i++) threads.emplace_back(run, i);
  run(0);
  for (auto& thread : threads) thread.join();
  Sample total{0, 0};
  for (const auto& sample : samples) {
    total.units += sample.units;
    total.seconds = std::max(total.seconds, sample.seconds);
  }
  return total;
}

// A way to do the same for every thread.
using Way = std::vector<Work>;

template <typename Element> std::vector<Way> waysToMultiply(int threads) {
  const Work works[] = {
      multiplyAdd<Element, 16, 12>, multiplyAdd<Element, 16, 24>, multiplyAdd<Element, 32, 12>,
      multiplyAdd<Element, 32, 24>, multiplyAdd<Element, 64, 12>, multiplyAdd<Element, 64, 24>,
  };
  std::vector<Way> ways;
  for (const auto& work : works) ways.emplace_back(threads, work);
  return ways;
}

std::vector<Way> waysToRead(int threads, std::size_t bytes) {
  std::vector<Way> ways(3);
  for (int i = 0; i < threads; i++) {
    const auto buffer = std::make_shared<Buffer>(bytes / threads);
    if (!buffer->data()) {
      std::fprintf(stderr, "limits: no memory for %zu bytes\n", buffer->bytes());
      std::exit(1);
    }
    ways[0].push_back([buffer] { return readAll<16>(*buffer); });
    ways[1].push_back([buffer] { return readAll<32>(*buffer); });
    ways[2].push_back([buffer] { return readAll<64>(*buffer); });
  }
  return ways;
}

// Vectors wider than the registers, or more chains than registers, only cost: the fastest way is the machine's limit.
Way fastest(const std::vector<Way>& ways) {
  const Way* best = nullptr;
  double most = 0;
  for (int attempt = 0; attempt < 3; attempt++) {
    for (const auto& way : ways) {
      const Sample sample = measure(way, 0.01);
      const double rate = sample.units / sample.seconds;
      if (rate > most) {
        most = rate;
        best = &way;
      }
    }
  }
  return *best;
}

void serve(const std::vector<Way>& ways) {
  const auto has = [](const std::string& line, const char* text) { return line.find(text) != std::string::npos; };
  Way way;
  for (std::string line; std::getline(std::cin, line);) {
    if (has(line, "\"end\"")) return;
    if (has(line, "\"prepare\"")) {
      way = fastest(ways);
      std::cout << R"({"reply":"ready","name":"limits","version":"","how":""})" << std::endl;
    } else if (has(line, "\"sample\"")) {
      const auto at = line.find("\"seconds\":");
      const double seconds = at == std::string::npos ? 0.1 : std::atof(line.c_str() + at + 10);
      const Sample sample = measure(way, seconds);
      std::printf("{\"reply\":\"sample\",\"units\":%.17g,\"seconds\":%.17g}\n", sample.units, sample.seconds);
      std::fflush(stdout);
    }
  }
}

} // namespace

int main(int count, char** words) {
  const std::string kind = count > 1 ? words[1] : "";
  const int threads = count > 2 ? std::atoi(words[2]) : 0;
  const long long bytes = count > 3 ? std::atoll(words[3]) : 0;
  if (threads < 1 || !(kind == "fma32" || kind == "fma64" || (kind == "read" && bytes > 0))) {
    std::fprintf(stderr, "usage: limits fma32|fma64|read THREADS [BYTES]\n");
    return 2;
  }
  serve(kind == "fma32"   ? waysToMultiply<float>(threads)
        : kind == "fma64" ? waysToMultiply<double>(threads)
                          : waysToRead(threads, std::size_t(bytes)));
  return 0;
}
