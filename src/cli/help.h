// Help, manual pages and the reference page, all written out of the table of verbs.
#pragma once

#include <string>
#include <string_view>

#include "cli/verb.h"

namespace twoseal::cli {

/// `twoseal 0.1.0`.
[[nodiscard]] std::string version_text();

/// What `twoseal --help` prints: every verb, or those of one noun.
[[nodiscard]] std::string overview_text(std::string_view noun = "");

/// What `twoseal VERB --help` prints.
[[nodiscard]] std::string help_text(const Verb& verb);

/// The manual page of a verb, section 1, for `man -l`.
[[nodiscard]] std::string manual_text(const Verb& verb);

/// The manual page twoseal(1).
[[nodiscard]] std::string manual_overview();

/// The reference part of docs/cli.md.
[[nodiscard]] std::string reference_markdown();

/// The fields of a verb for `--help --json`.
[[nodiscard]] Json::Object help_fields(const Verb& verb);

/// The paragraphs of `text`, which an empty line separates, broken at `width` columns.
[[nodiscard]] std::string wrapped(std::string_view text,
                                  std::size_t width,
                                  std::string_view indent);

}  // namespace twoseal::cli
