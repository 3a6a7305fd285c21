// Asking a person before their key signs what somebody else made.
#pragma once

#include <string>

#include "base/id.h"
#include "cli/verb.h"

namespace twoseal::cli {

/// What is to be signed. `title`: `CHG-42`, `policy 2`; `shown`: all of it, in lines.
struct ToBeSigned {
  Digest digest;
  std::string title;
  std::string act = "approve";
  std::string shown;
};

/// Lets nobody sign by pressing a key too often: the words of the digest say which content is
/// meant. They come with --words, or the person types the first three on the terminal, where
/// everything is shown whatever --quiet says. Errc::words_differ; Errc::no_terminal when nobody can
/// be asked.
[[nodiscard]] Result<void> confirm(const ToBeSigned& one,
                                   const Arguments& arguments,
                                   const Session& session);

inline constexpr Flag kWordsFlag = {
    "--words", "WORDS", "its twelve words, where nobody can be asked"};

}  // namespace twoseal::cli
