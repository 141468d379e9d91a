/// @file
/// Two threads write one number without a lock: ThreadSanitizer has to see it.
#include <cstdio>
#include <thread>

int main() {
  int sum = 0;
  const auto count = [&] {
    for (int i = 0; i < 1000; i++) sum++;
  };
  std::thread other(count);
  count();
  other.join();
  std::printf("%d\n", sum);
  return 0;
}
