// Loading a decision directory: every file is either loaded from its own place, and then is what
// stands in the bundle, or is named by a finding.
#include <algorithm>

#include "base/check.h"
#include "cli/vectors/world.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "policy/bundle.h"
#include "tests/fuzz/directory_edit.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

// Goes through a bundle and looks up the file of everything in it.
class Checker {
 public:
  Checker(const Files& files, const Bundle& bundle) : files_(files) {
    versions("roster/", bundle.rosters);
    versions("policy/", bundle.policies);
    versions("restrictions/", bundle.restrictions);
    for (const auto& [host, documents] : bundle.assignments) {
      check_host("assignments/" + host.text().substr(2) + "/", documents);
    }
    named("fresh.json", bundle.fresh);
    named("stops/list.json", bundle.stop_list);
    named("change.json", bundle.change);
    for (const auto& [digest, stop] : bundle.stops) {
      check(object("stops/" + digest.hex() + ".json", stop) == digest, "a stop has its name");
    }
    for (const auto& [digest, result] : bundle.results) {
      check(object("results/" + digest.hex() + ".json", result) == digest, "a result has its name");
    }
    for (const auto& [digest, proof] : bundle.inclusions) {
      object("proofs/" + digest.hex() + ".json", proof);
    }
    for (const auto& [sizes, proof] : bundle.consistencies) {
      check(sizes == std::pair(proof.from, proof.size), "a proof has its sizes");
      object("proofs/consistency-" + std::to_string(sizes.first) + "-" +
                 std::to_string(sizes.second) + ".json",
             proof);
    }
    if (bundle.state) {
      object("state.json", *bundle.state);
    }
    for (const auto& [digest, blob] : bundle.blobs) {
      check(sha256(blob) == digest && bytes("blobs/" + digest.hex()) == blob,
            "a blob has its name");
    }
    if (bundle.checkpoint) {
      check(bytes("checkpoint.txt") == *bundle.checkpoint, "the checkpoint is taken as it is");
    }
    for (const auto& [digest, source] : bundle.statements) {
      check_statement(digest, source);
    }
  }

  [[nodiscard]] std::size_t loaded() const { return loaded_; }

 private:
  const Bytes& bytes(const std::string& path) {
    const auto file = files_.find(path);
    check(file != files_.end(), "what was loaded stands in a file");
    ++loaded_;
    return file->second;
  }

  template <class T>
  Digest object(const std::string& path, const T& value) {
    const Bytes& found = bytes(path);
    check(codec::encode(value) == found, "what was loaded is spelled as its file");
    return sha256(found);
  }

  template <class T>
  void named(const std::string& path, const std::optional<Named<T>>& one) {
    check(!one || object(path, one->value) == one->digest, "an object has the digest of its file");
  }

  template <class T>
  void versions(const std::string& folder, const Versions<T>& all) {
    for (const auto& [number, one] : all) {
      check(one.value.version == number, "a version has its number");
      check(object(folder + std::to_string(number) + ".json", one.value) == one.digest,
            "a version has the digest of its file");
    }
  }

  void check_host(const std::string& folder, const HostDocuments& documents) {
    versions(folder, documents.versions);
    named(folder + "batch.json", documents.batch);
    if (documents.batch_proof) {
      object(folder + "batch-proof.json", *documents.batch_proof);
    }
    if (documents.root_proof) {
      object(folder + "root-proof.json", *documents.root_proof);
    }
  }

  void check_statement(const Digest& digest, const SignedStatement& source) {
    const Bytes record = codec::encode(source.record);
    check(std::ranges::any_of(files_,
                              [&](const auto& file) {
                                return file.first.starts_with("statements/") &&
                                       file.second == record;
                              }),
          "a statement stands in a file");
    check(digest == source.digest && digest == sha256(source.record.statement) &&
              codec::encode(source.statement) == source.record.statement,
          "a statement is what its record holds");
    ++loaded_;
  }

  const Files& files_;
  std::size_t loaded_ = 0;
};

const Files& base() {
  static const Files kFiles = [] {
    vectors::World world;
    Files files = world.seal();
    files["expect.json"] = codec::encode(Expectation{"", "permit", 0});
    return files;
  }();
  return kFiles;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Digest kOrg = load_inputs(base()).value().org;
  fuzz::Choices choices(data, size);
  Files files = base();
  fuzz::edit_files(files, choices);
  Findings findings;
  const Bundle bundle = load_bundle(files, kOrg, findings);
  const Checker checker(files, bundle);
  const auto expect = files.find("expect.json");
  const std::size_t others =
      files.count("inputs.json") +
      (expect != files.end() && codec::decode<Expectation>(expect->second) ? 1U : 0U);
  check(checker.loaded() + others + findings.sorted().size() == files.size(),
        "every file is loaded or named by a finding");
  const auto inputs = load_inputs(files);
  check(!inputs || codec::encode(*inputs) == files.at("inputs.json"), "inputs have one spelling");
  return 0;
}
