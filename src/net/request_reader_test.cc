#include "net/request_reader.h"

#include <doctest/doctest.h>

using namespace twoseal;

namespace {

constexpr std::size_t kHeaderMax = 16 * 1024;

/// What comes of octets that arrive in pieces of `size`: 200, the status of the refusal, or 0 when
/// more would be needed.
int status_of(std::string_view octets, std::size_t size, std::size_t body_max = 1000) {
  RequestReader reader(kHeaderMax);
  bool accepted = false;
  while (true) {
    if (!accepted) {
      const auto head = reader.read_head();
      if (!head) {
        return head.error().status;
      }
      if (*head) {
        const auto body = reader.accept_body(body_max);
        if (!body) {
          return body.error().status;
        }
        accepted = true;
      }
    }
    if (accepted) {
      const auto body = reader.read_body();
      if (!body) {
        return body.error().status;
      }
      if (*body) {
        return 200;
      }
    }
    if (octets.empty()) {
      return 0;
    }
    reader.append(octets.substr(0, size));
    octets.remove_prefix(std::min(octets.size(), size));
  }
}

int status_of(std::string_view octets) {
  const int whole = status_of(octets, octets.size());
  CHECK(status_of(octets, 1) == whole);
  CHECK(status_of(octets, 7) == whole);
  return whole;
}

std::string with(std::string_view headers, std::string_view body = {}) {
  return "POST /a HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

}  // namespace

TEST_CASE("a request is read with its body, and what follows is kept") {
  RequestReader reader(kHeaderMax);
  CHECK(reader.untouched());
  reader.append(
      "POST /a%20b?c=d HTTP/1.1\r\nHost: x\r\nX-Thing:  v \r\nContent-Length: 3\r\n\r\nabcGET");
  CHECK_FALSE(reader.untouched());
  REQUIRE(reader.read_head().value());
  CHECK(reader.head().content_length == 3);
  CHECK(reader.request().method == "POST");
  REQUIRE(reader.accept_body(3).has_value());
  REQUIRE(reader.read_body().value());
  const HttpRequest request = reader.take_request();
  CHECK(request.path == "/a b");
  CHECK(request.query.at("c") == "d");
  CHECK(request.headers.at("x-thing") == "v");
  CHECK(request.body == "abc");
  CHECK(reader.take_rest() == "GET");
}

TEST_CASE("a HEAD is handed on as a GET, and says so") {
  RequestReader reader(kHeaderMax);
  reader.append("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(reader.read_head().value());
  CHECK(reader.head().head_only);
  CHECK(reader.request().method == "GET");
}

TEST_CASE("chunks are joined and their extensions ignored") {
  RequestReader reader(kHeaderMax);
  reader.append(with("Transfer-Encoding: chunked\r\n", "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\nNEXT"));
  REQUIRE(reader.read_head().value());
  CHECK(reader.head().has_body);
  REQUIRE(reader.accept_body(5).has_value());
  REQUIRE(reader.read_body().value());
  CHECK(reader.take_request().body == "abcde");
  CHECK(reader.take_rest() == "NEXT");
}

TEST_CASE("ordinary requests are accepted however they are cut") {
  CHECK(status_of("GET / HTTP/1.1\r\nHost: x\r\n\r\n") == 200);
  CHECK(status_of(with("Content-Length: 3\r\n", "abc")) == 200);
  CHECK(status_of(with("Content-Length: 0\r\n")) == 200);
  CHECK(status_of(with("Transfer-Encoding: CHUNKED\r\n", "3\r\nabc\r\n0\r\n\r\n")) == 200);
  CHECK(status_of(with("Transfer-Encoding: chunked\r\n", "0\r\n\r\n")) == 200);
  CHECK(status_of(with("Expect: 100-continue\r\nContent-Length: 1\r\n", "a")) == 200);
  CHECK(status_of(with("X-Note: \xc3\xa4\r\n")) == 200);
}

TEST_CASE("whatever could be read in two ways is refused") {
  const std::vector<std::string> bad = {
      with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
      with("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
      with("Content-Length: 3, 3\r\n", "abc"),
      with("Content-Length: +3\r\n", "abc"),
      with("Content-Length: 0x3\r\n", "abc"),
      with("Content-Length: -1\r\n", "abc"),
      with("Content-Length: \r\n", "abc"),
      with("Content-Length: 99999999999999999999\r\n", "abc"),
      with("X: a\r\n b\r\n"),
      with("X: a\r\n\tb\r\n"),
      with("X : a\r\n"),
      with(" X: a\r\n"),
      with("X: a\rb\r\n"),
      with("X: a\nY: b\r\n"),
      with(std::string("X: a\0b\r\n", 8)),
      with("X: a\x01\r\n"),
      with("X: a\r\nx: b\r\n"),
      with("Host: y\r\n"),
      with("Cookie: a=1\r\nCookie: b=2\r\n"),
      with("NoColon\r\n"),
      with(": nothing\r\n"),
      "POST /a HTTP/1.1\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost:\r\n\r\n",
      "POST  /a HTTP/1.1\r\nHost: x\r\n\r\n",
      "POST /a  HTTP/1.1\r\nHost: x\r\n\r\n",
      "POST\t/a HTTP/1.1\r\nHost: x\r\n\r\n",
      "POST /a\r\nHost: x\r\n\r\n",
      "POST http://x/a HTTP/1.1\r\nHost: x\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
      "POST /a/../b HTTP/1.1\r\nHost: x\r\n\r\n",
      "\r\nPOST /a HTTP/1.1\r\nHost: x\r\n\r\n",
      "post /a HTTP/1.1\r\nHost: x\r\n\r\n",
      "\x16\x03\x01\x02",
  };
  for (const std::string& request : bad) {
    CAPTURE(request);
    CHECK(status_of(request) == 400);
  }
}

TEST_CASE("what is not spoken here says so") {
  CHECK(status_of("GET / HTTP/1.0\r\nHost: x\r\n\r\n") == 505);
  CHECK(status_of("GET / HTTP/2.0\r\nHost: x\r\n\r\n") == 505);
  CHECK(status_of("TRACE / HTTP/1.1\r\nHost: x\r\n\r\n") == 501);
  CHECK(status_of("CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n") == 501);
  CHECK(status_of(with("Transfer-Encoding: gzip, chunked\r\n")) == 501);
  CHECK(status_of(with("Transfer-Encoding: chunked, identity\r\n")) == 501);
  CHECK(status_of(with("Transfer-Encoding: xchunked\r\n")) == 501);
  CHECK(status_of(with("Expect: a miracle\r\n")) == 417);
}

TEST_CASE("header, target and body have limits") {
  CHECK(status_of(with("X: " + std::string(15'000, 'a') + "\r\n")) == 200);
  CHECK(status_of(with("X: " + std::string(17'000, 'a') + "\r\n")) == 431);
  CHECK(status_of("GET /" + std::string(20'000, 'a'), 100) == 431);
  CHECK(status_of("GET /" + std::string(8'192, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n") == 414);
  std::string many;
  for (int i = 0; i < 120; ++i) {
    many += "X" + std::to_string(i) + ": a\r\n";
  }
  CHECK(status_of(with(many)) == 431);
  CHECK(status_of(with("Content-Length: 1000\r\n", std::string(1000, 'a'))) == 200);
  CHECK(status_of(with("Content-Length: 1001\r\n")) == 413);
  const std::string chunk = "3e8\r\n" + std::string(1000, 'a') + "\r\n";
  CHECK(status_of(with("Transfer-Encoding: chunked\r\n", chunk + "0\r\n\r\n")) == 200);
  CHECK(status_of(with("Transfer-Encoding: chunked\r\n", chunk + "1\r\na\r\n0\r\n\r\n")) == 413);
}

TEST_CASE("malformed chunks are refused") {
  const std::vector<std::string> bad = {"x\r\nabc\r\n0\r\n\r\n",
                                        "-1\r\nabc\r\n0\r\n\r\n",
                                        "3\r\nabcd\r\n0\r\n\r\n",
                                        "3\nabc\r\n0\r\n\r\n",
                                        "fffffffffffffffffff\r\nabc",
                                        "3 \r\nabc\r\n0\r\n\r\n"};
  for (const std::string& body : bad) {
    CAPTURE(body);
    const int status = status_of(with("Transfer-Encoding: chunked\r\n", body));
    CHECK((status == 400 || status == 413));
  }
  CHECK(status_of(with("Transfer-Encoding: chunked\r\n", "3;" + std::string(9'000, 'x'))) == 400);
}

TEST_CASE("an upgrade to a WebSocket is noticed") {
  RequestReader reader(kHeaderMax);
  reader.append(
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n");
  REQUIRE(reader.read_head().value());
  CHECK(reader.head().upgrades_websocket);
  CHECK_FALSE(reader.head().close);
  RequestReader other(kHeaderMax);
  other.append("GET / HTTP/1.1\r\nHost: x\r\nConnection: Close\r\nUpgrade: h2c\r\n\r\n");
  REQUIRE(other.read_head().value());
  CHECK_FALSE(other.head().upgrades_websocket);
  CHECK(other.head().close);
}
