#include "server/routes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/limits.h"
#include "server/routes/handlers.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kNone = 0;
constexpr std::size_t kSmall = std::size_t{64} * 1024;
constexpr std::size_t kMail = std::size_t{1024} * 1024;
constexpr std::size_t kPlan = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kObjects = 2 * limits::kObjectMax;  // the largest object, in base64

constexpr auto kPeople = Port::people;
constexpr auto kAgents = Port::agents;
constexpr auto kLocal = Port::local;
constexpr auto kNobody = Identity::nobody;
constexpr auto kSession = Identity::session;
constexpr auto kCertificate = Identity::certificate;
constexpr auto kAll = Access::all;
constexpr auto kPersons = Access::people;
constexpr auto kWriters = Access::writers;
constexpr auto kTokenMakers = Access::token_makers;
constexpr auto kDeniers = Access::deniers;
constexpr auto kFreely = Repeats::freely;
constexpr auto kByKey = Repeats::by_key;
constexpr auto kByBody = Repeats::by_body;

// clang-format off: a table
constexpr Route kRoutes[] = {
    {"GET", "/v1/checkpoint", kPeople, kNobody, kAll, kFreely, kNone, get_checkpoint},
    {"POST", "/v1/login", kPeople, kNobody, kAll, kFreely, 2 * limits::kRecordMax, log_in},
    {"GET", "/v1/me", kPeople, kSession, kAll, kFreely, kNone, get_me},
    {"GET", "/v1/sessions", kPeople, kSession, kAll, kFreely, kNone, list_sessions},
    {"DELETE", "/v1/sessions/{id}", kPeople, kSession, kAll, kFreely, kNone, revoke_session},
    {"GET", "/v1/status", kPeople, kSession, kAll, kFreely, kNone, get_status},
    {"GET", "/v1/documents", kPeople, kSession, kAll, kFreely, kNone, get_documents},
    {"GET", "/v1/waiting-documents", kPeople, kSession, kPersons, kFreely, kNone, list_waiting_documents},
    {"GET", "/v1/objects/{hex}", kPeople, kSession, kPersons, kFreely, kNone, get_object},
    {"GET", "/v1/blobs/{hex}", kPeople, kSession, kPersons, kFreely, kNone, get_blob},
    {"PUT", "/v1/blobs/{hex}", kPeople, kSession, kWriters, kFreely, limits::kBlobMax, put_blob},
    {"POST", "/v1/statements", kPeople, kSession, kWriters, kByBody, kObjects, submit_statement},
    {"GET", "/v1/statements/{hex}", kPeople, kSession, kPersons, kFreely, kNone, get_statement},
    {"GET", "/v1/changes", kPeople, kSession, kAll, kFreely, kNone, list_changes},
    {"GET", "/v1/changes/{change}", kPeople, kSession, kAll, kFreely, kNone, get_change},
    {"GET", "/v1/changes/{change}/files", kPeople, kSession, kAll, kFreely, kNone, get_change_files},
    {"GET", "/v1/changes/{change}/log", kPeople, kSession, kAll, kFreely, kNone, get_change_log},
    {"GET", "/v1/changes/{change}/results", kPeople, kSession, kAll, kFreely, kNone, get_change_results},
    {"POST", "/v1/plan-requests", kPeople, kSession, kWriters, kByBody, kObjects, request_plan},
    {"GET", "/v1/plan-requests/{hex}/answers", kPeople, kSession, kAll, kFreely, kNone, get_plan_answers},
    {"GET", "/v1/hosts", kPeople, kSession, kPersons, kFreely, kNone, list_hosts},
    {"GET", "/v1/hosts/{host}", kPeople, kSession, kPersons, kFreely, kNone, get_host},
    {"GET", "/v1/join-tokens", kPeople, kSession, kPersons, kFreely, kNone, list_join_tokens},
    {"POST", "/v1/join-tokens", kPeople, kSession, kTokenMakers, kByKey, kSmall, add_join_token},
    {"DELETE", "/v1/join-tokens/{id}", kPeople, kSession, kTokenMakers, kFreely, kNone, drop_join_token},
    {"GET", "/v1/join-requests", kPeople, kSession, kPersons, kFreely, kNone, list_join_requests},
    {"DELETE", "/v1/join-requests/{host}", kPeople, kSession, kTokenMakers, kFreely, kNone, refuse_join_request},
    {"GET", "/v1/denials", kPeople, kSession, kPersons, kFreely, kNone, list_denials},
    {"POST", "/v1/denials", kPeople, kSession, kDeniers, kByKey, kSmall, add_denial},
    {"DELETE", "/v1/denials/{host}", kPeople, kSession, kDeniers, kFreely, kNone, drop_denial},
    {"GET", "/v1/tile/{path}", kPeople, kSession, kPersons, kFreely, kNone, get_tile},
    {"GET", "/v1/events", kPeople, kSession, kAll, kFreely, kNone, follow_events},
    {"POST", "/v1/join", kAgents, kNobody, kAll, kFreely, kSmall, join},
    {"POST", "/v1/contact", kAgents, kCertificate, kAll, kFreely, kSmall, contact},
    {"GET", "/v1/work/changes/{hex}", kAgents, kCertificate, kAll, kFreely, kNone, get_work_change},
    {"GET", "/v1/work/plans/{hex}", kAgents, kCertificate, kAll, kFreely, kNone, get_work_plan},
    {"POST", "/v1/plan-answers", kAgents, kCertificate, kAll, kFreely, kPlan, answer_plan},
    {"POST", "/v1/plan-refusals", kAgents, kCertificate, kAll, kFreely, kSmall, refuse_plan},
    {"POST", "/v1/results", kAgents, kCertificate, kAll, kFreely, kMail, deliver_result},
    {"POST", "/v1/reports", kAgents, kCertificate, kAll, kFreely, 2 * kMail, deliver_report},
    {"POST", "/v1/run-logs", kAgents, kCertificate, kAll, kFreely, 2 * kMail, deliver_run_log},
    {"POST", "/v1/certificate", kAgents, kCertificate, kAll, kFreely, kSmall, renew_certificate},
    {"GET", "/livez", kLocal, kNobody, kAll, kFreely, kNone, get_live},
    {"GET", "/readyz", kLocal, kNobody, kAll, kFreely, kNone, get_ready},
    {"GET", "/metrics", kLocal, kNobody, kAll, kFreely, kNone, get_metrics},
};
// clang-format on

