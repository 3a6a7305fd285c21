#include "net/memory_client.h"

#include <doctest/doctest.h>

using namespace twoseal;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kWait{1'000};

}  // namespace

TEST_CASE("a call reaches the handler with its peer") {
  const Peer peer{"10.0.0.1", PeerCertificate{"h:1", {}, "01", 5}};
  const auto client = make_memory_client(
      [](const HttpRequest& request) {
        return HttpResponse{201, {}, request.peer.certificate->name + request.body, {}};
      },
      peer);
  const auto answer = client->call({.method = "POST", .path = "/a", .body = "!"}, kWait);
  CHECK(answer->status == 201);
  CHECK(answer->body == "h:1!");
}

TEST_CASE("a HEAD is answered from the GET, without its body") {
  const auto client = make_memory_client(
      [](const HttpRequest& request) {
        return HttpResponse{200, {{"m", request.method}}, "a", {}};
      },
      {});
  const auto answer = client->call({.method = "HEAD"}, kWait).value();
  CHECK(answer.headers.at("m") == "GET");
  CHECK(answer.body.empty());
}

TEST_CASE("what a server would refuse is refused") {
  const auto client = make_memory_client([](const HttpRequest&) { return HttpResponse{}; }, {});
  CHECK(client->call({.path = "/a/../b"}, kWait).error().code == Errc::bad_request);
  CHECK(client->call({.path = ""}, kWait).error().code == Errc::bad_request);
}

TEST_CASE("without anybody to wait for, a parked call is over at once") {
  const auto client = make_memory_client(
      [](const HttpRequest& request) {
        return request.waited ? HttpResponse{204, {}, "", {}}
                              : HttpResponse{.park = Park{"a", 0, milliseconds(500)}};
      },
      {});
  CHECK(client->call({}, kWait)->status == 204);
  CHECK(client->call({}, milliseconds(100)).error().code == Errc::timed_out);
}

TEST_CASE("a simulation lets time pass, and a signal meanwhile wakes the call") {
  Channels channels;
  int work = 0;
  milliseconds passed{0};
  bool signals = true;
  const HttpHandler handler = [&](const HttpRequest& request) {
    const auto seen = channels.generation("a");
    if (work > 0) {
      return HttpResponse{200, {}, std::to_string(work), {}};
    }
    return request.waited ? HttpResponse{204, {}, "", {}}
                          : HttpResponse{.park = Park{"a", seen, milliseconds(300)}};
  };
  const auto pass = [&](milliseconds wait) {
    passed += wait;
    if (signals) {
      work = 7;
      channels.signal("a");
    }
  };
  const auto client = make_memory_client(handler, {}, {pass, &channels});
  CHECK(client->call({}, kWait)->body == "7");
  CHECK(passed == milliseconds(300));
  signals = false;
  work = 0;
  CHECK(client->call({}, kWait)->status == 204);
}

TEST_CASE("a handler that parks for ever, and a cancelled client, are errors") {
  const auto client = make_memory_client(
      [](const HttpRequest&) { return HttpResponse{.park = Park{"a", 0, milliseconds(1)}}; }, {});
  CHECK(client->call({}, kWait).error().code == Errc::bad_http);
  client->cancel();
  CHECK(client->call({}, kWait).error().code == Errc::cancelled);
}
