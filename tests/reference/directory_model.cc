#include "tests/reference/directory_model.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"

namespace twoseal::reference {
namespace {

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '/') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::optional<std::string> without_suffix(const std::string& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) {
    return std::nullopt;
  }
  return name.substr(0, name.size() - suffix.size());
}

std::optional<std::int64_t> number(const std::string& text) {
  const bool digits =
      !text.empty() && text.size() <= 16 &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || (text.size() > 1 && text[0] == '0')) {
    return std::nullopt;
  }
  return std::stoll(text);
}

std::optional<Digest> hex_digest(const std::string& text) {
  const auto digest = Digest::parse_hex(text);
  return digest ? std::optional(*digest) : std::nullopt;
}

class Loader {
 public:
  Loader(const Files& files, const Digest& org) : org_(org) {
    for (const auto& [path, bytes] : files) {
      load(path, bytes);
    }
  }

  [[nodiscard]] Directory take() { return std::move(directory_); }

 private:
  void fault(Errc code) { directory_.faults.insert(code); }

  // The object when it decodes and belongs to the organisation.
  template <class T>
  std::optional<T> object(const Bytes& bytes) {
    auto value = codec::decode<T>(bytes);
    if (!value) {
      fault(Errc::refuse_b1);
      return std::nullopt;
    }
    if (value->org != org_) {
      fault(Errc::refuse_b2);
      return std::nullopt;
    }
    return *std::move(value);
  }

  template <class T>
  std::optional<T> plain(const Bytes& bytes) {
    auto value = codec::decode<T>(bytes);
    if (!value) {
      fault(Errc::refuse_b1);
      return std::nullopt;
    }
    return *std::move(value);
  }

  void load(const std::string& path, const Bytes& bytes) {
    const auto parts = split(path);
    if (parts.size() == 1) {
      load_single(path, bytes);
    } else if (parts.size() == 2) {
      load_in_folder(parts[0], parts[1], bytes);
    } else if (parts.size() == 3 && parts[0] == "assignments") {
      load_assignment(parts[1], parts[2], bytes);
    } else {
      fault(Errc::refuse_b1);
    }
  }

  void load_single(const std::string& path, const Bytes& bytes) {
    const auto keep = [&]<class T>(std::optional<Held<T>>& into) {
      if (auto value = object<T>(bytes)) {
        into = Held<T>{sha256(bytes), *std::move(value)};
      }
    };
    if (path == "inputs.json") {
      return;
    }
    if (path == "expect.json") {
      static_cast<void>(plain<Expectation>(bytes));
    } else if (path == "fresh.json") {
      keep(directory_.fresh);
    } else if (path == "change.json") {
      keep(directory_.change);
      directory_.change_bytes = bytes;
    } else if (path == "state.json") {
      directory_.state = object<AgentState>(bytes);
    } else if (path == "checkpoint.txt") {
      directory_.checkpoint = bytes;
    } else {
      fault(Errc::refuse_b1);
    }
  }

  void load_in_folder(const std::string& folder, const std::string& file, const Bytes& bytes) {
    if (folder == "blobs") {
      load_blob(file, bytes);
      return;
    }
    const auto name = without_suffix(file, ".json");
    if (!name || name->empty()) {
      fault(Errc::refuse_b1);
      return;
    }
    if (folder == "roster") {
      load_roster(*name, bytes);
    } else if (folder == "policy") {
      load_version(directory_.policies, *name, bytes);
    } else if (folder == "restrictions") {
      load_version(directory_.restrictions, *name, bytes);
    } else if (folder == "stops" && *name == "list") {
      if (auto list = object<StopList>(bytes)) {
        directory_.stop_list = Held<StopList>{sha256(bytes), *std::move(list)};
      }
    } else if (folder == "stops") {
      load_named_by_digest(directory_.stops, *name, bytes);
    } else if (folder == "results") {
      load_named_by_digest(directory_.results, *name, bytes);
    } else if (folder == "statements") {
      load_statement(bytes);
    } else if (folder == "proofs") {
      load_proof(*name, bytes);
    } else {
      fault(Errc::refuse_b1);
    }
  }

  void load_blob(const std::string& file, const Bytes& bytes) {
    const auto digest = hex_digest(file);
    if (!digest || bytes.size() > limits::kBlobMax) {
      fault(Errc::refuse_b1);
    } else if (*digest != sha256(bytes)) {
      fault(Errc::refuse_c1);
    } else {
      directory_.blobs[*digest] = bytes;
    }
  }

