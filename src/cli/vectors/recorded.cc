#include "cli/vectors/recorded.h"

#include <algorithm>

#include "codec/objects.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

Result<Bytes> look(const std::map<Digest, Bytes>& map, const Digest& digest) {
  const auto found = map.find(digest);
  return found != map.end() ? Result<Bytes>(found->second) : fail(Errc::not_found, "not here");
}

// The newest assignment in the folder of a host, and the root of the batch it lies in.
void add_member(const Files& files,
                const std::string& folder,
                std::map<Digest, std::vector<Digest>>& members) {
  std::int64_t newest = 1;
  while (files.contains(folder + std::to_string(newest + 1) + ".json")) {
    ++newest;
  }
  const auto batch = codec::decode<Batch>(files.at(folder + "batch.json"));
  const auto assignment = files.find(folder + std::to_string(newest) + ".json");
  if (batch && assignment != files.end()) {
    auto& list = members[batch->root];
    list.push_back(sha256(assignment->second));
    std::sort(list.begin(), list.end());
  }
}

}  // namespace

Recorded::Recorded(World& world) : files(world.seal()), entries(world.log()), org(world.org()) {
  for (const auto& [path, bytes] : files) {
    if (path.starts_with("statements/")) {
      const auto record = codec::decode<SignatureRecord>(bytes).value();
      records[sha256(record.statement)] = bytes;
    } else {
      objects[sha256(bytes)] = bytes;
    }
    if (path.ends_with("/batch.json")) {
      add_member(files, path.substr(0, path.rfind('/') + 1), members);
    }
  }
  checkpoint = files.at("checkpoint.txt");
}

AuditReport Recorded::run() const {
  return audit(source(), org, checkpoint);
}

AuditSource Recorded::source() const {
  AuditSource source;
  source.size = entries.size();
  source.entry = [this](std::uint64_t index) -> Result<Bytes> {
    return entries[index].empty() ? fail(Errc::store_failed, "unreadable")
                                  : Result<Bytes>(entries[index]);
  };
  source.record = [this](const Digest& digest) { return look(records, digest); };
  source.object = [this](const Digest& digest) { return look(objects, digest); };
  source.host_key = [this](const HostId& host) -> Result<Bytes> {
    TWOSEAL_TRY(const Bytes bytes,
                files.contains("assignments/" + host.text().substr(2) + "/1.json")
                    ? Result<Bytes>(files.at("assignments/" + host.text().substr(2) + "/1.json"))
                    : fail(Errc::not_found, "not here"));
    TWOSEAL_TRY(const Assignment assignment, codec::decode<Assignment>(bytes));
    return assignment.keys.id;
  };
  source.members = [this](const Digest& root) -> Result<std::vector<Digest>> {
    const auto found = members.find(root);
    return found != members.end() ? Result<std::vector<Digest>>(found->second)
                                  : fail(Errc::not_found, "not here");
  };
  return source;
}

std::string text_of(const AuditReport& report) {
  std::string text;
  for (const std::string& one : report.problems) {
    text += one + "\n";
  }
  return text;
}

}  // namespace twoseal::vectors
