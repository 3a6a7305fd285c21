// The environment of this process, and where a person's files are kept (XDG base directories).
#pragma once

#include <optional>
#include <string>

namespace twoseal {

/// A variable that is set and not empty. To be called before threads are started that could change
/// the environment; nothing in this program does.
[[nodiscard]] std::optional<std::string> environment(const char* name);

/// `$XDG_CONFIG_HOME/twoseal`, else `$HOME/.config/twoseal`.
[[nodiscard]] std::string config_directory();

/// `$XDG_STATE_HOME/twoseal`, else `$HOME/.local/state/twoseal`.
[[nodiscard]] std::string state_directory();

}  // namespace twoseal
