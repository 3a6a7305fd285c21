#include "net/content_coding.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

HttpRequest request_with(Bytes body) {
  HttpRequest request;
  request.body = std::move(body);
  return request;
}

Bytes lines() {
  Bytes text;
  for (int i = 0; i < 1'000; ++i) {
    text += "setting:/etc/ssh/sshd_config#MaxAuthTries " + std::to_string(i) + "\n";
  }
  return text;
}

Errc refused(HttpRequest& request, std::size_t size_max) {
  const auto restored = restore_body(request, size_max);
  return restored ? Errc::internal : restored.error().code;
}

}  // namespace

TEST_CASE("a body comes back as it was, and its way was shorter") {
  HttpRequest request = request_with(lines());
  compress_body(request);
  CHECK(request.headers.at("content-encoding") == "zstd");
  CHECK(request.body.size() < lines().size() / 5);
  REQUIRE(restore_body(request, lines().size()).has_value());
  CHECK(request.body == lines());
  CHECK_FALSE(request.headers.contains("content-encoding"));
}

TEST_CASE("what gains nothing goes as it is") {
  HttpRequest small = request_with(Bytes(511, 'a'));
  compress_body(small);
  CHECK(small.headers.empty());
  Bytes noise;
  std::uint32_t state = 1;
  for (int i = 0; i < 4'096; ++i) {
    state = state * 1'664'525U + 1'013'904'223U;
    noise += static_cast<char>(state >> 24U);
  }
  HttpRequest random = request_with(noise);
  compress_body(random);
  CHECK(random.headers.empty());
  CHECK(random.body == noise);
  CHECK(restore_body(random, 1).has_value());
}

TEST_CASE("a body that would grow beyond its limit is refused before it does") {
  HttpRequest request = request_with(Bytes(std::size_t{8} * 1024 * 1024, 'a'));
  compress_body(request);
  CHECK(request.body.size() < 4'096);
  CHECK(refused(request, std::size_t{8} * 1024 * 1024 - 1) == Errc::too_large);
  CHECK(restore_body(request, std::size_t{8} * 1024 * 1024).has_value());
}

TEST_CASE("other codings, other octets, more or fewer octets are refused") {
  HttpRequest other = request_with("x");
  other.headers["content-encoding"] = "gzip";
  CHECK(refused(other, 100) == Errc::bad_request);
  HttpRequest nothing = request_with("");
  nothing.headers["content-encoding"] = "zstd";
  CHECK(refused(nothing, 100) == Errc::bad_request);
  HttpRequest whole = request_with(lines());
  compress_body(whole);
  for (std::size_t size = 0; size < whole.body.size(); size += 7) {
    HttpRequest cut = whole;
    cut.body.resize(size);
    CHECK(refused(cut, lines().size()) == Errc::bad_request);
  }
  HttpRequest twice = whole;
  twice.body += whole.body;
  CHECK(refused(twice, lines().size()) == Errc::bad_request);
  HttpRequest altered = whole;
  altered.body[altered.body.size() / 2] ^= 0x40;
  const auto restored = restore_body(altered, lines().size());
  CHECK((!restored || altered.body != lines()));
}
