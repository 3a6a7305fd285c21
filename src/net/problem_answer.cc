#include "net/problem_answer.h"

#include "base/json.h"

namespace twoseal {
namespace {

constexpr std::size_t kProblemMax = 16'384;
constexpr std::size_t kTextMax = 2'048;

// The value of a text member, cut to a length that an error may have.
std::string text_of(const json::Document& document, std::string_view key) {
  json::Value name = document.root().first();
  for (std::size_t i = 0; i < document.root().count(); ++i) {
    const json::Value value = name.after();
    if (name.raw() == key && value.kind() == json::Kind::string) {
      return value.text().substr(0, kTextMax);
    }
    if (i + 1 < document.root().count()) {
      name = value.after();
    }
  }
  return {};
}

}  // namespace

Error read_problem(int status, BytesView body) {
  Error error{Errc::server_refused, "status " + std::to_string(status)};
  // One line: the object is canonical, the feed behind it is not part of it.
  body.remove_suffix(body.ends_with('\n') ? 1 : 0);
  const auto document = json::Document::parse(body, kProblemMax);
  if (!document || document->root().kind() != json::Kind::object) {
    return error;
  }
  const std::string detail = text_of(*document, "detail");
  const ErrorInfo* known = find_error(text_of(*document, "type"));
  if (known != nullptr) {
    error.code = known->code;
  }
  error.what = detail.empty() ? error.what : detail;
  error.next = text_of(*document, "next");
  return error;
}

}  // namespace twoseal
