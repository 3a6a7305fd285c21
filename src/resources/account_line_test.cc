#include "resources/account_line.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

using Fields = std::vector<std::string>;

constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "# a comment\n"
    "\n"
    "daemon:x:1:1::/:/usr/sbin/nologin\n"
    ":x:5:5::/:/bin/sh\n"
    "dana:x:1000:1000:Dana,,,:/home/dana:/bin/sh\n"
    "broken\n"
    "dan:x:no:1001::/:";

}  // namespace

TEST_CASE("an account is found by its whole name, the first line of it counts") {
  CHECK(find_account_line(kPasswd, "root") ==
        Fields{"root", "x", "0", "0", "root", "/root", "/bin/bash"});
  CHECK(find_account_line(kPasswd, "dan") == Fields{"dan", "x", "no", "1001", "", "/", ""});
  CHECK(find_account_line("a:1\na:2\n", "a") == Fields{"a", "1"});
  CHECK(find_account_line("a:\n", "a") == Fields{"a", ""});
  for (const char* none : {"dana2", "da", "x", "broken", "# a comment", "oot"}) {
    CAPTURE(none);
    CHECK_FALSE(find_account_line(kPasswd, none));
  }
  CHECK_FALSE(find_account_line("", "root"));
}

TEST_CASE("a number leads to the first account that has it") {
  CHECK(find_account_name(kPasswd, 1000) == "dana");
  CHECK(find_account_name("a:x:7:\nb:x:7:\n", 7) == "a");
  CHECK(find_account_name("a:x:7", 7) == "a");
  CHECK_FALSE(find_account_name(kPasswd, 1001));  // a group, not an account
  CHECK_FALSE(find_account_name("a:7\na\n", 7));
}

TEST_CASE("a number is plain decimal, and never the one that means nobody") {
  CHECK(account_number("0") == 0);
  CHECK(account_number("4294967294") == 4'294'967'294);
  for (const char* none :
       {"", "4294967295", "4294967296", "-1", "+1", " 1", "1 ", "1x", "0x1", "99999999999"}) {
    CAPTURE(none);
    CHECK_FALSE(account_number(none));
  }
}

TEST_CASE("numbers and names are those of all lines that have them") {
  CHECK(account_numbers(kPasswd) == std::vector<std::uint32_t>{0, 1, 5, 1000});
  CHECK(account_names(kPasswd) == Fields{"root", "daemon", "dana", "dan"});
  CHECK(account_numbers("").empty());
  CHECK(account_names("no colon\n").empty());
}

TEST_CASE("a line takes the place of the one that was there, every other byte stays") {
  CHECK(with_account_line("a:1\nb:2\nc:3\n", {"b", "9", ""}) == "a:1\nb:9:\nc:3\n");
  CHECK(with_account_line("a:1\nb:2", {"b", "9"}) == "a:1\nb:9\n");
  CHECK(with_account_line("a:1\nab:2\n", {"b", "9"}) == "a:1\nab:2\nb:9\n");
  CHECK(with_account_line("a:1", {"b", "9"}) == "a:1\nb:9\n");
  CHECK(with_account_line("", {"b", "9"}) == "b:9\n");
  CHECK(with_account_line("b:1\nb:2\n", {"b", "9"}) == "b:9\nb:2\n");
  CHECK(with_account_line("\n#x\na:1\n", {"a", "2"}) == "\n#x\na:2\n");
}

TEST_CASE("without an account every line of it is gone, and only those") {
  CHECK(without_account_line("a:1\nb:2\na:3", "a") == "b:2\n");
  CHECK(without_account_line("a:1\nab:2\n", "a") == "ab:2\n");
  CHECK(without_account_line("a\n", "a") == "a\n");
  CHECK(without_account_line("", "a").empty());
  const Bytes all = kPasswd;
  CHECK(without_account_line(all, "nobody") == all);
}

TEST_CASE("what is put in and taken out again leaves the file as it was") {
  const Bytes whole = "root:x:0:\nwww-data:x:33:\n";
  CHECK(without_account_line(with_account_line(whole, {"dana", "x", "7", ""}), "dana") == whole);
}

TEST_CASE("members are divided by commas") {
  CHECK(split_members("").empty());
  CHECK(split_members("a") == Fields{"a"});
  CHECK(split_members("a,b,") == Fields{"a", "b", ""});
  CHECK(join_members({}).empty());
  CHECK(join_members({"a"}) == "a");
  CHECK(join_members({"a", "b"}) == "a,b");
}
