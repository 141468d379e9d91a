/// @file
/// The text of an error, put together from pieces.
#pragma once

#include <cstddef>

namespace downhill {

/// What would be longer than kMost characters ends there.
class Text {
public:
  // Not explicit, so that a literal alone is a text.
  Text(const char* text) { *this << text; }

  Text& operator<<(const char* text) {
    while (*text != 0) push(*text++);
    return *this;
  }
  Text& operator<<(std::size_t number) {
    std::size_t place = 1;
    while (number / place >= 10) place *= 10;
    for (; place > 0; place /= 10) push(static_cast<char>('0' + number / place % 10));
    return *this;
  }
  const char* get() const { return characters_; }

private:
  void push(char character) {
    if (length_ < kMost) characters_[length_++] = character;
  }

  static constexpr std::size_t kMost = 255;
  char characters_[kMost + 1] = {};
  std::size_t length_ = 0;
};

} // namespace downhill
