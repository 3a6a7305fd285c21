#include "cli/client/confirming.h"

#include <unistd.h>

#include "base/os_terminal.h"
#include "base/present.h"
#include "base/words.h"

namespace twoseal::cli {
namespace {

constexpr int kTyped = 3;

// Words as people type them: any case, any number of blanks or hyphens between them.
std::string plain_words(std::string_view typed) {
  std::string words;
  for (const char c : typed) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      words += static_cast<char>(c | 0x20);
    } else if (!words.empty() && words.back() != '-') {
      words += '-';
    }
  }
  while (!words.empty() && words.back() == '-') {
    words.pop_back();
  }
  return words;
}

std::string first_words(const std::string& words) {
  std::size_t end = 0;
  for (int i = 0; i < kTyped; ++i) {
    end = words.find('-', end) + 1;
  }
  return words.substr(0, end - 1);
}

}  // namespace

Result<void> confirm(const ToBeSigned& one, const Arguments& arguments, const Session& session) {
  const std::string words = digest_words_text(one.digest);
  if (const auto given = arguments.find("--words")) {
    return plain_words(*given) == words
               ? Result<void>()
               : fail(Errc::words_differ, "--words are not those of " + one.title);
  }
  if (session.flags().no_input || !is_terminal(STDIN_FILENO)) {
    return fail(Errc::no_terminal, "--words is required where nobody can be asked");
  }
  TWOSEAL_TRY_VOID(show_on_terminal(present_lines(one.shown + "\n")));
  TWOSEAL_TRY(const std::string typed,
              ask_line("To " + one.act + " exactly this, type its first three words: "));
  const std::string plain = plain_words(typed);
  return plain == first_words(words) || plain == words
             ? Result<void>()
             : fail(Errc::words_differ, "nothing was signed");
}

}  // namespace twoseal::cli
