#include "base/present.h"

#include <doctest/doctest.h>

using namespace twoseal;

TEST_CASE("plain text of any script is shown as it is") {
  CHECK(present("Limit SSH log-in attempts") == "Limit SSH log-in attempts");
  CHECK(present("größer · 変更 · 🔑") == "größer · 変更 · 🔑");
  CHECK(present("") == "");
}

TEST_CASE("control characters and terminal sequences are shown as escapes") {
  CHECK(present("\x1b[2J") == "\\u{1b}[2J");
  CHECK(present(std::string_view("a\0b\x7f", 4)) == "a\\u{0}b\\u{7f}");
  CHECK(present("\xc2\x9b") == "\\u{9b}");
  CHECK(present("a\nb\tc\r") == "a\\nb\\tc\\u{d}");
  CHECK(present_lines("a\nb\r\n") == "a\nb\\u{d}\n");
}

TEST_CASE("characters that reorder, hide or end lines are shown as escapes") {
  CHECK(present("user\u202Exe.hs") == "user\\u{202e}xe.hs");
  CHECK(present("a\u200Bb\u2066c\uFEFF\u2028") == "a\\u{200b}b\\u{2066}c\\u{feff}\\u{2028}");
  CHECK(present("\U000E0041\u00AD\u3164") == "\\u{e0041}\\u{ad}\\u{3164}");
}

TEST_CASE("octets that are no UTF-8 are shown one by one") {
  CHECK(present("\xff\x80") == "\\x{ff}\\x{80}");
  CHECK(present("\xc0\xaf") == "\\x{c0}\\x{af}");             // a long form of '/'
  CHECK(present("\xed\xa0\x80") == "\\x{ed}\\x{a0}\\x{80}");  // half a surrogate pair
  CHECK(present("\xed\xbf\xbf") == "\\x{ed}\\x{bf}\\x{bf}");  // the last one
  CHECK(present("\xf4\x90\x80\x80") == "\\x{f4}\\x{90}\\x{80}\\x{80}");
  CHECK(present("\xe0\x80\xaf") == "\\x{e0}\\x{80}\\x{af}");  // a longer form of '/'
  CHECK(present("\xf5\x80") == "\\x{f5}\\x{80}");
  CHECK(present("\xe2\x82") == "\\x{e2}\\x{82}");  // cut off
}

TEST_CASE("a code point that does not exist is not presentable") {
  CHECK(is_presentable('a'));
  CHECK_FALSE(is_presentable(0x110000));
}
