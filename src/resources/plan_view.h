// A host as it would be in the middle of a plan: what it is, and on top what was planned so far.
// Planning reads through here alone, so that it can neither change nor start anything.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resources/operation.h"
#include "system/real_path.h"
#include "system/system.h"

namespace twoseal {

/// Files that are managed, read or kept for undo are at most this large, in octets.
inline constexpr std::size_t kManagedFileMax = std::size_t{64} * 1024 * 1024;

/// What a template or a `source` may ask for beside the host's own facts.
struct PlanInputs {
  std::map<std::string, std::string> labels;             ///< of the signed assignment
  std::map<Digest, std::shared_ptr<const Bytes>> blobs;  ///< that the state names by digest
  /// Where the others are looked for when they are needed; may be empty.
  std::function<Result<std::shared_ptr<const Bytes>>(const Digest&)> find_blob;
};

/// For one thread, and for one plan: what was read is remembered.
class PlanView {
 public:
  /// `system` and `inputs` must outlive the view. Changes nothing on the system.
  PlanView(System& system, const PlanInputs& inputs) : system_(system), inputs_(inputs) {}

  /// What stands at a path. Errc::too_large for a regular file above kManagedFileMax.
  [[nodiscard]] Result<PathState> path(const std::string& path);

  /// The content of a regular file; empty bytes when the path is free. Errc::other_thing_there when
  /// something else stands there.
  [[nodiscard]] Result<std::shared_ptr<const Bytes>> bytes(const std::string& path);

  /// How many names the file has that stands at a path on the host now; 1 where there is none.
  [[nodiscard]] Result<std::uint64_t> names(const std::string& path) const;

  /// Where a link leads. Errc::other_thing_there.
  [[nodiscard]] Result<std::string> link(const std::string& path);

  /// Where a path leads by links on its way, those that are planned among them: system/real_path.h.
  [[nodiscard]] Result<std::string> leads_to(const std::string& path);

  /// The same by the links that are on the host now.
  [[nodiscard]] Result<std::string> leads_now(const std::string& path) const {
    return real_path(system_.files(), path);
  }

  /// Whether not every user of the host may read what stands at the path; false when it is free.
  [[nodiscard]] Result<bool> is_private(const std::string& path);

  /// Names in a directory, also those that are planned.
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& path);

  /// Ids by name, as they will be after what was planned. Errc::unknown_account.
  [[nodiscard]] Result<std::uint32_t> user_id(const std::string& name);
  [[nodiscard]] Result<std::uint32_t> group_id(const std::string& name);

  /// The name of an id, or its number when it has none.
  [[nodiscard]] Result<std::string> user_name(std::uint32_t uid);
  [[nodiscard]] Result<std::string> group_name(std::uint32_t gid);

  [[nodiscard]] Result<UnitState> unit(const std::string& name);

  /// To ask for many at once, before they are asked for one by one.
  [[nodiscard]] Result<void> prepare_units(const std::vector<std::string>& names);

  [[nodiscard]] Result<std::optional<std::string>> kernel_setting(const std::string& name);

  /// The package in any architecture; nothing when it is not installed.
  [[nodiscard]] Result<std::optional<InstalledPackage>> package(const std::string& name);

  /// What a wish would do beyond what was planned.
  [[nodiscard]] Result<PackageOperation> plan_package(const PackageWish& wish);

  [[nodiscard]] const Facts& facts();

  [[nodiscard]] const std::map<std::string, std::string>& labels() const { return inputs_.labels; }

  /// A blob that the state names. Errc::refuse_c1 when it did not come along.
  [[nodiscard]] Result<std::shared_ptr<const Bytes>> blob(const Digest& digest) const;

  /// The same refusal, without its bytes where they are looked for only when needed.
  [[nodiscard]] Result<void> check_blob(const Digest& digest) const;

  /// Takes what was planned into the picture.
  void add(const Operation& operation);

  /// Whether packages were planned, so that units not known yet may appear.
  [[nodiscard]] bool installs() const { return installs_; }

 private:
  struct Entry {
    PathState state;
    std::shared_ptr<const Bytes> bytes;  ///< of a regular file or the text of a link, when known
    bool planned = false;
  };

  Result<Entry*> entry(const std::string& path);
  Result<Entry> read_entry(const std::string& path) const;
  Result<std::uint32_t> account_id(const char* database, const std::string& name);
  Result<std::string> account_name(const char* database, std::uint32_t id);
  Result<void> load_packages();
  void add_file(const FileOperation& one);
  void add_unit(const UnitOperation& one);
  void add_packages(const PackageOperation& one);

  System& system_;
  const PlanInputs& inputs_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, UnitState> units_;
  std::map<std::string, std::optional<std::string>> kernel_;
  std::optional<std::map<std::string, InstalledPackage>> packages_;
  std::optional<Facts> facts_;
  bool installs_ = false;
};

}  // namespace twoseal
