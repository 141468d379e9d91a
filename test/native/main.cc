/// @file
/// native_tests [--sets=avx2,baseline] [NAME …] runs the tests whose names contain one of the arguments, or all;
/// --list and --list-sets print what there is.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <unistd.h>
#include <vector>

#include "check.h"
#include "sets.h"

namespace {

constexpr int kMostPrinted = 20;
constexpr std::size_t kMostDoing = 8;

struct Test {
  const char* name;
  void (*body)();
};

/// A function's own, so that it is there when the first test registers.
std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

std::atomic<int> checks{0};
std::atomic<int> failures{0};
const char* testName = "no test";
std::string doing[kMostDoing];
std::size_t depth = 0;

struct sigaction before[NSIG];

void write(const char* text) {
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) _exit(1);
}

/// Says where it happened, and leaves the rest to who was there before: a sanitizer, or the system. Everything in it
/// may be called from a signal.
void crashed(int signal) {
  write("\ncrashed in ");
  write(testName);
  for (std::size_t i = 0; i < depth && i < kMostDoing; i++) {
    write(" / ");
    write(doing[i].c_str());
  }
  write("\n");
  sigaction(signal, &before[signal], nullptr);
}

void tellCrashes() {
  struct sigaction action {};
  action.sa_handler = crashed;
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) sigaction(signal, &action, &before[signal]);
}

bool isWanted(const char* name, int count, char** words) {
  bool isAny = true;
  for (int i = 1; i < count; i++) {
    if (words[i][0] == '-') continue;
    if (std::strstr(name, words[i])) return true;
    isAny = false;
  }
  return isAny;
}

int list() {
  for (const Test& test : tests()) std::printf("%s\n", test.name);
  return 0;
}

} // namespace

namespace check {

bool add(const char* name, void (*body)()) {
  tests().push_back({name, body});
  return true;
}

bool that(bool holds, const char* text, const char* file, int line) {
  checks++;
  if (holds || failures++ >= kMostPrinted) return holds;
  const char* slash = std::strrchr(file, '/');
  std::fprintf(stderr, "%s:%d: %s does not hold in %s", slash ? slash + 1 : file, line, text, testName);
  for (std::size_t i = 0; i < depth && i < kMostDoing; i++) std::fprintf(stderr, " / %s", doing[i].c_str());
  std::fprintf(stderr, "\n");
  return holds;
}

Doing::Doing(const std::string& what) {
  if (depth < kMostDoing) doing[depth] = what;
  depth++;
}
Doing::~Doing() { depth--; }

} // namespace check

int main(int count, char** words) {
  for (int i = 1; i < count; i++) {
    if (words[i][0] != '-') continue;
    if (std::strcmp(words[i], "--list") == 0) return list();
    if (std::strcmp(words[i], "--list-sets") == 0) return std::puts(namesOfSets().c_str()) < 0;
    if (std::strncmp(words[i], "--sets=", 7) != 0 || !chooseSets(words[i] + 7)) {
      std::fprintf(stderr, "%s: expected --sets= and names out of: %s\n", words[i], namesOfSets().c_str());
      return 2;
    }
  }
  tellCrashes();
  int run = 0;
  for (const Test& test : tests()) {
    if (!isWanted(test.name, count, words)) continue;
    testName = test.name;
    test.body();
    run++;
  }
  std::printf("%d tests, %d checks, %d failed; instruction sets: %s\n", run, checks.load(), failures.load(),
              namesOfSets().c_str());
  return failures == 0 && run > 0 ? 0 : 1;
}
