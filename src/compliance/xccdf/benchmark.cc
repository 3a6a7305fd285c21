#include "compliance/xccdf/benchmark.h"

namespace twoseal::scap {

std::string_view category_of(Severity severity) {
  switch (severity) {
    case Severity::high:
      return "I";
    case Severity::medium:
      return "II";
    case Severity::low:
      return "III";
    default:
      return {};
  }
}

std::string_view word_of(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::low:
      return "low";
    case Severity::medium:
      return "medium";
    case Severity::high:
      return "high";
    default:
      return "unknown";
  }
}

std::string_view word_of(Role role) {
  switch (role) {
    case Role::unscored:
      return "unscored";
    case Role::unchecked:
      return "unchecked";
    default:
      return "full";
  }
}

std::optional<Severity> severity_of(std::string_view word) {
  for (const Severity each :
       {Severity::unknown, Severity::info, Severity::low, Severity::medium, Severity::high}) {
    if (word_of(each) == word) {
      return each;
    }
  }
  return std::nullopt;
}

std::optional<Role> role_of(std::string_view word) {
  for (const Role each : {Role::full, Role::unscored, Role::unchecked}) {
    if (word_of(each) == word) {
      return each;
    }
  }
  return std::nullopt;
}

}  // namespace twoseal::scap
