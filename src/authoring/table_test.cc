#include "authoring/table.h"

#include <doctest/doctest.h>

#include "model/change.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::authoring;  // NOLINT(google-build-using-namespace)

namespace {

// Reads `text` with `read` and says what was wrong.
template <class Read>
std::string problems_of(std::string_view text, Read read) {
  const auto root = parse_yaml(text, "f");
  REQUIRE(root.has_value());
  Problems problems("f");
  Table table(Value(*root, problems, ""));
  read(table);
  table.finish();
  if (!problems.any()) {
    return "";
  }
  const Error error = problems.error();
  return error.where + " " + error.what;
}

}  // namespace

TEST_CASE("integers are plain decimal digits") {
  for (const std::string_view good : {"0", "7", "-1", "9007199254740991"}) {
    CHECK(parse_integer(good).has_value());
  }
  for (const std::string_view bad : {"",
                                     "-",
                                     "+1",
                                     "01",
                                     "-0",
                                     "0x1",
                                     "0o7",
                                     "1_000",
                                     "1e3",
                                     "1.0",
                                     " 1",
                                     "1 ",
                                     "yes",
                                     "60:00",
                                     "9007199254740992",
                                     "99999999999999999999",
                                     "٣"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_integer(bad).has_value());
  }
}

TEST_CASE("durations have one unit") {
  CHECK(parse_duration("0s").value() == 0);
  CHECK(parse_duration("90s").value() == 90);
  CHECK(parse_duration("5m").value() == 300);
  CHECK(parse_duration("2h").value() == 7200);
  CHECK(parse_duration("7d").value() == 604800);
  for (const std::string_view bad :
       {"", "s", "5", "5 m", "1h30m", "-1s", "1.5h", "05m", "5w", "5M", "99999999999d"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad).has_value());
  }
}

TEST_CASE("times are RFC 3339 in UTC to the second") {
  CHECK(parse_time("1970-01-01T00:00:00Z").value() == 0);
  CHECK(parse_time("2026-11-24T15:00:01Z").value() == 1795532401);
  CHECK(parse_time("2024-02-29T23:59:59Z").value() == 1709251199);
  CHECK(parse_time("9999-12-31T23:59:59Z").value() == 253402300799);
  for (const std::string_view bad : {"",
                                     "2026-11-24",
                                     "2026-11-24T15:00:00",
                                     "2026-11-24T15:00:00+00:00",
                                     "2026-11-24 15:00:00Z",
                                     "2023-02-29T00:00:00Z",
                                     "2026-13-01T00:00:00Z",
                                     "2026-00-01T00:00:00Z",
                                     "2026-11-24T24:00:00Z",
                                     "2026-11-24T15:60:00Z",
                                     "2026-11-24T15:00:60Z",
                                     "1969-12-31T23:59:59Z",
                                     "2026-11-2xT15:00:00Z",
                                     "2026-11-24t15:00:00z"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_time(bad).has_value());
  }
}

TEST_CASE("a scalar has the type of its field") {
  CHECK(problems_of("a: 4\nb: \"4\"\nc: yes\nd: 0644\n", [](Table& t) {
          CHECK(t.required("a").text(kLine) == "4");
          CHECK(t.required("b").text(kLine) == "4");
          CHECK(t.required("c").text(kLine) == "yes");
          CHECK(t.required("d").text(kLine) == "0644");
          CHECK(t.required("a").integer(0, 9) == 4);
        }).empty());
  CHECK(problems_of("b: \"4\"\n", [](Table& t) { CHECK(t.required("b").integer(0, 9, 7) == 7); }) ==
        "f:1:4 b: must be an integer in plain decimal digits, not '4' in quotes");
  CHECK(problems_of("d: 0644\n", [](Table& t) { CHECK(t.required("d").integer(0, 9) == 0); }) ==
        "f:1:4 d: must be an integer in plain decimal digits, not '0644'");
  CHECK(problems_of("d: 10\n", [](Table& t) { CHECK(t.required("d").integer(0, 9) == 0); }) ==
        "f:1:4 d: 10 is out of range; 0 to 9 is allowed");
  CHECK(problems_of("d: yes\n", [](Table& t) { CHECK(t.required("d").boolean(true)); }) ==
        "f:1:4 d: must be true or false, not 'yes'");
  CHECK(problems_of("d: \"true\"\n", [](Table& t) { CHECK_FALSE(t.required("d").boolean()); }) ==
        "f:1:4 d: must be true or false, not 'true'");
  CHECK(problems_of("d: 8d\n", [](Table& t) { CHECK(t.required("d").duration(0, 600, 5) == 5); }) ==
        "f:1:4 d: 8d is out of range; 0 to 600 seconds are allowed");
  CHECK(problems_of("d: soon\n", [](Table& t) {
          CHECK(t.required("d").duration(0, 6, 5) == 5);
        }).find("is not a duration") != std::string::npos);
  CHECK(problems_of("d: soon\n", [](Table& t) {
          CHECK(t.required("d").time() == 0);
        }).find("is not a time") != std::string::npos);
  CHECK(problems_of("d: x\n", [](Table& t) {
          static_cast<void>(t.required("d").digest());
        }).find("f:1:4 d: ") == 0);
  CHECK(problems_of("d: X!\n", [](Table& t) {
          CHECK(t.required("d").id<Name>().empty());
        }).find("f:1:4 d: 'X!' is not a valid name") == 0);
}

