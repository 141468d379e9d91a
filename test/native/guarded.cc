#include "guarded.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <sys/mman.h>
#include <unistd.h>

namespace {

/// Pages given back, by their size.
std::multimap<std::size_t, char*>& spare() {
  static std::multimap<std::size_t, char*> pages;
  return pages;
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::abort();
}

} // namespace

const char* nameOf(Place place) {
  switch (place) {
  case Place::atEnd:
    return "before a forbidden page";
  case Place::atStart:
    return "behind a forbidden page";
  default:
    return "on the heap";
  }
}

Pages::Pages(std::size_t bytes) {
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  bytes_ = (bytes + page - 1) / page * page;
  const auto found = spare().find(bytes_);
  if (found != spare().end()) {
    begin_ = found->second;
    spare().erase(found);
    return;
  }
  void* all = mmap(nullptr, bytes_ + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) fail("mmap");
  begin_ = static_cast<char*>(all) + page;
  if (mprotect(begin_, bytes_, PROT_READ | PROT_WRITE) != 0) fail("mprotect");
}

Pages::~Pages() { spare().emplace(bytes_, begin_); }
