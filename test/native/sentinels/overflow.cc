/// @file
/// A read beyond an array on the heap: AddressSanitizer has to see it.
#include <cstdio>
#include <cstdlib>

int main(int count, char**) {
  int* values = static_cast<int*>(std::calloc(4, sizeof(int)));
  std::printf("%d\n", values[3 + count]);
  std::free(values);
  return 0;
}