// Takes the first part of a path, without its slash.
std::string_view take_part(std::string_view& path) {
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view part = path.substr(0, end);
  path.remove_prefix(end);
  return part;
}

// Whether `path` has the form of `pattern`; fills `values`.
bool matches(std::string_view pattern, std::string_view path, PathValues& values) {
  while (!pattern.empty()) {
    const std::string_view wanted = take_part(pattern);
    if (wanted == "{path}") {
      values.insert_or_assign("path", std::string(path.substr(path.starts_with('/') ? 1 : 0)));
      return path.size() > 1;
    }
    const std::string_view part = take_part(path);
    if (wanted.starts_with('{') && !part.empty()) {
      values.insert_or_assign(std::string(wanted.substr(1, wanted.size() - 2)), std::string(part));
    } else if (part != wanted) {
      return false;
    }
  }
  return path.empty();
}

}  // namespace

std::span<const Route> all_routes() {
  return kRoutes;
}

FoundRoute find_route(Port port, std::string_view method, std::string_view path) {
  FoundRoute found;
  for (const Route& route : kRoutes) {
    PathValues values;
    if (route.port != port || !matches(route.path, path, values)) {
      continue;
    }
    if (route.method == method) {
      found.route = &route;
      found.values = std::move(values);
      return found;
    }
    found.other_method = true;
  }
  return found;
}

std::size_t body_max_of(Port port, std::string_view method, std::string_view path) {
  const FoundRoute found = find_route(port, method, path);
  return found.route != nullptr ? found.route->body_max : kNone;
}

Result<std::int64_t> Call::number(std::string_view name,
                                  std::int64_t otherwise,
                                  std::int64_t max) const {
  const auto found = request.query.find(name);
  if (found == request.query.end()) {
    return otherwise;
  }
  const std::string& text = found->second;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > max) {
    return fail(Errc::bad_request,
                std::string(name) + " is no number from 0 to " + std::to_string(max));
  }
  return number;
}

Result<Digest> Call::digest() const {
  auto digest = Digest::parse_hex(value("hex"));
  return digest ? std::move(digest)
                : fail(Errc::bad_request, "a digest in a path is 64 hexadecimal digits");
}

}  // namespace twoseal::server
