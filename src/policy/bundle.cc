#include "policy/bundle.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"

namespace twoseal {
namespace {

constexpr std::string_view kJson = ".json";

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  // Signs, leading zeros and spaces would give one number two names.
  if (!whole || number < 0 || number > limits::kIntegerMax || std::to_string(number) != text) {
    return std::nullopt;
  }
  return number;
}

// Puts each file where it belongs. Every method takes the path behind its folder.
class Loader {
 public:
  Loader(const Digest& org, Findings& findings) : org_(org), findings_(findings) {}

  Bundle run(const Files& files, const Unread& unread) {
    for (const auto& [path, error] : unread) {
      path_ = path;
      malformed(error.what);
    }
    for (const auto& [path, bytes] : files) {
      path_ = path;
      if (!place(path, bytes)) {
        malformed("is not part of a decision directory, or is misnamed");
      }
    }
    // Behind what is malformed, so that the first reason does not depend on the names of files.
    for (const std::string& path : foreign_) {
      findings_.refuse(Step::bytes, Errc::refuse_b2, path + ": belongs to another organisation");
    }
    return std::move(bundle_);
  }

 private:
  using Place = bool (Loader::*)(std::string_view name, const Bytes& bytes);

  struct Folder {
    std::string_view prefix;
    Place place;
  };

  bool place(std::string_view path, const Bytes& bytes) {
    static constexpr std::array kFolders = {
        Folder{"assignments/", &Loader::assignment},
        Folder{"blobs/", &Loader::blob},
        Folder{"policy/", &Loader::version<Policy, &Bundle::policies>},
        Folder{"proofs/consistency-", &Loader::consistency},
        Folder{"proofs/", &Loader::inclusion},
        Folder{"restrictions/", &Loader::version<Restrictions, &Bundle::restrictions>},
        Folder{"results/", &Loader::result},
        Folder{"roster/", &Loader::roster},
        Folder{"statements/", &Loader::statement},
        Folder{"stops/", &Loader::stop},
        Folder{"", &Loader::top},
    };
    // Every path starts with the last prefix.
    const auto* folder = std::find_if(kFolders.begin(), kFolders.end(), [&](const Folder& one) {
      return path.starts_with(one.prefix);
    });
    return std::invoke(folder->place, this, path.substr(folder->prefix.size()), bytes);
  }

  void malformed(std::string_view what) {
    findings_.refuse(Step::bytes, Errc::refuse_b1, path_ + ": " + std::string(what));
  }

  template <class T>
  std::optional<T> read(const Bytes& bytes, std::size_t size_max = limits::kObjectMax) {
    auto object = codec::decode<T>(bytes, size_max);
    if (!object) {
      const Error& error = object.error();
      malformed(error.what + (error.where.empty() ? "" : " (" + error.where + ")"));
      return std::nullopt;
    }
    return *std::move(object);
  }

  template <class T>
  std::optional<T> read_own(const Bytes& bytes) {
    auto object = read<T>(bytes);
    if (object && object->org != org_) {
      foreign_.push_back(path_);
      return std::nullopt;
    }
    return object;
  }

  bool roster(std::string_view name, const Bytes& bytes) {
    const auto number = json_number(name);
    if (!number) {
      return false;
    }
    auto roster = read<Roster>(bytes);
    if (!roster) {
      return true;
    }
    const Digest digest = sha256(bytes);
    if ((roster->version == 1) != !roster->org || roster->org.value_or(digest) != org_) {
      foreign_.push_back(path_);
      return true;
    }
    return put_version(bundle_.rosters, *number, {digest, *std::move(roster)});
  }

  template <class T, Versions<T> Bundle::* kMember>
  bool version(std::string_view name, const Bytes& bytes) {
    const auto number = json_number(name);
    if (!number) {
      return false;
    }
    auto object = read_own<T>(bytes);
    return !object || put_version(bundle_.*kMember, *number, {sha256(bytes), *std::move(object)});
  }

  template <class T>
  static bool put_version(Versions<T>& versions, std::int64_t number, Named<T> named) {
    if (named.value.version != number) {
      return false;
    }
    versions.emplace(number, std::move(named));
    return true;
  }

  bool assignment(std::string_view name, const Bytes& bytes) {
    const auto slash = name.find('/');
    const auto host = HostId::parse("h:" + std::string(name.substr(0, slash)));
    if (!host || slash == std::string_view::npos) {
      return false;
    }
    HostDocuments& documents = bundle_.assignments[*host];
    const std::string_view file = name.substr(slash + 1);
    if (file == "batch.json") {
      if (auto batch = read_own<Batch>(bytes)) {
        documents.batch = {sha256(bytes), *batch};
      }
      return true;
    }
    if (file == "batch-proof.json") {
      documents.batch_proof = read<MemberProof>(bytes);
      return true;
    }
    if (file == "root-proof.json") {
      documents.root_proof = read<MemberProof>(bytes);
      return true;
    }
    const auto number = json_number(file);
    if (!number) {
      return false;
    }
    auto object = read_own<Assignment>(bytes);
    if (!object) {
      return true;
    }
    return object->host == *host &&
           put_version(documents.versions, *number, {sha256(bytes), *std::move(object)});
  }

