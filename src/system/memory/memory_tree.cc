#include "system/memory/memory_tree.h"

#include <algorithm>
#include <set>

#include "system/plain_path.h"

namespace twoseal {
namespace {

constexpr std::uint32_t kSearchOfAll = 0001;

auto lower_bound(auto& names, std::string_view name) {
  return std::lower_bound(
      names.begin(), names.end(), name, [](const auto& entry, std::string_view wanted) {
        return entry.first < wanted;
      });
}

// A power loss leaves of a file that grows what was synced.
void cut_bytes(const MemoryInodePtr& inode, std::set<const MemoryInode*>& seen) {
  if (!seen.insert(inode.get()).second) {
    return;
  }
  if (inode->info.kind == FileKind::regular && inode->synced < inode->info.size) {
    inode->bytes = std::make_shared<const Bytes>(inode->bytes->substr(0, inode->synced));
    inode->info.size = inode->synced;
  }
  for (const auto& [name, child] : inode->names) {
    cut_bytes(child, seen);
  }
}

void add_used(const MemoryInode& inode, std::set<const MemoryInode*>& seen, std::uint64_t& used) {
  if (inode.info.kind == FileKind::regular && seen.insert(&inode).second) {
    used += inode.info.size;
  }
  for (const auto& [name, child] : inode.names) {
    add_used(*child, seen, used);
  }
}

}  // namespace

MemoryInodePtr MemoryInode::child(std::string_view name) const {
  const auto entry = lower_bound(names, name);
  return entry != names.end() && entry->first == name ? entry->second : nullptr;
}

MemoryTree::MemoryTree() : root_(make(FileKind::directory, nullptr)) {
  root_->info.mode = 0755;
}

Result<std::optional<MemoryPlace>> MemoryTree::find(const std::string& path) const {
  TWOSEAL_TRY_VOID(check_plain_path(path));
  PathParts parts(path);
  std::vector<MemoryInodePtr> way = {root_};
  bool searchable = true;
  int links = 0;
  while (!parts.at_last()) {
    searchable = searchable && (way.back()->info.mode & kSearchOfAll) != 0;
    const std::string name = parts.take();
    if (name == "..") {
      way.resize(std::max<std::size_t>(way.size() - 1, 1));
      continue;
    }
    const MemoryInodePtr child = way.back()->child(name);
    if (!child) {
      return std::nullopt;
    }
    if (child->info.kind == FileKind::symlink) {
      const FileInfo& directory = way.back()->info;
      if (!is_safe_link(child->info.uid, directory.uid, directory.mode) || ++links > kLinksMax) {
        return fail(Errc::unsafe_path, "leads through the link '" + name + "'", path);
      }
      way.resize(child->bytes->starts_with('/') ? 1 : way.size());
      parts.put(*child->bytes);
    } else if (child->info.kind == FileKind::directory) {
      way.push_back(child);
    } else {
      return std::nullopt;
    }
  }
  if (parts.empty()) {
    return MemoryPlace{nullptr, "", root_, true};
  }
  searchable = searchable && (way.back()->info.mode & kSearchOfAll) != 0;
  std::string name = parts.take();
  MemoryInodePtr inode = way.back()->child(name);
  return MemoryPlace{way.back(), std::move(name), std::move(inode), searchable};
}

MemoryInodePtr MemoryTree::make(FileKind kind, std::shared_ptr<const Bytes> bytes) {
  auto inode = std::make_shared<MemoryInode>();
  inode->info.kind = kind;
  inode->info.device = 1;
  inode->info.inode = inodes_++;
  inode->info.links = 0;
  inode->info.changed_ns = now_ns_;
  inode->info.size = bytes ? bytes->size() : 0;
  inode->synced = inode->info.size;
  inode->bytes = std::move(bytes);
  return inode;
}

void MemoryTree::set_name(const MemoryInodePtr& directory,
                          const std::string& name,
                          const MemoryInodePtr& inode) {
  undo_.push_back({directory, name, directory->child(name), {}});
  put_name(directory, name, inode);
}

void MemoryTree::put_name(const MemoryInodePtr& directory,
                          const std::string& name,
                          const MemoryInodePtr& inode) {
  auto entry = lower_bound(directory->names, name);
  const bool taken = entry != directory->names.end() && entry->first == name;
  if (taken) {
    --entry->second->info.links;
    entry->second->info.changed_ns = now_ns_;
  }
  if (inode) {
    ++inode->info.links;
    inode->info.changed_ns = now_ns_;
  }
  if (taken && inode) {
    entry->second = inode;
  } else if (taken) {
    directory->names.erase(entry);
  } else if (inode) {
    directory->names.insert(entry, {name, inode});
  }
  directory->info.changed_ns = now_ns_;
}

void MemoryTree::set_attributes(const MemoryInodePtr& inode,
                                std::uint32_t mode,
                                std::uint32_t uid,
                                std::uint32_t gid) {
  undo_.push_back({inode, std::nullopt, nullptr, inode->info});
  inode->info.mode = mode;
  inode->info.uid = uid;
  inode->info.gid = gid;
  inode->info.changed_ns = now_ns_;
}

void MemoryTree::set_bytes(const MemoryInodePtr& inode, std::shared_ptr<const Bytes> bytes) {
  inode->info.size = bytes->size();
  inode->info.changed_ns = now_ns_;
  inode->synced = std::min(inode->synced, inode->info.size);
  inode->bytes = std::move(bytes);
}

void MemoryTree::lose_power(std::size_t kept) {
  while (undo_.size() > kept) {
    const Undo undo = std::move(undo_.back());
    undo_.pop_back();
    if (undo.name) {
      put_name(undo.inode, *undo.name, undo.entry);
    } else {
      undo.inode->info.mode = undo.info.mode;
      undo.inode->info.uid = undo.info.uid;
      undo.inode->info.gid = undo.info.gid;
    }
  }
  undo_.clear();
  std::set<const MemoryInode*> seen;
  cut_bytes(root_, seen);
}

std::uint64_t MemoryTree::used() const {
  std::set<const MemoryInode*> seen;
  std::uint64_t used = 0;
  add_used(*root_, seen, used);
  return used;
}

}  // namespace twoseal
