#include "compliance/content/compiled.h"

#include <fstream>

#include <doctest/doctest.h>

#include "compliance/content/compiler.h"
#include "crypto/hash.h"
#include "tests/support/scap_content.h"
#include "tests/support/temporary_directory.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)

namespace {

Bytes sample() {
  return encode_content(compile_content(test::data_stream()).value());
}

Errc refusal(BytesView bytes) {
  const auto content = decode_content(bytes);
  REQUIRE_FALSE(content.has_value());
  return content.error().code;
}

// The same with a digest that fits, as somebody who means harm would write it.
Bytes sealed(Bytes bytes) {
  constexpr std::size_t kHeader = 64;
  return bytes.replace(32, Digest::kSize, sha256(BytesView(bytes).substr(kHeader)).bytes());
}

Bytes encoded(void (*change)(Content&)) {
  Content content = compile_content(test::data_stream()).value();
  change(content);
  return encode_content(content);
}

}  // namespace

TEST_CASE("content reads back as it was written, and is written the same again") {
  const Content compiled = compile_content(test::data_stream()).value();
  const Bytes bytes = encode_content(compiled);
  const Content read = decode_content(bytes).value();
  CHECK(encode_content(read) == bytes);
  CHECK(read.source == compiled.source);
  CHECK(read.source_name == "stream.xml");
  REQUIRE(read.benchmarks.size() == 1);
  CHECK(read.benchmarks[0].rules.size() == compiled.benchmarks[0].rules.size());
  CHECK(read.benchmarks[0].rules[0].title == compiled.benchmarks[0].rules[0].title);
  CHECK(read.benchmarks[0].rules[0].weight == compiled.benchmarks[0].rules[0].weight);
  REQUIRE(read.documents.size() == compiled.documents.size());
  CHECK(read.documents[0].objects[0].behaviors == compiled.documents[0].objects[0].behaviors);
}

TEST_CASE("empty content has bytes too") {
  const Bytes bytes = encode_content(Content());
  CHECK(encode_content(decode_content(bytes).value()) == bytes);
}

TEST_CASE("each octet that is changed is noticed") {
  const Bytes bytes = sample();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned bit : {0U, 3U, 7U}) {
      Bytes changed = bytes;
      changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ (1U << bit));
      CHECK_MESSAGE(refusal(changed) == Errc::bad_content, "octet ", i);
    }
  }
}

TEST_CASE("what is cut off or has something behind it is refused") {
  const Bytes bytes = sample();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_MESSAGE(refusal(BytesView(bytes).substr(0, size)) == Errc::bad_content, size);
  }
  CHECK(refusal(bytes + '\0') == Errc::bad_content);
}

TEST_CASE("another version is refused by its number") {
  Bytes bytes = sample();
  bytes[8] = static_cast<char>(kCompiledVersion + 1);
  const auto content = decode_content(bytes);
  REQUIRE_FALSE(content.has_value());
  CHECK(content.error().what.find("version " + std::to_string(kCompiledVersion + 1)) !=
        std::string::npos);
}

TEST_CASE("changed octets under a digest that fits never read outside, and mean what they say") {
  // With address and undefined-behaviour sanitizers this is what it is for.
  const Bytes bytes = sample();
  std::size_t accepted = 0;
  for (std::size_t i = 64; i < bytes.size(); ++i) {
    for (const char value : {'\0', '\1', '\x7F', '\x80', '\xFF'}) {
      Bytes changed = bytes;
      changed[i] = value;
      const auto content = decode_content(changed = sealed(std::move(changed)));
      if (content) {
        ++accepted;
        CHECK(encode_content(decode_content(encode_content(*content)).value()) ==
              encode_content(*content));
      } else {
        CHECK(content.error().code == Errc::bad_content);
      }
    }
  }
  CHECK(accepted > 0);  // a letter of a text may be another one
}

TEST_CASE("a number has one spelling") {
  // The count of benchmarks, 1, stands behind the name and the digest; written in two octets.
  Content content;
  Bytes bytes = encode_content(content);
  const std::size_t count = 64 + 2 + Digest::kSize;
  REQUIRE(bytes[count] == '\0');
  bytes.replace(count, 1, std::string("\x80\0", 2));
  bytes[16] = static_cast<char>(bytes[16] + 1);
  CHECK(refusal(sealed(bytes)) == Errc::bad_content);
}

TEST_CASE("a count that is greater than what follows is refused before memory is asked for") {
  Bytes bytes = encode_content(Content());
  const std::size_t count = 64 + 2 + Digest::kSize;
  bytes.replace(count, 1, "\xFF\xFF\xFF\xFF\x0F");
  bytes[16] = static_cast<char>(bytes[16] + 4);
  CHECK(refusal(sealed(bytes)) == Errc::bad_content);
}

