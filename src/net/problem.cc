#include "net/problem.h"

#include "base/json.h"

namespace twoseal {
namespace {

std::string quoted(std::string_view text) {
  return json::is_allowed_text(text) ? json::quote(text) : "\"\"";
}

}  // namespace

HttpResponse problem_response(int status, const Error& error) {
  const ErrorInfo& row = error_info(error.code);
  HttpResponse response;
  response.status = status;
  response.headers = {{"cache-control", "no-store"}, {"content-type", "application/problem+json"}};
  response.body = "{\"detail\":" + quoted(error.what) +
                  ",\"next\":" + quoted(error.next.empty() ? row.next : error.next) +
                  ",\"status\":" + std::to_string(status) + ",\"title\":" + quoted(row.title) +
                  ",\"type\":" + quoted(error_code_text(error.code)) + "}\n";
  return response;
}

}  // namespace twoseal