  void load_roster(const std::string& name, const Bytes& bytes) {
    auto roster = plain<Roster>(bytes);
    if (!roster) {
      return;
    }
    if (number(name) != roster->version) {
      fault(Errc::refuse_b1);
      return;
    }
    // Version 1 is the organisation; its own `org` is the empty text.
    const bool first = roster->version == 1;
    const bool ours = first ? sha256(bytes) == org_ && !roster->org : roster->org == org_;
    if (!ours) {
      fault(Errc::refuse_b2);
      return;
    }
    const std::int64_t version = roster->version;
    directory_.rosters[version] = {sha256(bytes), *std::move(roster)};
  }

  template <class T>
  void load_version(Chain<T>& chain, const std::string& name, const Bytes& bytes) {
    auto value = object<T>(bytes);
    if (!value) {
      return;
    }
    if (number(name) != value->version) {
      fault(Errc::refuse_b1);
      return;
    }
    const std::int64_t version = value->version;
    chain[version] = {sha256(bytes), *std::move(value)};
  }

  template <class T>
  void load_named_by_digest(std::map<Digest, T>& into,
                            const std::string& name,
                            const Bytes& bytes) {
    auto value = object<T>(bytes);
    if (hex_digest(name) != sha256(bytes)) {
      fault(Errc::refuse_b1);
    } else if (value) {
      into[sha256(bytes)] = *std::move(value);
    }
  }

  void load_assignment(const std::string& hex, const std::string& file, const Bytes& bytes) {
    const auto host = HostId::parse("h:" + hex);
    const auto name = without_suffix(file, ".json");
    if (!host || !name) {
      fault(Errc::refuse_b1);
      return;
    }
    HostFolder& folder = directory_.hosts[*host];
    if (*name == "batch") {
      if (auto batch = object<Batch>(bytes)) {
        folder.batch = Held<Batch>{sha256(bytes), *std::move(batch)};
      }
    } else if (*name == "batch-proof") {
      folder.batch_proof = plain<MemberProof>(bytes);
    } else if (*name == "root-proof") {
      folder.root_proof = plain<MemberProof>(bytes);
    } else if (auto assignment = object<Assignment>(bytes)) {
      if (number(*name) != assignment->version || assignment->host != *host) {
        fault(Errc::refuse_b1);
      } else {
        const std::int64_t version = assignment->version;
        folder.versions[version] = {sha256(bytes), *std::move(assignment)};
      }
    }
  }

  void load_statement(const Bytes& bytes) {
    auto record = codec::decode<SignatureRecord>(bytes, limits::kRecordMax);
    if (!record) {
      fault(Errc::refuse_b1);
      return;
    }
    const auto statement = object<Statement>(record->statement);
    if (!statement) {
      return;
    }
    const Digest digest = sha256(record->statement);
    if (directory_.statements.contains(digest)) {
      fault(Errc::refuse_b1);
      return;
    }
    directory_.statements[digest] = {digest, *statement, *std::move(record)};
  }

  void load_proof(const std::string& name, const Bytes& bytes) {
    constexpr std::string_view kConsistency = "consistency-";
    if (!name.starts_with(kConsistency)) {
      const auto digest = hex_digest(name);
      auto proof = plain<InclusionProof>(bytes);
      if (!digest) {
        fault(Errc::refuse_b1);
      } else if (proof) {
        directory_.inclusions[*digest] = *std::move(proof);
      }
      return;
    }
    const std::string numbers = name.substr(kConsistency.size());
    const std::size_t dash = numbers.find('-');
    auto proof = plain<ConsistencyProof>(bytes);
    if (!proof) {
      return;
    }
    if (dash == std::string::npos || number(numbers.substr(0, dash)) != proof->from ||
        number(numbers.substr(dash + 1)) != proof->size) {
      fault(Errc::refuse_b1);
      return;
    }
    const std::pair sizes(proof->from, proof->size);
    directory_.consistencies[sizes] = *std::move(proof);
  }

  Digest org_;
  Directory directory_;
};

}  // namespace

Directory load_directory(const Files& files, const Digest& org) {
  return Loader(files, org).take();
}

}  // namespace twoseal::reference