  bool stop(std::string_view name, const Bytes& bytes) {
    if (name == "list.json") {
      if (auto list = read_own<StopList>(bytes)) {
        bundle_.stop_list = {sha256(bytes), *std::move(list)};
      }
      return true;
    }
    return put_by_digest<Stop>(name, bytes, bundle_.stops);
  }

  bool result(std::string_view name, const Bytes& bytes) {
    return put_by_digest<HostResult>(name, bytes, bundle_.results);
  }

  template <class T>
  bool put_by_digest(std::string_view name, const Bytes& bytes, std::map<Digest, T>& into) {
    const Digest digest = sha256(bytes);
    if (json_digest(name) != digest) {
      return false;
    }
    if (auto object = read_own<T>(bytes)) {
      into.emplace(digest, *std::move(object));
    }
    return true;
  }

  bool blob(std::string_view name, const Bytes& bytes) {
    const auto digest = Digest::parse_hex(name);
    if (!digest) {
      return false;
    }
    if (bytes.size() > limits::kBlobMax) {
      malformed("is larger than " + std::to_string(limits::kBlobMax) + " bytes");
      return true;
    }
    if (sha256(bytes) != *digest) {
      findings_.refuse(
          Step::content, Errc::refuse_c1, path_ + ": has another digest than its name");
      return true;
    }
    bundle_.blobs.emplace(*digest, bytes);
    return true;
  }

  bool statement(std::string_view name, const Bytes& bytes) {
    if (!name.ends_with(kJson) || name.find('/') != std::string_view::npos) {
      return false;
    }
    auto record = read<SignatureRecord>(bytes, limits::kRecordMax);
    if (!record) {
      return true;
    }
    auto statement = read<Statement>(record->statement, limits::kStatementMax);
    if (!statement) {
      return true;
    }
    if (statement->org != org_) {
      foreign_.push_back(path_);
      return true;
    }
    const Digest digest = sha256(record->statement);
    if (bundle_.statements.contains(digest)) {
      malformed("the same statement stands in two files");
      return true;
    }
    bundle_.statements.emplace(digest,
                               SignedStatement{digest, *std::move(statement), *std::move(record)});
    if (bundle_.statements.size() > limits::kStatementsMax) {
      malformed("more statements than one decision may have");
    }
    return true;
  }

  bool consistency(std::string_view name, const Bytes& bytes) {
    auto proof = read<ConsistencyProof>(bytes);
    if (!proof) {
      return true;
    }
    const std::string expected =
        std::to_string(proof->from) + "-" + std::to_string(proof->size) + std::string(kJson);
    if (name != expected) {
      return false;
    }
    const std::pair key(proof->from, proof->size);
    bundle_.consistencies.emplace(key, *std::move(proof));
    return true;
  }

  bool inclusion(std::string_view name, const Bytes& bytes) {
    const auto digest = json_digest(name);
    if (!digest) {
      return false;
    }
    if (auto proof = read<InclusionProof>(bytes)) {
      bundle_.inclusions.emplace(*digest, *std::move(proof));
    }
    return true;
  }

  bool top(std::string_view name, const Bytes& bytes) {
    if (name == "change.json") {
      if (auto change = read_own<Change>(bytes)) {
        bundle_.change = {sha256(bytes), *std::move(change)};
      }
    } else if (name == "checkpoint.txt") {
      bundle_.checkpoint = bytes;
    } else if (name == "fresh.json") {
      if (auto fresh = read_own<Fresh>(bytes)) {
        bundle_.fresh = {sha256(bytes), *std::move(fresh)};
      }
    } else if (name == "state.json") {
      bundle_.state = read_own<AgentState>(bytes);
    } else if (name == "expect.json") {
      static_cast<void>(read<Expectation>(bytes));
    } else {
      return name == "inputs.json";
    }
    return true;
  }

  static std::optional<std::int64_t> json_number(std::string_view name) {
    return name.ends_with(kJson) ? parse_number(name.substr(0, name.size() - kJson.size()))
                                 : std::nullopt;
  }

  static std::optional<Digest> json_digest(std::string_view name) {
    if (!name.ends_with(kJson)) {
      return std::nullopt;
    }
    const auto digest = Digest::parse_hex(name.substr(0, name.size() - kJson.size()));
    return digest ? std::optional(*digest) : std::nullopt;
  }

  const Digest& org_;
  Findings& findings_;
  std::string path_;
  std::vector<std::string> foreign_;  // paths of objects of other organisations
  Bundle bundle_;
};

}  // namespace

Bundle load_bundle(const Files& files,
                   const Digest& org,
                   Findings& findings,
                   const Unread& unread) {
  return Loader(org, findings).run(files, unread);
}

Result<DecisionInputs> load_inputs(const Files& files) {
  const auto found = files.find("inputs.json");
  if (found == files.end()) {
    return fail(Errc::no_input, "the directory has no inputs.json");
  }
  return codec::decode<DecisionInputs>(found->second);
}

}  // namespace twoseal
