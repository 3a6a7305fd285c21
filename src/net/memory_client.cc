#include "net/memory_client.h"

#include <atomic>

#include "net/target.h"

namespace twoseal {
namespace {

// A handler that is woken again and again without an answer is a bug of the simulation.
constexpr int kRoundsMax = 1'000;

class MemoryClient final : public HttpClient {
 public:
  MemoryClient(HttpHandler handler, Peer peer, MemoryWait wait)
      : handler_(std::move(handler)), peer_(std::move(peer)), wait_(std::move(wait)) {}

  Result<HttpResponse> call(const HttpRequest& request, std::chrono::milliseconds wait) override;

  void cancel() override { cancelled_ = true; }

 private:
  /// Whether the channel was signalled before `park.wait` was over.
  [[nodiscard]] bool pass(const Park& park) const;

  const HttpHandler handler_;
  const Peer peer_;
  const MemoryWait wait_;
  std::atomic<bool> cancelled_ = false;
};

bool MemoryClient::pass(const Park& park) const {
  const auto generation = [&] {
    return wait_.channels != nullptr ? wait_.channels->generation(park.channel) : park.seen;
  };
  const std::uint64_t seen = park.seen != 0 ? park.seen : generation();
  if (generation() == seen && wait_.pass) {
    wait_.pass(park.wait);
  }
  return generation() != seen;
}

Result<HttpResponse> MemoryClient::call(const HttpRequest& request,
                                        std::chrono::milliseconds wait) {
  const RequestTarget target{request.path, request.query};
  if (decode_target(encode_target(target)) != target) {
    return fail(Errc::bad_request, "path or query of this request cannot be written");
  }
  HttpRequest given = request;
  given.peer = peer_;
  given.waited = false;
  const bool head_only = given.method == "HEAD";
  given.method = head_only ? "GET" : given.method;
  for (int round = 0; round < kRoundsMax; ++round) {
    if (cancelled_) {
      return fail(Errc::cancelled, "this client was cancelled");
    }
    HttpResponse response = handler_(given);
    if (!response.park) {
      response.body = head_only ? Bytes() : std::move(response.body);
      return response;
    }
    if (given.waited) {
      break;
    }
    if (response.park->wait > wait) {
      return fail(Errc::timed_out, "the time for this call is over");
    }
    given.waited = !pass(*response.park);
  }
  return fail(Errc::bad_http, "the handler parks this request for ever");
}

}  // namespace

std::unique_ptr<HttpClient> make_memory_client(HttpHandler handler, Peer peer, MemoryWait wait) {
  return std::make_unique<MemoryClient>(std::move(handler), std::move(peer), std::move(wait));
}

}  // namespace twoseal
