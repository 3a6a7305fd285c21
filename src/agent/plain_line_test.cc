#include "agent/plain_line.h"

#include <vector>

#include <doctest/doctest.h>

#include "base/json.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("several lines become one") {
  CHECK(plain_line("E: no\nspace", 100) == "E: no space");
  CHECK(plain_line("caf\xc3\xa9\tclosed", 100) == "caf\xc3\xa9\tclosed");
}

TEST_CASE("a text is cut between characters, never within one") {
  const std::string euros = "\xe2\x82\xac\xe2\x82\xac";
  CHECK(plain_line(euros, 6) == euros);
  CHECK(plain_line(euros, 5) == "\xe2\x82\xac");
  CHECK(plain_line(euros, 3) == "\xe2\x82\xac");
  CHECK(plain_line(euros, 2) == "-");
  CHECK(plain_line("abc", 2) == "ab");
}

TEST_CASE("what no canonical object takes is left out") {
  CHECK(plain_line("a\x1b[31mb", 100) == "a[31mb");
  CHECK(plain_line("caf\xe9", 100) == "caf");
  CHECK(plain_line(std::string("\0\r", 2), 100) == "-");
  CHECK(plain_line("", 100) == "-");
}

TEST_CASE("an error is one line: its code, what it says, and where") {
  const Error bare = fail(Errc::disk_full, "no room").error();
  CHECK(error_line(bare, 100) == error_code_text(Errc::disk_full) + " no room");
  const Error placed = fail(Errc::disk_full, "no\nroom", "/srv").error();
  CHECK(error_line(placed, 100) == error_code_text(Errc::disk_full) + " no room (/srv)");
  CHECK(error_line(placed, 5).size() == 5);
}

TEST_CASE("whatever octets come, the line may stand in a canonical object") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {'a', static_cast<char>(first), static_cast<char>(second), 'b'};
      for (const std::size_t size : std::vector<std::size_t>{2, 3, 4}) {
        const std::string line = plain_line(text, size);
        CHECK((json::is_allowed_text(line) && !line.empty() && line.size() <= size));
      }
    }
  }
}
