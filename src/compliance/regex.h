// Regular expressions as OVAL means them: Perl's, through PCRE2, which is included in regex.cc
// alone. An expression that would try for ever is cut off and is an error, never "no match".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace twoseal::scap {

struct RegexOptions {
  bool ignore_case = false;
  bool multiline = false;   ///< `^` and `$` match at lines
  bool singleline = false;  ///< `.` matches a line end

  bool operator==(const RegexOptions&) const = default;
};

enum class Matched : std::uint8_t {
  yes,
  no,
  partly,  ///< only from partial(): more text could make it match
  failed,  ///< a limit was reached, or the match is no text
};

/// One group of a match: octets of the subject; nothing when the group took no part.
using Capture = std::optional<std::string_view>;

/// An expression made ready. A subject that is no UTF-8 is looked through octet by octet, so that a
/// stray octet cannot hide its line. Safe for one thread at a time.
class Regex {
 public:
  /// Errc::bad_regex with the place and the reason.
  [[nodiscard]] static Result<Regex> compile(std::string_view pattern, RegexOptions options = {});

  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  /// Looks in `subject` from `offset` on, which is 0 or where the search before, in the same
  /// unchanged subject, ended. `groups`: when not nullptr, the whole match and its groups, those at
  /// the end that took no part included.
  [[nodiscard]] Matched search(std::string_view subject,
                               std::size_t offset = 0,
                               std::vector<Capture>* groups = nullptr) const;

  /// Whether `subject`, or something that begins with it, could match from its beginning on.
  [[nodiscard]] Matched partial(std::string_view subject) const;

  /// How many groups there are beside the whole.
  [[nodiscard]] std::uint32_t group_count() const;

 private:
  struct Inner;
  explicit Regex(std::unique_ptr<Inner> inner);

  std::unique_ptr<Inner> inner_;
};

/// Expressions that were made ready once. Bounded: starts anew when it holds too many.
class RegexCache {
 public:
  /// Errors as Regex::compile().
  [[nodiscard]] Result<std::shared_ptr<const Regex>> get(std::string_view pattern,
                                                         RegexOptions options = {});

 private:
  std::unordered_map<std::string, std::shared_ptr<const Regex>> known_;
};

/// Whether every match certainly begins where the subject does: each branch of the expression
/// begins with `^`. False where that cannot be told from how it is written.
[[nodiscard]] bool begins_at_start(std::string_view pattern);

/// What every match of the expression must begin with, when it is anchored to the beginning by `^`;
/// empty when that cannot be told. `/etc/ssh/` of `^/etc/ssh/.*\.conf$`.
[[nodiscard]] std::string literal_prefix(std::string_view pattern);

}  // namespace twoseal::scap
