// How the tables are filled that no family of OVAL has. Used by FactTables alone.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compliance/sql/fact_tables.h"

namespace twoseal::scap {

using RowSink = std::function<void(const FactRow&)>;

/// What a table may depend on.
struct FactRequest {
  const InspectedHost& host;
  const std::set<std::string>& files;
  const std::set<std::string>& settings;
  const std::map<std::string, std::vector<std::string>>& wanted;
  std::int64_t now;
};

/// name, gid, members with commas between them.
[[nodiscard]] std::optional<FactProblem> fill_groups(const FactRequest& request,
                                                     const RowSink& row);

/// name of a unit that something starts at boot, path of the link that says so.
[[nodiscard]] std::optional<FactProblem> fill_enabled_units(const FactRequest& request,
                                                            const RowSink& row);

/// name, active state, state of the unit file: of services, sockets and timers that are loaded.
[[nodiscard]] std::optional<FactProblem> fill_units(const FactRequest& request, const RowSink& row);

/// `os.id`, `os.version`, `os.like`, `hostname`, `now`, `running`.
[[nodiscard]] std::optional<FactProblem> fill_facts(const FactRequest& request, const RowSink& row);

/// path, kind, mode, uid, gid, size, time of the last change: of those that are there.
[[nodiscard]] std::optional<FactProblem> fill_files(const FactRequest& request, const RowSink& row);

/// path, line, section, key, value: lines of configuration files that are no comments.
[[nodiscard]] std::optional<FactProblem> fill_settings(const FactRequest& request,
                                                       const RowSink& row);

/// Block devices: device, kind (`disk`, `crypt`, `lvm` …), whether all that it lies on is
/// encrypted.
[[nodiscard]] std::optional<FactProblem> fill_volumes(const FactRequest& request,
                                                      const RowSink& row);

}  // namespace twoseal::scap
