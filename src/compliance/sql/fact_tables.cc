#include "compliance/sql/fact_tables.h"

#include <algorithm>
#include <iterator>

#include "compliance/families/family.h"
#include "compliance/families/lines.h"
#include "compliance/sql/fact_readers.h"
#include "system/os_release.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kRowsMax = 1'000'000;

// --- items as rows -------------------------------------------------------------------------------

FactCell cell_of(const ItemEntity& entity) {
  if (entity.status != Status::exists) {
    return {};
  }
  return entity.value.is_number ? FactCell(entity.value.number) : FactCell(entity.value.text);
}

// All values of an entity in one cell: a number alone, texts with commas between them.
FactCell cell_of(const Item& item, EntityName name) {
  const auto values = item.get(name);
  if (values.empty()) {
    return {};
  }
  if (values.size() == 1) {
    return cell_of(values.front());
  }
  std::string all;
  for (const ItemEntity& value : values) {
    all += (all.empty() ? "" : ",") + value.value.written();
  }
  return all;
}

// Takes items of a family as rows of these entities, and the first problem with them.
class RowCollection : public Collection {
 public:
  RowCollection(std::span<const EntityName> columns, const RowSink& row)
      : columns_(columns), row_(row) {}

  void add(const Item& item) override {
    FactRow cells;
    for (const EntityName column : columns_) {
      cells.push_back(cell_of(item, column));
    }
    row_(cells);
  }

  void note(Flag flag, const std::string& why) override {
    if (flag == Flag::not_applicable || problem_) {
      not_applicable_ = not_applicable_ || flag == Flag::not_applicable;
      return;
    }
    problem_ = {flag == Flag::not_collected ? RuleResult::notchecked : RuleResult::error, why};
  }

  [[nodiscard]] const std::optional<FactProblem>& problem() const { return problem_; }

  [[nodiscard]] bool not_applicable() const { return not_applicable_; }

 private:
  std::span<const EntityName> columns_;
  const RowSink& row_;
  std::optional<FactProblem> problem_;
  bool not_applicable_ = false;
};

std::optional<FactProblem> add_family(const InspectedHost& host,
                                      Family family,
                                      std::span<const EntityName> columns,
                                      const RowSink& row,
                                      bool* not_applicable = nullptr) {
  const Object everything;
  const ObjectQuery query(everything, {});
  RowCollection rows(columns, row);
  collector_of(family).collect(host, query, rows);
  if (not_applicable != nullptr) {
    *not_applicable = rows.not_applicable();
  }
  return rows.problem();
}

// --- one function for each table -----------------------------------------------------------------

std::optional<FactProblem> fill_packages(const FactRequest& request, const RowSink& row) {
  constexpr EntityName kColumns[] = {EntityName::name, EntityName::evr, EntityName::arch};
  bool no_dpkg = false;
  bool no_rpm = false;
  auto problem = add_family(request.host, Family::dpkginfo, kColumns, row, &no_dpkg);
  auto other = add_family(request.host, Family::rpminfo, kColumns, row, &no_rpm);
  if (problem || other) {
    return problem ? problem : other;
  }
  if (no_dpkg && no_rpm) {
    return FactProblem{RuleResult::error, "this host has neither packages of dpkg nor of rpm"};
  }
  return std::nullopt;
}

// `volume`: the device without the links that lead to it, as the table of that name has it.
std::optional<FactProblem> fill_mounts(const FactRequest& request, const RowSink& row) {
  constexpr EntityName kColumns[] = {
      EntityName::mount_point, EntityName::device, EntityName::fs_type, EntityName::mount_options};
  return add_family(request.host, Family::partition, kColumns, [&](const FactRow& cells) {
    const auto* const device = std::get_if<std::string>(&cells[1]);
    FactRow wider = cells;
    wider.emplace_back();
    if (device != nullptr && device->starts_with('/')) {
      const auto volume = request.host.files->real_path(*device);
      wider.back() = volume && *volume ? FactCell(**volume) : FactCell(*device);
    }
    row(wider);
  });
}

// How the password of an account stands: what /etc/shadow has in the place of one.
std::string_view password_kind(std::string_view password) {
  if (password.empty()) {
    return "none";
  }
  return password.front() == '!' || password.front() == '*' ? "locked" : "set";
}

std::optional<FactProblem> fill_accounts(const FactRequest& request, const RowSink& row) {
  constexpr EntityName kSecrets[] = {EntityName::username, EntityName::password};
  constexpr EntityName kColumns[] = {EntityName::username,
                                     EntityName::user_id,
                                     EntityName::group_id,
                                     EntityName::home_dir,
                                     EntityName::login_shell,
                                     EntityName::password};
  for (const char* path : {"/etc/passwd", "/etc/shadow"}) {
    const auto there = request.host.files->status(path, FollowLast::yes);
    if (!there || !*there) {
      return FactProblem{RuleResult::error,
                         std::string(path) + (there ? " is not there" : " cannot be looked at")};
    }
  }
  // Of several lines with one name the first counts, as for the C library.
  std::map<FactCell, FactCell> kinds;
  auto problem = add_family(request.host, Family::shadow, kSecrets, [&](const FactRow& cells) {
    const auto* const password = std::get_if<std::string>(&cells[1]);
    kinds.emplace(
        cells[0],
        password == nullptr ? FactCell() : FactCell(std::string(password_kind(*password))));
  });
  if (problem) {
    return problem;
  }
  return add_family(request.host, Family::password, kColumns, [&](const FactRow& cells) {
    FactRow shown = cells;
    const auto* const password = std::get_if<std::string>(&cells.back());
    if (password != nullptr && *password != "x") {
      shown.back() = std::string(password_kind(*password));
    } else {
      const auto kind = kinds.find(cells.front());
      shown.back() = kind == kinds.end() ? FactCell() : kind->second;
    }
    row(shown);
  });
}

