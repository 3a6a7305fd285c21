#include "resources/plan_view.h"

#include <algorithm>

#include "crypto/hash.h"
#include "resources/account_line.h"
#include "system/real_path.h"

namespace twoseal {
namespace {

constexpr std::size_t kDirectoryMax = 100'000;

PathState state_of(const FileInfo& info, const Digest& content) {
  return {info.kind, info.kind == FileKind::symlink ? 0 : info.mode, info.uid, info.gid, content};
}

std::unexpected<Error> other_thing(const std::string& path, std::string_view wanted) {
  return fail(
      Errc::other_thing_there, "there is no " + std::string(wanted) + " at this path", path);
}

}  // namespace

Result<PlanView::Entry> PlanView::read_entry(const std::string& path) const {
  TWOSEAL_TRY(const auto info, system_.files().look(path));
  if (!info) {
    return Entry{};
  }
  if (info->kind == FileKind::regular) {
    TWOSEAL_TRY(const FileDigest read, system_.files().digest(path, kManagedFileMax));
    return Entry{state_of(read.info, read.digest), nullptr, false};
  }
  if (info->kind == FileKind::symlink) {
    TWOSEAL_TRY(std::string to, system_.files().read_link(path));
    const Digest content = sha256(to);
    return Entry{state_of(*info, content), std::make_shared<const Bytes>(std::move(to)), false};
  }
  return Entry{state_of(*info, Digest()), nullptr, false};
}

Result<PlanView::Entry*> PlanView::entry(const std::string& path) {
  if (const auto found = entries_.find(path); found != entries_.end()) {
    return &found->second;
  }
  TWOSEAL_TRY(Entry read, read_entry(path));
  return &entries_.emplace(path, std::move(read)).first->second;
}

Result<std::uint64_t> PlanView::names(const std::string& path) const {
  TWOSEAL_TRY(const auto info, system_.files().look(path));
  return info && info->kind == FileKind::regular ? info->links : std::uint64_t{1};
}

Result<PathState> PlanView::path(const std::string& path) {
  TWOSEAL_TRY(const Entry* one, entry(path));
  return one->state;
}

Result<std::shared_ptr<const Bytes>> PlanView::bytes(const std::string& path) {
  if (!entries_.contains(path)) {
    // One reading serves for both the state and the bytes.
    TWOSEAL_TRY(const auto info, system_.files().look(path));
    if (info && info->kind == FileKind::regular) {
      TWOSEAL_TRY(FileBytes read, system_.files().read(path, kManagedFileMax));
      const PathState state = state_of(read.info, sha256(read.bytes));
      entries_.emplace(path,
                       Entry{state, std::make_shared<const Bytes>(std::move(read.bytes)), false});
    }
  }
  TWOSEAL_TRY(Entry * one, entry(path));
  if (!one->state.kind) {
    return std::make_shared<const Bytes>();
  }
  if (one->state.kind != FileKind::regular) {
    return other_thing(path, "regular file");
  }
  if (one->bytes == nullptr) {
    TWOSEAL_TRY(FileBytes read, system_.files().read(path, kManagedFileMax));
    one->state = state_of(read.info, sha256(read.bytes));
    one->bytes = std::make_shared<const Bytes>(std::move(read.bytes));
  }
  return one->bytes;
}

Result<std::string> PlanView::link(const std::string& path) {
  TWOSEAL_TRY(const Entry* one, entry(path));
  if (one->state.kind != FileKind::symlink) {
    return other_thing(path, "link");
  }
  return *one->bytes;
}

Result<std::string> PlanView::leads_to(const std::string& path) {
  return real_path(
      [&](const std::string& at) -> Result<std::optional<std::string>> {
        const auto known = entries_.find(at);
        if (known == entries_.end()) {
          TWOSEAL_TRY(const auto info, system_.files().look(at));
          if (!info || info->kind != FileKind::symlink) {
            return std::optional<std::string>();
          }
        }
        TWOSEAL_TRY(const Entry* one, entry(at));
        return one->state.kind == FileKind::symlink ? std::optional(std::string(*one->bytes))
                                                    : std::optional<std::string>();
      },
      path);
}

Result<bool> PlanView::is_private(const std::string& path) {
  TWOSEAL_TRY(const Entry* one, entry(path));
  if (!one->state.kind || one->state.kind == FileKind::symlink) {
    return false;
  }
  constexpr std::uint32_t kOthersRead = 04;
  if ((one->state.mode & kOthersRead) == 0) {
    return true;
  }
  if (one->planned) {
    return false;
  }
  TWOSEAL_TRY(const bool readable, system_.files().readable_by_all(path));
  return !readable;
}

Result<std::vector<std::string>> PlanView::list(const std::string& path) {
  TWOSEAL_TRY(const auto names, system_.files().list(path, kDirectoryMax));
  std::vector<std::string> all;
  for (const std::string& name : names) {
    const auto found = entries_.find(path + "/" + name);
    if (found == entries_.end() || found->second.state.kind) {
      all.push_back(name);
    }
  }
  const std::string prefix = path + "/";
  for (auto one = entries_.lower_bound(prefix);
       one != entries_.end() && one->first.starts_with(prefix);
       ++one) {
    const std::string name = one->first.substr(prefix.size());
    if (one->second.planned && one->second.state.kind && name.find('/') == std::string::npos) {
      all.push_back(name);
    }
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Result<std::uint32_t> PlanView::account_id(const char* database, const std::string& name) {
  TWOSEAL_TRY(const auto text, bytes(database));
  const auto fields = find_account_line(*text, name);
  const auto id = fields && fields->size() > 2 ? account_number((*fields)[2]) : std::nullopt;
  if (!id) {
    return fail(Errc::unknown_account, "'" + name + "' is not in it", database);
  }
  return *id;
}

Result<std::uint32_t> PlanView::user_id(const std::string& name) {
  return account_id("/etc/passwd", name);
}

Result<std::uint32_t> PlanView::group_id(const std::string& name) {
  return account_id("/etc/group", name);
}

Result<std::string> PlanView::account_name(const char* database, std::uint32_t id) {
  TWOSEAL_TRY(const auto text, bytes(database));
  return find_account_name(*text, id).value_or(std::to_string(id));
}

Result<std::string> PlanView::user_name(std::uint32_t uid) {
  return account_name("/etc/passwd", uid);
}

Result<std::string> PlanView::group_name(std::uint32_t gid) {
  return account_name("/etc/group", gid);
}

Result<void> PlanView::prepare_units(const std::vector<std::string>& names) {
  std::vector<std::string> unknown;
  for (const std::string& name : names) {
    if (!units_.contains(name) &&
        std::find(unknown.begin(), unknown.end(), name) == unknown.end()) {
      unknown.push_back(name);
    }
  }
  if (unknown.empty()) {
    return {};
  }
  TWOSEAL_TRY(const auto states, system_.services().states(unknown));
  for (const UnitState& state : states) {
    units_.emplace(state.unit, state);
  }
  return {};
}

Result<UnitState> PlanView::unit(const std::string& name) {
  TWOSEAL_TRY_VOID(prepare_units({name}));
  const auto found = units_.find(name);
  return found != units_.end() ? found->second : UnitState{.unit = name};
}

Result<std::optional<std::string>> PlanView::kernel_setting(const std::string& name) {
  if (const auto found = kernel_.find(name); found != kernel_.end()) {
    return found->second;
  }
  TWOSEAL_TRY(auto value, system_.kernel().setting(name));
  return kernel_.emplace(name, std::move(value)).first->second;
}

Result<void> PlanView::load_packages() {
  if (packages_) {
    return {};
  }
  TWOSEAL_TRY(auto installed, system_.packages().installed());
  packages_.emplace();
  for (InstalledPackage& one : installed) {
    // Of several architectures the first serves: wishes name no architecture.
    packages_->try_emplace(one.name, std::move(one));
  }
  return {};
}

Result<std::optional<InstalledPackage>> PlanView::package(const std::string& name) {
  TWOSEAL_TRY_VOID(load_packages());
  const auto found = packages_->find(name);
  return found != packages_->end() ? std::optional(found->second) : std::nullopt;
}

Result<PackageOperation> PlanView::plan_package(const PackageWish& wish) {
  TWOSEAL_TRY_VOID(load_packages());
  PackageOperation made;
  TWOSEAL_TRY(made.closure, system_.packages().plan({&wish, 1}));
  // What an earlier resource of the same state installs already.
  std::erase_if(made.closure.install, [&](const PackageFile& file) {
    const auto held = packages_->find(file.name);
    return held != packages_->end() && held->second.version == file.version &&
           held->second.status == PackageStatus::configured;
  });
  std::erase_if(made.closure.remove,
                [&](const InstalledPackage& one) { return !packages_->contains(one.name); });
  for (const auto* list : {&made.closure.replaced, &made.closure.remove}) {
    for (const InstalledPackage& one : *list) {
      TWOSEAL_TRY(auto file, system_.packages().find_file(one));
      if (file) {
        made.kept.push_back(*std::move(file));
      }
    }
  }
  return made;
}

const Facts& PlanView::facts() {
  if (!facts_) {
    facts_ = system_.facts();
  }
  return *facts_;
}

Result<std::shared_ptr<const Bytes>> PlanView::blob(const Digest& digest) const {
  const auto found = inputs_.blobs.find(digest);
  if (found != inputs_.blobs.end()) {
    return found->second;
  }
  if (inputs_.find_blob) {
    return inputs_.find_blob(digest);
  }
  return fail(Errc::refuse_c1, "the blob " + digest.text() + " did not come with the state");
}

Result<void> PlanView::check_blob(const Digest& digest) const {
  if (inputs_.find_blob || inputs_.blobs.contains(digest)) {
    return {};
  }
  return fail(Errc::refuse_c1, "the blob " + digest.text() + " did not come with the state");
}

void PlanView::add_file(const FileOperation& one) {
  entries_[one.path] = Entry{one.after, one.bytes, true};
}

void PlanView::add_unit(const UnitOperation& one) {
  UnitState& state = units_[one.unit];
  state.unit = one.unit;
  switch (one.act) {
    case UnitAct::start:
    case UnitAct::restart:
    case UnitAct::reload:
      state.activity = UnitActivity::active;
      return;
    case UnitAct::stop:
      state.activity = UnitActivity::inactive;
      return;
    case UnitAct::enable:
      state.enablement = UnitEnablement::enabled;
      return;
    case UnitAct::disable:
    case UnitAct::unmask:
      state.enablement = UnitEnablement::disabled;
      return;
    case UnitAct::mask:
      state.enablement = UnitEnablement::masked;
      return;
  }
}

void PlanView::add_packages(const PackageOperation& one) {
  installs_ = installs_ || !one.closure.install.empty();
  for (const PackageFile& file : one.closure.install) {
    const bool hold = packages_->contains(file.name) && packages_->at(file.name).hold;
    (*packages_)[file.name] = {file.name, file.version, file.arch, PackageStatus::configured, hold};
  }
  for (const InstalledPackage& gone : one.closure.remove) {
    packages_->erase(gone.name);
  }
}

void PlanView::add(const Operation& operation) {
  if (const auto* file = std::get_if<FileOperation>(&operation)) {
    add_file(*file);
  } else if (const auto* unit = std::get_if<UnitOperation>(&operation)) {
    add_unit(*unit);
  } else if (const auto* kernel = std::get_if<KernelOperation>(&operation)) {
    kernel_[kernel->name] = kernel->after;
  } else if (const auto* hold = std::get_if<HoldOperation>(&operation)) {
    if (packages_ && packages_->contains(hold->package)) {
      packages_->at(hold->package).hold = hold->after;
    }
  } else if (const auto* packages = std::get_if<PackageOperation>(&operation)) {
    add_packages(*packages);
  }
}

}  // namespace twoseal
