#include "codec/archive.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using codec::ArchiveFiles;
using codec::read_archive;
using codec::write_archive;

namespace {

const ArchiveFiles& sample() {
  static const ArchiveFiles kFiles = {{"a.json", "{}"}, {"b/c.txt", "hello\n"}, {"b/d", ""}};
  return kFiles;
}

}  // namespace

TEST_CASE("what is written is read back") {
  const Bytes bytes = write_archive(sample()).value();
  CHECK(read_archive(bytes).value() == sample());
  CHECK(write_archive({}).value().size() == 22);
  CHECK(read_archive(write_archive({}).value()).value().empty());
}

TEST_CASE("letters, digits, dots, underscores and hyphens make a path") {
  for (const char* path : {"azAZ09._-", "a_b/c-d/e.f", ".a/..b/-/_"}) {
    CAPTURE(path);
    CHECK(codec::is_archive_path(path));
  }
}

TEST_CASE("every octet of an archive is checked") {
  const Bytes bytes = write_archive(sample()).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const char mask : {'\x01', '\x80', '\xff'}) {
      Bytes altered = bytes;
      altered[i] = static_cast<char>(altered[i] ^ mask);
      const auto files = read_archive(altered);
      CAPTURE(i);
      CHECK_FALSE(files.has_value());
    }
  }
}

TEST_CASE("a truncated or extended archive is refused") {
  const Bytes bytes = write_archive(sample()).value();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(read_archive(bytes.substr(0, size)).has_value());
  }
  CHECK_FALSE(read_archive(bytes + "x").has_value());
  CHECK_FALSE(read_archive("x" + bytes).has_value());
}

TEST_CASE("paths that leave the archive are refused in both directions") {
  for (const char* path :
       {"", "/a", "a/", "../a", "a/../b", "a//b", "./a", "a/.", "a b", "a\\b", "ä", "a:b"}) {
    CAPTURE(path);
    CHECK_FALSE(codec::is_archive_path(path));
    CHECK_FALSE(write_archive({{path, ""}}).has_value());
  }
  CHECK_FALSE(codec::is_archive_path(std::string(codec::kArchivePathMax + 1, 'a')));
  Bytes bytes = write_archive({{"xx/evil", "1"}}).value();
  for (std::size_t at = bytes.find("xx/"); at != Bytes::npos; at = bytes.find("xx/")) {
    bytes.replace(at, 3, "../");
  }
  CHECK(read_archive(bytes).error().what == "an entry has no plain path, or there are too many");
}

TEST_CASE("entries in another order or twice are refused") {
  const Bytes one = write_archive({{"b", "1"}}).value();
  const Bytes two = write_archive({{"a", "2"}}).value();
  const std::size_t local = 30 + 1 + 1;
  CHECK(read_archive(one.substr(0, local) + two).error().what == "entries do not ascend by path");
  CHECK(read_archive(one.substr(0, local) + one).error().what == "entries do not ascend by path");
}

TEST_CASE(
    "an archive with too many entries, or with too little room for its directory, is refused") {
  ArchiveFiles most;
  for (std::size_t i = 0; i < codec::kArchiveFilesMax; ++i) {
    most.emplace(std::to_string(i), "");
  }
  Bytes bytes = write_archive(most).value();
  CHECK(read_archive(bytes).value().size() == codec::kArchiveFilesMax);
  // One local header more, in front of the directory.
  const Bytes last = write_archive({{"last", ""}}).value();
  bytes.insert(bytes.find("PK\x01\x02"), last.substr(0, last.find("PK\x01\x02")));
  CHECK(read_archive(bytes).error().what == "an entry has no plain path, or there are too many");

  constexpr std::uint32_t kContent = codec::kArchiveMax - 60;
  Bytes large = write_archive({{"a", ""}}).value().substr(0, 31);
  for (std::size_t i = 0; i < 4; ++i) {
    large[18 + i] = large[22 + i] = static_cast<char>(kContent >> (8 * i));
  }
  CHECK(read_archive(large + Bytes(kContent, '\0')).error().code == Errc::too_large);
}

TEST_CASE("sizes are bounded before anything is copied") {
  CHECK(read_archive(Bytes(codec::kArchiveMax + 1, '\0')).error().code == Errc::too_large);
  ArchiveFiles many;
  for (std::size_t i = 0; i <= codec::kArchiveFilesMax; ++i) {
    many.emplace(std::to_string(i), "");
  }
  CHECK(write_archive(many).error().code == Errc::bad_zip);
  CHECK(write_archive({{"a", Bytes(codec::kArchiveMax, '\0')}}).error().code == Errc::too_large);
}
