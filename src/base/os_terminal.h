// The person at the terminal: passphrases and questions are asked on /dev/tty, so that pipes and
// redirections never see them.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/wipe.h"

namespace twoseal {

inline constexpr std::size_t kPassphraseMax = 1024;  ///< bytes

/// Asks on the terminal without echo and returns the line without its end. The terminal is as it
/// was afterwards, also after Ctrl-C, which then does what it does elsewhere. Errc::no_terminal
/// when there is none; Errc::too_large above kPassphraseMax.
[[nodiscard]] Result<Bytes> ask_passphrase(std::string_view question);

/// Asks on the terminal and returns the line as it was typed, without its end. Errors as
/// ask_passphrase().
[[nodiscard]] Result<std::string> ask_line(std::string_view question);

/// The first line of a file, for scripts; `-` is standard input, which may be a pipe. Errors as
/// read_file(); Errc::usage when the line is empty.
[[nodiscard]] Result<Bytes> read_passphrase_file(const std::string& path);

/// Writes to the terminal itself, whatever was redirected: for what is shown once and kept nowhere.
/// Errc::no_terminal.
[[nodiscard]] Result<void> show_on_terminal(std::string_view text);

[[nodiscard]] bool is_terminal(int descriptor);

/// Columns of the terminal at `descriptor`, 80 when it is none.
[[nodiscard]] std::size_t terminal_width(int descriptor);

}  // namespace twoseal
