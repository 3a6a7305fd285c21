// The one table of verbs.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "cli/verb.h"

namespace twoseal::cli {

/// Every verb, grouped, in the order of help.
[[nodiscard]] std::span<const Verb* const> all_verbs();

/// The verb of this name; nullptr when there is none.
[[nodiscard]] const Verb* find_verb(std::string_view name);

/// Whether some verb is named `noun …`.
[[nodiscard]] bool is_noun(std::string_view noun);

/// Flags that every verb takes.
[[nodiscard]] std::span<const Flag> global_flags();

[[nodiscard]] std::string_view group_title(Group group);

/// `verification failed`.
[[nodiscard]] std::string_view exit_meaning(Exit exit);

/// Every exit that `verb` can end with, ascending.
[[nodiscard]] std::vector<Exit> exits_of(const Verb& verb);

/// `twoseal key new [--local] --output FILE`: required flags and operands, others as [flags].
[[nodiscard]] std::string usage_line(const Verb& verb);

}  // namespace twoseal::cli
