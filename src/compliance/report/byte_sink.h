// Where a report goes, piece by piece: nothing here ever holds a whole report.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace twoseal::scap {

/// Takes the bytes of a report in their order.
class ByteSink {
 public:
  virtual ~ByteSink() = default;

  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;

  /// Takes all of `bytes` or fails; after a failure nothing more is given to it.
  [[nodiscard]] virtual Result<void> write(std::string_view bytes) = 0;
};

/// A sink with a buffer in front. An error stays until finish() tells it, so that writers need not
/// ask after each piece; pieces after an error are dropped.
class Output {
 public:
  /// `sink` must outlive it.
  explicit Output(ByteSink& sink) : sink_(sink) { buffer_.reserve(kBuffer); }

  void put(std::string_view bytes) {
    if (bytes.size() > kBuffer - buffer_.size()) {
      flush();
    }
    if (bytes.size() > kBuffer) {
      pass_on(bytes);
    } else {
      buffer_ += bytes;
    }
  }

  void put(char byte) { put(std::string_view(&byte, 1)); }

  /// Passes on what is left. The first error of the sink, if there was one.
  [[nodiscard]] Result<void> finish() {
    flush();
    return result_;
  }

 private:
  static constexpr std::size_t kBuffer = std::size_t{64} * 1024;

  void flush() {
    pass_on(buffer_);
    buffer_.clear();
  }

  void pass_on(std::string_view bytes) {
    if (result_ && !bytes.empty()) {
      result_ = sink_.write(bytes);
    }
  }

  ByteSink& sink_;
  std::string buffer_;
  Result<void> result_;
};

}  // namespace twoseal::scap
