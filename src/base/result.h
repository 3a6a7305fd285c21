// Error, Result and the macros that pass errors on.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/exit_code.h"

namespace twoseal {

/// One value per row of errors.def.
enum class Errc : int {
#define TWOSEAL_ERROR(name, number, refusal, exit, title, why, next) name = (number),
#include "base/errors.def"
#undef TWOSEAL_ERROR
};

/// A row of errors.def.
struct ErrorInfo {
  Errc code;
  std::string_view name;     ///< `refuse_s3`
  std::string_view refusal;  ///< `S3`, or empty
  Exit exit;
  std::string_view title;
  std::string_view why;
  std::string_view next;
};

/// The row of `code`.
[[nodiscard]] const ErrorInfo& error_info(Errc code);

/// The row named `TS-2163`, `S3`, or `2163`; nullptr when there is none.
[[nodiscard]] const ErrorInfo* find_error(std::string_view code);

/// All rows in the order of the table.
[[nodiscard]] std::pair<const ErrorInfo*, const ErrorInfo*> all_errors();

/// `TS-2163`.
[[nodiscard]] std::string error_code_text(Errc code);

/// What went wrong in a healthy program. `what`: the fact, with the thing named. `where`: file,
/// line, byte or field, or empty. `next`: overrides the table's next step when not empty.
struct Error {
  Errc code;
  std::string what;
  std::string where = {};
  std::string next = {};
};

/// `error` with the file that it is about in front of its place: `change.json, byte 12`.
[[nodiscard]] Error in_file(Error error, std::string_view path);

template <class T>
using Result = std::expected<T, Error>;

/// Makes the error side of a Result.
[[nodiscard]] inline std::unexpected<Error> fail(Errc code,
                                                 std::string what,
                                                 std::string where = {},
                                                 std::string next = {}) {
  return std::unexpected(Error{code, std::move(what), std::move(where), std::move(next)});
}

#define TWOSEAL_CONCAT_INNER(a, b) a##b
#define TWOSEAL_CONCAT(a, b) TWOSEAL_CONCAT_INNER(a, b)

/// TWOSEAL_TRY(auto value, might_fail()); takes the value or returns the error from this function.
#define TWOSEAL_TRY(declaration, expression) \
  TWOSEAL_TRY_INNER(TWOSEAL_CONCAT(twoseal_try_, __COUNTER__), declaration, expression)
// NOLINTBEGIN(bugprone-macro-parentheses): a declaration cannot stand in parentheses
#define TWOSEAL_TRY_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                              \
  if (!temporary) {                                           \
    return std::unexpected(std::move(temporary).error());     \
  }                                                           \
  declaration = *std::move(temporary)
// NOLINTEND(bugprone-macro-parentheses)

/// TWOSEAL_TRY_VOID(might_fail()); the same for Result<void>.
#define TWOSEAL_TRY_VOID(expression)                               \
  do {                                                             \
    if (auto twoseal_try_void = (expression); !twoseal_try_void) { \
      return std::unexpected(std::move(twoseal_try_void).error()); \
    }                                                              \
  } while (false)

}  // namespace twoseal
