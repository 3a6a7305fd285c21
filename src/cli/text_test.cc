// Tests of what is printed: JSON, errors, help.
#include <doctest/doctest.h>

#include "cli/error_text.h"
#include "cli/help.h"
#include "cli/json_text.h"
#include "cli/nearest.h"
#include "cli/verbs.h"

using namespace twoseal;
using namespace twoseal::cli;

TEST_CASE("JSON escapes whatever would not be shown as it is") {
  CHECK(Json("a\"b\\c\n\t\x1b").text() == R"("a\"b\\c\n\u0009\u001b")");
  CHECK(Json("\u202E\U000E0041 ü").text() == R"("\u202e\udb40\udc41 ü")");
  CHECK(Json("\xff").text() == "\"\xEF\xBF\xBD\"");
}

TEST_CASE("JSON objects keep the order of their fields") {
  const Json::Array list = {1, false, "x"};
  CHECK(Json(Json::Object{{"b", 1}, {"a", list}, {"c", Json::Object{}}}).text() ==
        R"({"b":1,"a":[1,false,"x"],"c":{}})");
}

TEST_CASE("an error says code, what, where, why and next") {
  const Error error = {Errc::not_canonical, "byte 3: a space\x1b[2J", "x\n.json"};
  CHECK(error_text(error, false) ==
        "error TS-1001: these bytes are not canonical JSON\n"
        "  x\\n.json  byte 3: a space\\u{1b}[2J\n"
        "  why   signatures are over exact bytes, so one value has exactly one accepted spelling\n"
        "  next  correct the named byte, or let twoseal write the file: twoseal canon --compile "
        "FILE.yaml\n"
        "  more  twoseal explain TS-1001\n");
  CHECK(error_text({Errc::usage, "x", "", "do that"}, true).starts_with("\x1b[31merror TS-1106"));
  CHECK(error_text({Errc::usage, "x", "", "do that"}, false).find("  next  do that\n") !=
        std::string::npos);
}

TEST_CASE("several things that are wrong stand on lines of their own, where no field begins") {
  const std::string text = error_text({Errc::usage, "one\ntwo\n  next  rm -rf /", "x.yaml"}, false);
  CHECK(text.find("\n  x.yaml  one\n          two\n            next  rm -rf /\n  why ") !=
        std::string::npos);
}

TEST_CASE("an error has the same parts as JSON") {
  const std::string text = Json(error_fields({Errc::refuse_s3, "what", "where"})).text();
  CHECK(text.find(R"("code":"TS-2163","name":"refuse_s3","refusal":"S3")") != std::string::npos);
  CHECK(text.find(R"("what":"what","where":"where")") != std::string::npos);
  CHECK(text.find(R"("exit":5)") != std::string::npos);
}

TEST_CASE("the nearest word is found when few letters differ") {
  const std::vector<std::string> known = {"canon", "sign", "key new"};
  CHECK(nearest("cannon", known) == "canon");
  CHECK(nearest("sing", known) == "sign");
  CHECK(nearest("keynew", known) == "key new");
  CHECK(nearest("zzzz", known).empty());
  CHECK(nearest("", known).empty());
}

TEST_CASE("help, manual page and reference name every verb and flag") {
  const std::string overview = overview_text();
  const std::string reference = reference_markdown();
  const std::string manual = manual_overview();
  for (const Verb* verb : all_verbs()) {
    CAPTURE(verb->name);
    CHECK(overview.find("  " + std::string(verb->name) + " ") != std::string::npos);
    CHECK(reference.find("### `" + std::string(verb->name) + "`") != std::string::npos);
    std::string name(verb->name);
    if (const std::size_t hyphen = name.find('-'); hyphen != std::string::npos) {
      name.insert(hyphen, "\\");
    }
    CHECK(manual.find("\\fB" + name + "\\fR") != std::string::npos);
    for (const Flag& flag : verb->flags) {
      CHECK(help_text(*verb).find("  " + std::string(flag.name)) != std::string::npos);
    }
  }
}

TEST_CASE("no line of help is wider than the page") {
  for (const Verb* verb : all_verbs()) {
    CAPTURE(verb->name);
    const std::string text = help_text(*verb);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      CHECK(end - begin <= 110);
      begin = end + 1;
    }
  }
}

TEST_CASE("text is broken between words and paragraphs are kept") {
  CHECK(wrapped("one two three", 9, "  ") == "  one two\n  three\n");
  CHECK(wrapped("one\n\ntwo", 20, "") == "one\n\ntwo\n");
}
