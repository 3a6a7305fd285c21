// What a host says of itself, as tables: the rows that checks in SQL are asked over.
//
// A table is filled when somebody first asks for it. Where something could not be read the whole
// table cannot be asked: a row that is missing would look like a thing that is not there.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compliance/families/host.h"
#include "compliance/sql/sql_check.h"
#include "compliance/xccdf/rule_result.h"

namespace twoseal::scap {

/// Nothing, a whole number, or a text.
using FactCell = std::variant<std::monostate, std::int64_t, std::string>;
using FactRow = std::vector<FactCell>;

/// Why a table cannot be asked: `error`, or `notchecked` where no running host is there to tell.
struct FactProblem {
  RuleResult result = RuleResult::error;
  std::string why;
};

class FactTables {
 public:
  /// `host` must outlive it. `checks`: whose files and settings are shown. `wanted`: the values
  /// that the profile chose, by id. `now`: seconds since 1970.
  FactTables(const InspectedHost& host,
             std::span<const SqlCheck> checks,
             std::map<std::string, std::vector<std::string>> wanted,
             std::int64_t now);

  /// What `now` is from here on.
  void set_now(std::int64_t now) { now_ = now; }

  /// Names of all tables, and the columns of each as SQL declares them.
  [[nodiscard]] static std::vector<std::pair<std::string_view, std::string_view>> schema();

  [[nodiscard]] static bool has(std::string_view table);

  /// Calls `row` for each row of a table of schema(). Rows are bounded.
  [[nodiscard]] std::optional<FactProblem> fill(std::string_view table,
                                                const std::function<void(const FactRow&)>& row);

  /// Paths that the rows of a table come from; a directory stands for what is in it. Empty for what
  /// no file tells of.
  [[nodiscard]] std::vector<std::string> sources(std::string_view table) const;

 private:
  const InspectedHost& host_;
  std::set<std::string> files_;
  std::set<std::string> settings_;
  std::map<std::string, std::vector<std::string>> wanted_;
  std::int64_t now_;
};

}  // namespace twoseal::scap