TEST_CASE("references that lead out of their lists are refused") {
  using Change = void (*)(Content&);
  constexpr Change kChanges[] = {
      [](Content& c) { c.documents[1].definitions[0].criteria->children[0].ref = 99; },
      [](Content& c) { c.documents[1].tests[0].object = 99; },
      [](Content& c) { c.documents[1].tests[0].states.push_back(99); },
      [](Content& c) { c.documents[1].objects[0].filters.push_back({99, false}); },
      [](Content& c) { c.documents[1].objects[0].entities[0].variable = 99; },
      [](Content& c) { c.documents[1].objects[0].set.emplace().objects = {99}; },
      [](Content& c) { c.benchmarks[0].rules[0].parent = 99; },
      [](Content& c) { c.benchmarks[0].groups[0].parent = 0; },  // within itself
      [](Content& c) { c.benchmarks[0].rules[0].checks[0].refs[0].document = 99; },
      [](Content& c) { c.benchmarks[0].rules[0].checks[0].refs[0].definition = 99; },
      [](Content& c) { c.benchmarks[0].rules[0].checks[0].exports.push_back({99, "v"}); },
      [](Content& c) { c.dictionary[0].check.document = 99; },
      [](Content& c) {
        c.benchmarks[0].platform_tests.push_back({"p", "", {}});
        c.benchmarks[0].platform_tests.back().test.checks.push_back({"", "", 99, kNone});
      },
      // Operators that benchmarks do not have.
      [](Content& c) { c.benchmarks[0].rules[0].checks[0].op = Operator::odd; },
      [](Content& c) {
        c.benchmarks[0].platform_tests.push_back({"p", "", {}});
        c.benchmarks[0].platform_tests.back().test.op = Operator::exactly_one;
      },
      [](Content& c) {
        for (Index i = 0; i < 70; ++i) {
          Group group;
          group.parent = static_cast<Index>(c.benchmarks[0].groups.size() - 1);
          c.benchmarks[0].groups.push_back(group);
        }
      },
      [](Content& c) {
        auto& definitions = c.documents[0].definitions;
        for (Index i = 0; i < 600; ++i) {
          Criteria extends{.kind = CriteriaKind::definition,
                           .ref = static_cast<Index>(definitions.size() - 1)};
          definitions.emplace_back().criteria = extends;
        }
      },
      // A reference that names a definition and has none, and a variable that is made of nothing.
      [](Content& c) { c.benchmarks[0].rules[0].checks[0].refs[0].definition = kNone; },
      [](Content& c) {
        c.documents[1].variables[0].kind = VariableKind::local;
        c.documents[1].variables[0].component.reset();
      },
  };
  CHECK(decode_content(encoded([](Content&) {})).has_value());
  for (const Change change : kChanges) {
    CHECK(refusal(encoded(change)) == Errc::bad_content);
  }
}

TEST_CASE("parts nested deeper than anything can be compiled are refused") {
  const auto nested = [](std::size_t depth) {
    Content content = compile_content(test::data_stream()).value();
    Criteria inner;
    for (std::size_t i = 0; i < depth; ++i) {
      Criteria outer;
      outer.children.push_back(std::move(inner));
      inner = std::move(outer);
    }
    content.documents[0].definitions[0].criteria = std::move(inner);
    return encode_content(content);
  };
  CHECK(decode_content(nested(64)).has_value());
  CHECK(refusal(nested(200)) == Errc::bad_content);
}

TEST_CASE("a file is read whole, and what becomes of it later changes nothing") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("content");
  std::ofstream(path, std::ios::binary) << sample();
  const Content content = open_content(path).value();
  std::ofstream(path, std::ios::binary) << "x";
  CHECK(content.benchmarks[0].id == "xccdf_test_benchmark_b");
  CHECK(encode_content(content) == sample());
}

TEST_CASE("what is no file of content is refused with its path") {
  const TemporaryDirectory directory;
  const auto refused = [&](const std::string& name) {
    const auto content = open_content(directory.file(name));
    REQUIRE_FALSE(content.has_value());
    return content.error().code;
  };
  std::ofstream(directory.file("empty"));
  std::ofstream(directory.file("text"))
      << "no content at all, but longer than any header could be ....";
  CHECK(refused("none") == Errc::no_input);
  CHECK(refused("empty") == Errc::bad_content);
  CHECK(refused("text") == Errc::bad_content);
  CHECK(refused("") == Errc::not_regular);
}
