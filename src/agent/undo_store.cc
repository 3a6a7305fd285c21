#include "agent/undo_store.h"

#include <algorithm>

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

constexpr std::size_t kEditMax = std::size_t{1}
                                 << 20U;  // octets of a file that edits are taken out of

// Whether an operation leaves a text file, and found one or nothing.
bool is_edit(const PathState& before, const PathState& after) {
  return after.kind == FileKind::regular && (!before.kind || before.kind == FileKind::regular);
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

Result<void> UndoStore::keep_edits(const std::vector<Operation>& operations,
                                   const std::vector<bool>& whole) {
  std::vector<AgentHome::NamedBytes> files;
  std::set<Digest> known;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const auto* file = std::get_if<FileOperation>(&operations[i]);
    if (file != nullptr && !whole[i] && file->bytes != nullptr && file->bytes->size() <= kEditMax &&
        is_edit(file->before, file->after) && known.insert(file->after.content).second) {
      files.push_back({name_of(file->after.content), file->bytes});
    }
  }
  return home_.write_all(files);
}

Result<Bytes> UndoStore::kept(const Digest& digest, const std::string& path) const {
  TWOSEAL_TRY(auto bytes, home_.read(name_of(digest), kManagedFileMax));
  if (!bytes || sha256(*bytes) != digest) {
    return fail(Errc::refuse_b3, "what was kept for undo is gone or damaged", path);
  }
  return *std::move(bytes);
}

Result<std::optional<UndoStore::Edit>> UndoStore::edit_of(const FileOperation& operation) const {
  if (!is_edit(operation.before, operation.after)) {
    return std::nullopt;
  }
  TWOSEAL_TRY(const auto there, home_.read(name_of(operation.after.content), kManagedFileMax));
  if (!there) {
    return std::nullopt;
  }
  Edit edit;
  TWOSEAL_TRY(edit.after, kept(operation.after.content, operation.path));
  if (operation.before.kind) {
    TWOSEAL_TRY(edit.before, kept(operation.before.content, operation.path));
  }
  return edit;
}

Result<FileOperation> UndoStore::inverse_of(const FileOperation& operation) const {
  FileOperation back{operation.path, operation.after, operation.before, nullptr};
  if (has_bytes(back.after)) {
    TWOSEAL_TRY(Bytes bytes, kept(back.after.content, operation.path));
    back.bytes = std::make_shared<const Bytes>(std::move(bytes));
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

bool is_whole(const std::vector<std::string>& owned, const std::string& path) {
  return std::find(owned.begin(), owned.end(), "file:" + path) != owned.end();
}

std::set<Digest> digests_for_undo(const RunBegun& begun) {
  std::set<Digest> needed;
  for (const KeptOperation& one : begun.operations) {
    if (one.file && has_bytes(one.file->before)) {
      needed.insert(one.file->before.content);
    }
    if (one.file && is_edit(one.file->before, one.file->after) &&
        !is_whole(begun.owned, one.file->path)) {
      needed.insert(one.file->after.content);
    }
  }
  return needed;
}

}  // namespace twoseal
