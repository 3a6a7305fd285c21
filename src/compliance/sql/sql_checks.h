// Asks the checks in SQL of one host: an empty database in memory, filled with the tables that a
// check reads, and never anything but read.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "compliance/sql/fact_tables.h"

namespace twoseal::scap {

/// A thing that is not as it should be. `line`: 0 when it means nothing.
struct SqlFinding {
  std::string expected;
  std::string found;
  std::string path;
  std::uint32_t line = 0;

  bool operator==(const SqlFinding&) const = default;
};

struct SqlAnswer {
  RuleResult result = RuleResult::error;
  std::vector<SqlFinding> findings;  ///< at most kSqlFindingsMax
  std::string why;                   ///< when it could not be judged
};

inline constexpr std::size_t kSqlFindingsMax = 1'000;

class SqlChecks {
 public:
  /// `checks` and `host` must outlive it; of the others see FactTables.
  SqlChecks(const InspectedHost& host,
            std::span<const SqlCheck> checks,
            std::map<std::string, std::vector<std::string>> wanted,
            std::int64_t now);
  SqlChecks(const SqlChecks&) = delete;
  SqlChecks& operator=(const SqlChecks&) = delete;
  ~SqlChecks();

  /// Pass when it gives no row. Error when SQL or a table fails, and when it takes too long;
  /// notchecked when only a running host could tell, or a value that it needs has no answer.
  [[nodiscard]] SqlAnswer ask(const SqlCheck& check);

  /// Something happened to these paths: forgets the tables that come from them. Whether there were
  /// any.
  [[nodiscard]] bool touch(std::span<const std::string> paths);

  /// Forgets all tables. `now`: seconds since 1970.
  void touch_facts(std::int64_t now);

  /// Paths that the tables come from which were asked for; a directory stands for what is in it.
  [[nodiscard]] std::vector<std::string> sources() const;

 private:
  class Database;

  std::map<std::string, std::vector<std::string>> wanted_;
  FactTables tables_;
  std::unique_ptr<Database> database_;
};

}  // namespace twoseal::scap