std::optional<FactProblem> fill_addresses(const FactRequest& request, const RowSink& row) {
  constexpr EntityName kColumns[] = {EntityName::name,
                                     EntityName::inet_addr,
                                     EntityName::netmask,
                                     EntityName::hardware_addr,
                                     EntityName::flag};
  return add_family(request.host, Family::interface, kColumns, row);
}

std::optional<FactProblem> fill_processes(const FactRequest& request, const RowSink& row) {
  constexpr EntityName kColumns[] = {
      EntityName::pid, EntityName::command_line, EntityName::user_id};
  return add_family(request.host, Family::process58, kColumns, row);
}

std::optional<FactProblem> fill_wanted(const FactRequest& request, const RowSink& row) {
  for (const auto& [id, values] : request.wanted) {
    for (const std::string& value : values) {
      row({id, value});
    }
  }
  return std::nullopt;
}

struct TableRow {
  std::string_view name;
  std::string_view columns;
  std::optional<FactProblem> (*fill)(const FactRequest& request, const RowSink& row);
};

// docs/formats/checks.md says what each holds.
constexpr TableRow kTables[] = {
    {"accounts", "name, uid, gid, home, shell, password", fill_accounts},
    {"addresses", "interface, address, netmask, hardware, flags", fill_addresses},
    {"enabled_units", "name, path", fill_enabled_units},
    {"facts", "name, value", fill_facts},
    {"files", "path, kind, mode, uid, gid, size, modified", fill_files},
    {"groups", "name, gid, members", fill_groups},
    {"mounts", "path, device, type, options, volume", fill_mounts},
    {"packages", "name, version, arch", fill_packages},
    {"processes", "pid, command, uid", fill_processes},
    {"settings", "path, line, section, key, value", fill_settings},
    {"units", "name, active, state", fill_units},
    {"volumes", "device, kind, encrypted", fill_volumes},
    {"wanted", "id, value", fill_wanted},
};

const TableRow* find_table(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kTables),
                                         std::end(kTables),
                                         [&](const TableRow& each) { return each.name == name; });
  return found == std::end(kTables) ? nullptr : found;
}

// What is fixed of a path with `*` in its last part.
std::string fixed_part(const std::string& path) {
  return path.find('*') == std::string::npos ? path : path.substr(0, path.rfind('/'));
}

}  // namespace

FactTables::FactTables(const InspectedHost& host,
                       std::span<const SqlCheck> checks,
                       std::map<std::string, std::vector<std::string>> wanted,
                       std::int64_t now)
    : host_(host), wanted_(std::move(wanted)), now_(now) {
  for (const SqlCheck& check : checks) {
    files_.insert(check.files.begin(), check.files.end());
    settings_.insert(check.settings.begin(), check.settings.end());
  }
}

std::vector<std::pair<std::string_view, std::string_view>> FactTables::schema() {
  std::vector<std::pair<std::string_view, std::string_view>> all;
  for (const TableRow& table : kTables) {
    all.emplace_back(table.name, table.columns);
  }
  return all;
}

bool FactTables::has(std::string_view table) {
  return find_table(table) != nullptr;
}

std::optional<FactProblem> FactTables::fill(std::string_view table,
                                            const std::function<void(const FactRow&)>& row) {
  const TableRow* found = find_table(table);
  if (found == nullptr) {
    return FactProblem{RuleResult::error, "there is no table of this name"};
  }
  std::size_t count = 0;
  const RowSink bounded = [&](const FactRow& cells) {
    if (++count <= kRowsMax) {
      row(cells);
    }
  };
  auto problem = found->fill({host_, files_, settings_, wanted_, now_}, bounded);
  if (problem) {
    problem->why = "the " + std::string(table) + " of this host: " + problem->why;
  } else if (count > kRowsMax) {
    problem = FactProblem{RuleResult::error, "this host has too many " + std::string(table)};
  }
  return problem;
}

std::vector<std::string> FactTables::sources(std::string_view table) const {
  std::vector<std::string> paths;
  const auto add = [&](const std::set<std::string>& from) {
    std::transform(from.begin(), from.end(), std::back_inserter(paths), fixed_part);
  };
  if (table == "files") {
    add(files_);
  } else if (table == "settings") {
    add(settings_);
  } else if (table == "accounts") {
    paths = {"/etc/passwd", "/etc/shadow"};
  } else if (table == "groups") {
    paths = {"/etc/group"};
  } else if (table == "packages") {
    paths = {"/var/lib/dpkg/status", "/usr/lib/sysimage/rpm", "/var/lib/rpm"};
  } else if (table == "enabled_units") {
    paths = {"/etc/systemd/system"};
  } else if (table == "facts") {
    paths.assign(kOsReleasePaths.begin(), kOsReleasePaths.end());
  }
  return paths;
}

}  // namespace twoseal::scap
