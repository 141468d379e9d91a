/// @file
/// A signed number that overflows: UndefinedBehaviorSanitizer has to see it.
#include <climits>
#include <cstdio>

int main(int count, char**) {
  const int sum = INT_MAX - 1 + count + count;
  std::printf("%d\n", sum);
  return 0;
}
