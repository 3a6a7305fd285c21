#include "server/front.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "net/content_coding.h"
#include "net/problem.h"
#include "server/answer.h"

namespace twoseal::server {
namespace {

constexpr int kServerError = 500;
constexpr int kClientError = 400;
constexpr int kMethodNotAllowed = 405;
constexpr std::int64_t kWorkedOnMax = 60;  // seconds until a reservation counts as given up
constexpr std::size_t kRequestIdSize = 8;

// 16 to 64 visible characters.
Result<std::string> key_of(const HttpRequest& request) {
  constexpr std::size_t kMin = 16;
  constexpr std::size_t kMax = 64;
  const auto key = header_of(request.headers, "idempotency-key");
  const bool good =
      key && key->size() >= kMin && key->size() <= kMax &&
      std::all_of(key->begin(), key->end(), [](char c) { return c > ' ' && c <= '~'; });
  return good ? Result<std::string>(std::string(*key))
              : fail(Errc::bad_request,
                     "the header Idempotency-Key is missing, or not of 16 to 64 characters");
}

Digest digest_of(const HttpRequest& request) {
  Sha256 hash;
  hash.update(request.method + " " + request.path + "\n");
  hash.update(request.body);
  return hash.finish();
}

}  // namespace

Result<HttpResponse> Front::answer_once(const Call& call, const Route& route) const {
  TWOSEAL_TRY(const std::string key, key_of(call.request));
  if (route.repeats == Repeats::by_body) {
    return route.handler(call);
  }
  Registry& registry = *parts_.registry;
  TWOSEAL_TRY(auto kept,
              registry.reserve_request(
                  call.caller.by, key, digest_of(call.request), call.now, kWorkedOnMax));
  if (kept) {
    HttpResponse response = json_answer({}, kept->status);
    response.body = std::move(kept->body);
    return response;
  }
  auto answer = route.handler(call);
  const bool keep = answer && !answer->park && answer->status < kServerError;
  TWOSEAL_TRY_VOID(
      keep ? registry.finish_request(call.caller.by, key, {answer->status, answer->body})
           : registry.release_request(call.caller.by, key));
  return answer;
}

Result<HttpResponse> Front::answer(const HttpRequest& request,
                                   const FoundRoute& found,
                                   Caller& caller) const {
  const UnixSeconds now = parts_.clock.now();
  TWOSEAL_TRY(caller, identify(parts_, *found.route, request, now));
  if (!request.headers.contains("content-encoding")) {
    return answer_known({parts_, request, caller, found.values, now}, *found.route);
  }
  // Only for who is known: it costs more than it took to send.
  if (found.route->identity == Identity::nobody) {
    return fail(Errc::bad_request, "this path takes no compressed body");
  }
  HttpRequest restored = request;
  TWOSEAL_TRY_VOID(restore_body(restored, found.route->body_max));
  return answer_known({parts_, restored, caller, found.values, now}, *found.route);
}

Result<HttpResponse> Front::answer_known(const Call& call, const Route& route) const {
  return route.repeats == Repeats::freely ? route.handler(call) : answer_once(call, route);
}

void Front::note(const HttpRequest& request,
                 const HttpResponse& response,
                 const Caller& caller,
                 std::chrono::microseconds took) const {
  const auto port = static_cast<std::size_t>(port_);
  const auto kind = static_cast<std::size_t>(response.status / 100) % RequestCounts::kClasses;
  ++parts_.counts.answers.at(port).at(kind);
  parts_.counts.microseconds.at(port) += static_cast<std::uint64_t>(took.count());
  const bool reads = request.method == "GET" && response.status < kClientError;
  const bool beat = request.path == "/v1/contact" && response.status < kClientError;
  const LogLevel level = response.status >= kServerError ? LogLevel::error
                         : reads || beat                 ? LogLevel::debug
                                                         : LogLevel::info;
  parts_.log.say(level,
                 "request",
                 {{"id", response.headers.at("x-request-id")},
                  {"method", request.method},
                  {"path", request.path},
                  {"status", std::int64_t{response.status}},
                  {"actor", caller.by.text()},
                  {"address", request.peer.address},
                  {"microseconds", std::int64_t{took.count()}}});
}

HttpResponse Front::handle(const HttpRequest& request) const {
  const auto start = std::chrono::steady_clock::now();
  const FoundRoute found = find_route(port_, request.method, request.path);
  Caller caller;
  HttpResponse response;
  if (found.route == nullptr) {
    const Error error{
        Errc::no_such_route,
        found.other_method ? "this path has another method" : "there is no such path"};
    response =
        found.other_method ? problem_response(kMethodNotAllowed, error) : error_answer(error);
  } else {
    auto answered = answer(request, found, caller);
    response = answered ? *std::move(answered) : error_answer(answered.error());
  }
  if (response.park) {
    return response;
  }
  response.headers["x-request-id"] = hex_encode(random_bytes(kRequestIdSize));
  note(request,
       response,
       caller,
       std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                             start));
  return response;
}

std::expected<std::shared_ptr<WebSocketSubscriber>, HttpResponse> Front::upgrade(
    const HttpRequest& request) const {
  if (request.path != "/v1/events") {
    return std::unexpected(
        error_answer({Errc::no_such_route, "there is no WebSocket at this path"}));
  }
  // A page of another origin cannot set the header that carries the token, so none can connect.
  const auto caller = identify_session(parts_, request, parts_.clock.now());
  if (!caller) {
    return std::unexpected(error_answer(caller.error()));
  }
  return parts_.events.join(caller->is_service() ? std::optional(caller->by) : std::nullopt);
}

}  // namespace twoseal::server
