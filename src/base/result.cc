#include "base/result.h"

#include <array>

#include "base/check.h"

namespace twoseal {
namespace {

constexpr std::array kErrors = {
#define TWOSEAL_ERROR(name, number, refusal, exit, title, why, next) \
  ErrorInfo{Errc::name, #name, refusal, Exit::exit, title, why, next},
#include "base/errors.def"
#undef TWOSEAL_ERROR
};

}  // namespace

const ErrorInfo& error_info(Errc code) {
  for (const ErrorInfo& row : kErrors) {
    if (row.code == code) {
      return row;
    }
  }
  check_failed("every Errc has a row in errors.def", std::source_location::current());
}

const ErrorInfo* find_error(std::string_view code) {
  for (const ErrorInfo& row : kErrors) {
    const std::string number = std::to_string(static_cast<int>(row.code));
    if (code == number || code == "TS-" + number || (!row.refusal.empty() && code == row.refusal)) {
      return &row;
    }
  }
  return nullptr;
}

std::pair<const ErrorInfo*, const ErrorInfo*> all_errors() {
  return {kErrors.data(), kErrors.data() + kErrors.size()};
}

Error in_file(Error error, std::string_view path) {
  error.where = std::string(path) + (error.where.empty() ? "" : ", " + error.where);
  return error;
}

std::string error_code_text(Errc code) {
  return "TS-" + std::to_string(static_cast<int>(code));
}

}  // namespace twoseal
