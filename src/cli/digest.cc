// twoseal digest, twoseal words
#include "base/os_file.h"
#include "base/words.h"
#include "cli/verb_list.h"
#include "crypto/hash.h"

namespace twoseal::cli {
namespace {

Result<Digest> digest_of_file(const std::string& path) {
  TWOSEAL_TRY(const Bytes bytes, read_file(path, limits::kBlobMax));
  return sha256(bytes);
}

std::string rows_of_words(const Digest& digest) {
  std::string text;
  const auto words = digest_words(digest);
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += std::string(words[i]) + (i % 4 == 3 ? "\n" : " ");
  }
  return text;
}

Result<Report> run_digest(const Arguments& arguments, const Session&) {
  const std::string path = arguments.text("FILE");
  TWOSEAL_TRY(const Digest digest, digest_of_file(path));
  return Report{digest.text() + "\n",
                {{"digest", digest.text()}, {"file", path}, {"words", digest_words_text(digest)}},
                {},
                Exit::done};
}

Result<Report> run_words(const Arguments& arguments, const Session&) {
  const std::string of = arguments.text("DIGEST_OR_FILE");
  Result<Digest> digest = Digest::parse(of);
  if (!digest && !of.starts_with("sha256:")) {
    digest = digest_of_file(of);
  }
  if (!digest) {
    return std::unexpected(std::move(digest).error());
  }
  return Report{rows_of_words(*digest),
                {{"digest", digest->text()}, {"words", digest_words_text(*digest)}},
                {},
                Exit::done};
}

constexpr Operand kDigestOperands[] = {{"FILE", "any file of up to 64 MiB"}};
constexpr Operand kWordsOperands[] = {{"DIGEST_OR_FILE", "sha256:… or the name of a file"}};
constexpr std::string_view kDigestExamples[] = {"twoseal digest change.json"};
constexpr std::string_view kWordsExamples[] = {"twoseal words change.json"};
constexpr Exit kExits[] = {Exit::bad_data, Exit::no_input, Exit::permission};

}  // namespace

const Verb kDigest = {
    "digest",
    Group::objects,
    "print the digest of a file",
    "The digest is the name of an object: sha256: and the 64 hexadecimal digits that sha256sum "
    "prints for the same file.",
    kDigestOperands,
    {},
    kDigestExamples,
    kExits,
    OutputFile::report,
    run_digest,
};

const Verb kWords = {
    "words",
    Group::objects,
    "print a digest as twelve words",
    "Twelve words show the first 132 bits of a digest in a form that people can compare between "
    "two devices or read to each other. They protect only when each side computed them from the "
    "bytes itself.",
    kWordsOperands,
    {},
    kWordsExamples,
    kExits,
    OutputFile::report,
    run_words,
};

}  // namespace twoseal::cli
