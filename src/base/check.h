// check(): what can only be a bug stops the process, in release builds too.
#pragma once

#include <source_location>
#include <string_view>

namespace twoseal {

/// Stops the process with a message on stderr. `believed`: the sentence that turned out false.
[[noreturn]] void check_failed(std::string_view believed, std::source_location where);

/// Stops the process when `condition` is false. Never for anything that input can cause.
inline void check(bool condition,
                  std::string_view believed,
                  std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]] {
    check_failed(believed, where);
  }
}

}  // namespace twoseal
