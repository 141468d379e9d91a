/// @file
/// A test runner of one page: tests register themselves; a check that fails is counted, and the test goes on.
#pragma once

#include <string>

namespace check {

/// Adds a test to those that main() runs.
bool add(const char* name, void (*body)());

/// Whether all is well; a failure is printed with what was being done.
bool that(bool holds, const char* text, const char* file, int line);

/// What is being done, for the message of a failure and of a crash.
class Doing {
public:
  explicit Doing(const std::string& what);
  ~Doing();
  Doing(const Doing&) = delete;
  Doing& operator=(const Doing&) = delete;
};

} // namespace check

#define TEST(name)                                                                                                     \
  static void name();                                                                                                  \
  static const bool name##IsAdded = check::add(#name, name);                                                           \
  static void name()

#define CHECK(condition) check::that((condition), #condition, __FILE__, __LINE__)
