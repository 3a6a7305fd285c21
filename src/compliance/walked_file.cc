#include "compliance/walked_file.h"

#include "system/plain_path.h"

namespace twoseal::scap {

const std::string& WalkedFile::full_path() {
  if (full_path_.empty()) {
    full_path_ = name_.empty() ? std::string(path_) : join_path(path_, name_);
  }
  return full_path_;
}

const Result<std::optional<NodeStatus>>& WalkedFile::status() {
  if (!status_) {
    if (directory_ != nullptr && !name_.empty()) {
      status_ = directory_->status_of(name_);
    } else {
      status_ = tree_.status(full_path(), FollowLast::no);
    }
  }
  return *status_;
}

const NodeDirectory* WalkedFile::holder() {
  if (directory_ == nullptr || name_.empty()) {
    return nullptr;
  }
  if (kind_ == NodeKind::unknown && status() && *status()) {
    kind_ = (*status())->kind;
  }
  return kind_ == NodeKind::symlink ? nullptr : directory_;
}

const Result<std::optional<Bytes>>& WalkedFile::content() {
  if (!content_) {
    const NodeDirectory* directory = holder();
    content_ = directory != nullptr ? directory->read(name_, kContentMax)
                                    : tree_.read(full_path(), kContentMax);
  }
  return *content_;
}

std::optional<bool> WalkedFile::has_access_list() {
  const NodeDirectory* directory = holder();
  return directory != nullptr ? directory->has_access_list(name_)
                              : tree_.has_access_list(full_path());
}

}  // namespace twoseal::scap