TEST_CASE("a value of another kind is named") {
  CHECK(problems_of("d: [1]\n", [](Table& t) { CHECK(t.required("d").text(kLine).empty()); }) ==
        "f:1:4 d: must be a text, not a list");
  CHECK(problems_of("d: {}\n", [](Table& t) { CHECK(t.required("d").list(kFew).empty()); }) ==
        "f:1:4 d: must be a list, not a map");
  CHECK(problems_of("d: x\n", [](Table& t) { CHECK(t.required("d").list(kFew).empty()); }) ==
        "f:1:4 d: must be a list, not a text");
  CHECK(problems_of("d:\n", [](Table& t) { CHECK(t.required("d").text(kLine).empty()); }) ==
        "f:1:1 d: has no value");
  CHECK(problems_of("d: x\n", [](Table& t) {
          Table inner(t.required("d"));
          CHECK_FALSE(inner.required("e").present());
          CHECK(inner.members().empty());
          inner.finish();
        }) == "f:1:4 d: must be a map, not a text");
  CHECK(problems_of("d: \"\"\n", [](Table& t) { CHECK(t.required("d").text(kLine).empty()); }) ==
        "f:1:4 d: may not be empty");
  CHECK(problems_of("d: abc\n", [](Table& t) { CHECK(t.required("d").text({1, 2}).empty()); }) ==
        "f:1:4 d: has 3 bytes; 1 to 2 are allowed");
  CHECK(problems_of("d: [a, b]\n", [](Table& t) { CHECK(t.required("d").list({0, 1}).empty()); }) ==
        "f:1:4 d: has 2 items; 0 to 1 are allowed");
}

TEST_CASE("lists of ids ascend and hold nothing twice") {
  CHECK(problems_of("d: [b, a]\n", [](Table& t) {
          const auto ids = t.required("d").ids<Name>(kFew);
          REQUIRE(ids.size() == 2);
          CHECK(ids[0].text() == "a");
        }).empty());
  CHECK(problems_of("d: [b, a, b]\n", [](Table& t) {
          static_cast<void>(t.required("d").ids<Name>(kFew));
        }) == "f:1:11 d[2]: 'b' stands twice");
}

TEST_CASE("words come from closed lists and the nearest is suggested") {
  CHECK(problems_of("d: norml\n", [](Table& t) {
          CHECK(t.required("d").enumeration(ChangeKind::patch) == ChangeKind::patch);
        }) == "f:1:4 d: 'norml' is not known here; did you mean 'normal'?");
  CHECK(problems_of("d: zzzzzz\n", [](Table& t) {
          CHECK(t.required("d").word({"agent", "person"}, "agent") == "agent");
        }) == "f:1:4 d: 'zzzzzz' is not known here; known are: agent, person");
}

TEST_CASE("unknown and missing keys are told, all at once and in the order of the file") {
  CHECK(problems_of("tragets: x\nb: y\n",
                    [](Table& t) {
                      static_cast<void>(t.required("targets", "say which hosts"));
                      static_cast<void>(t.optional("set"));
                    }) ==
        "f:1:1 targets: missing; say which hosts\n"
        "f:1:1 tragets: this key is not known here; did you mean 'targets'?\n"
        "f:2:1 b: this key is not known here; known are: targets, set");
  std::string many;
  for (int i = 0; i < 50; ++i) {
    many += "key" + std::to_string(i) + ": x\n";
  }
  const std::string told = problems_of(many, [](Table&) {});
  CHECK(told.ends_with("and 30 more"));
  CHECK(problems_of(std::string(300, 'k') + ": x\n", [](Table& t) {
          static_cast<void>(t.optional("a"));
        }).find("kkk…: this key is not known here; known are: a") != std::string::npos);
  Problems none("f");
  CHECK_FALSE(none.any());
}

TEST_CASE("a key with free members is not unknown") {
  CHECK(problems_of("a: {x: 1, y: 2}\n", [](Table& t) {
          Table inner(t.required("a"));
          CHECK(inner.members().size() == 2);
          inner.finish();
        }).empty());
}

TEST_CASE("files are read through the reader, counted and bounded") {
  const auto read_one = [](const Reader& reader, int times, std::size_t size_max) {
    return problems_of("a: key.pub\n", [&](Table& t) {
      Files files(reader);
      for (int i = 0; i < times; ++i) {
        static_cast<void>(files.read(t.required("a"), size_max));
      }
    });
  };
  const Reader hello = [](std::string_view) { return Result<Bytes>("hello"); };
  const Reader missing = [](std::string_view) {
    return Result<Bytes>(fail(Errc::no_input, "no such file"));
  };
  CHECK(read_one(hello, 1, 5).empty());
  CHECK(read_one(hello, 1, 4) == "f:1:4 a: the file 'key.pub' has more than 4 bytes");
  CHECK(read_one(missing, 1, 5) == "f:1:4 a: the file 'key.pub' cannot be read: no such file");
  CHECK(read_one(nullptr, 1, 5) == "f:1:4 a: names a file, and files cannot be read here");
  CHECK(read_one(hello, 1001, 5) == "f:1:4 a: names one file more than 1000");
}
