// The zip of an evidence file: what is accepted is the one archive of its files, and every archive
// that we write is read back. The first octet chooses: octets as they are, or an archive made of
// small files with some damage.
#include "codec/archive.h"

#include "base/check.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

void read_and_write(const Bytes& bytes) {
  const auto files = codec::read_archive(bytes);
  if (!files) {
    check(!files.error().what.empty(), "a refusal has a reason");
    return;
  }
  for (const auto& [path, content] : *files) {
    check(codec::is_archive_path(path), "an accepted path is a plain one");
  }
  check(codec::write_archive(*files).value() == bytes, "one set of files has one archive");
}

codec::ArchiveFiles chosen_files(fuzz::Choices& choices) {
  codec::ArchiveFiles files;
  const std::size_t count = choices.below(6);
  for (std::size_t i = 0; i < count; ++i) {
    std::string path = "cases/a/" + std::to_string(choices.below(12));
    if (choices.flag()) {
      path = fuzz::damaged(path, choices);
    }
    files[path] = choices.bytes();
  }
  return files;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  if (!choices.flag()) {
    read_and_write(choices.rest());
    return 0;
  }
  const codec::ArchiveFiles files = chosen_files(choices);
  const auto archive = codec::write_archive(files);
  if (!archive) {
    return 0;
  }
  check(codec::read_archive(*archive).value() == files, "what was written is read back");
  Bytes bytes = *archive;
  while (!choices.at_end()) {
    bytes = fuzz::damaged(bytes, choices);
  }
  read_and_write(bytes);
  return 0;
}
