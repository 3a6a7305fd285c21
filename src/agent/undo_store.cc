#include "agent/undo_store.h"

#include "crypto/hash.h"
#include "resources/plan_view.h"

namespace twoseal {
namespace {

std::string name_of(const Digest& digest) {
  return "undo/" + digest.hex();
}

bool has_bytes(const PathState& state) {
  return state.kind == FileKind::regular || state.kind == FileKind::symlink;
}

}  // namespace

Result<void> UndoStore::keep(const std::vector<Operation>& inverses) {
  std::vector<AgentHome::NamedBytes> files;
  std::set<Digest> known;
  for (const Operation& one : inverses) {
    const auto* file = std::get_if<FileOperation>(&one);
    if (file == nullptr || !has_bytes(file->after) || !known.insert(file->after.content).second) {
      continue;
    }
    files.push_back({name_of(file->after.content), file->bytes});
  }
  return home_.write_all(files);
}

Result<FileOperation> UndoStore::inverse_of(const FileOperation& operation) const {
  FileOperation back{operation.path, operation.after, operation.before, nullptr};
  if (has_bytes(back.after)) {
    TWOSEAL_TRY(auto bytes, home_.read(name_of(back.after.content), kManagedFileMax));
    if (!bytes || sha256(*bytes) != back.after.content) {
      return fail(Errc::refuse_b3, "what was kept for undo is gone or damaged", operation.path);
    }
    back.bytes = std::make_shared<const Bytes>(*std::move(bytes));
  }
  return back;
}

Result<void> UndoStore::erase_all_but(const std::set<Digest>& needed) {
  TWOSEAL_TRY(const auto names, home_.list("undo"));
  for (const std::string& name : names) {
    const auto digest = Digest::parse_hex(name);
    if (digest && !needed.contains(*digest)) {
      TWOSEAL_TRY_VOID(home_.remove("undo/" + name));
    }
  }
  return {};
}

std::set<Digest> digests_for_undo(const RunBegun& begun) {
  std::set<Digest> needed;
  for (const KeptOperation& one : begun.operations) {
    if (one.file && has_bytes(one.file->before)) {
      needed.insert(one.file->before.content);
    }
  }
  return needed;
}

}  // namespace twoseal
