/// @file
/// Memory that nobody gives back: LeakSanitizer and valgrind have to see it.
#include <cstdlib>

void* volatile kept;

int main() {
  kept = std::malloc(100);
  kept = nullptr;
  return 0;
}
