/// @file
/// Arrays between pages that nobody may touch: a read or a write beside one ends the process, whatever instruction does
/// it. Sanitizers do not see into every intrinsic; the processor does.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

/// Where in its memory an array lies: right before a forbidden page, right behind one, or on the heap, where
/// AddressSanitizer and valgrind have their own guards and valgrind knows what has not been written.
enum class Place { atEnd, atStart, heap };
constexpr Place kPlaces[] = {Place::atEnd, Place::atStart, Place::heap};
const char* nameOf(Place place);

/// Pages with a forbidden one on either side. Given back for others to use, as many are needed.
class Pages {
public:
  explicit Pages(std::size_t bytes);
  ~Pages();
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  char* begin() const { return begin_; }
  char* end() const { return begin_ + bytes_; }

private:
  char* begin_;
  std::size_t bytes_;
};

/// So many bytes beside an array must stay what they were, on the side without a forbidden page.
constexpr std::size_t kMarginBytes = 192;

template <class T> class Guarded {
public:
  Guarded(const std::vector<T>& values, Place place) : count_(values.size()), place_(place) {
    const std::size_t bytes = count_ * sizeof(T);
    if (place == Place::heap) {
      heap_.reset(new T[count_]);
      data_ = heap_.get();
    } else {
      pages_.reset(new Pages(bytes + kMarginBytes));
      char* begin = place == Place::atStart ? pages_->begin() : pages_->end() - bytes;
      data_ = reinterpret_cast<T*>(begin);
      margin_ = place == Place::atStart ? begin + bytes : begin - kMarginBytes;
      std::memset(margin_, kMark, kMarginBytes);
    }
    if (bytes > 0) std::memcpy(data_, values.data(), bytes);
  }

  T* data() const { return data_; }
  std::vector<T> values() const { return {data_, data_ + count_}; }
  /// Whether nothing was written beside it.
  bool isIntact() const {
    for (std::size_t i = 0; margin_ != nullptr && i < kMarginBytes; i++) {
      if (margin_[i] != kMark) return false;
    }
    return true;
  }

private:
  static constexpr char kMark = 0x5a;
  std::size_t count_;
  Place place_;
  std::unique_ptr<T[]> heap_;
  std::unique_ptr<Pages> pages_;
  T* data_ = nullptr;
  char* margin_ = nullptr;
};
