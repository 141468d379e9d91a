/// @file
/// A branch on memory that nobody has written: valgrind has to see it.
#include <cstdio>
#include <cstdlib>

int main() {
  int* values = static_cast<int*>(std::malloc(4 * sizeof(int)));
  if (values[2] > 7) std::printf("more than 7\n");
  std::free(values);
  return 0;
}
