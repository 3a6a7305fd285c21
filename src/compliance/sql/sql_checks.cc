#include "compliance/sql/sql_checks.h"

#include <algorithm>
#include <limits>

#include <sqlite3.h>

#include "base/check.h"
#include "compliance/xml.h"

namespace twoseal::scap {
namespace {

constexpr int kStepsBetweenLooks = 100'000;
constexpr int kLooksMax = 2'000;  // together some seconds

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

// What a statement may do, and which tables it reads.
struct Permit {
  bool asking = false;
  std::set<std::string> tables;
};

int authorize(void* context,
              int action,
              const char* first,
              const char* /*second*/,
              const char* /*database*/,
              const char* /*trigger*/) {
  auto& permit = *static_cast<Permit*>(context);
  if (!permit.asking) {
    return SQLITE_OK;
  }
  switch (action) {
    case SQLITE_READ:
      permit.tables.insert(first == nullptr ? "" : first);
      return SQLITE_OK;
    case SQLITE_SELECT:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    default:
      return SQLITE_DENY;
  }
}

int count_looks(void* context) {
  return ++*static_cast<int*>(context) > kLooksMax ? 1 : 0;
}

}  // namespace

// --- the database --------------------------------------------------------------------------------

class SqlChecks::Database {
 public:
  Database() {
    sqlite3* opened = nullptr;
    const int code =
        sqlite3_open_v2(":memory:",
                        &opened,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX,
                        nullptr);
    database_.reset(opened);
    check(code == SQLITE_OK, "a database in memory can be opened");
    sqlite3_set_authorizer(opened, authorize, &permit_);
    sqlite3_progress_handler(opened, kStepsBetweenLooks, count_looks, &looks_);
    for (const auto& [name, columns] : FactTables::schema()) {
      execute("CREATE TABLE " + std::string(name) + " (" + std::string(columns) + ")");
    }
  }

  void execute(const std::string& sql) {
    check(sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK,
          "our own statements work");
  }

  // nullptr when the text is no SELECT over the tables; then message() says why.
  Prepared prepare(std::string_view sql, bool asking) {
    permit_.asking = asking;
    permit_.tables.clear();
    looks_ = 0;
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    sqlite3_prepare_v2(
        database_.get(), sql.data(), static_cast<int>(sql.size()), &statement, &tail);
    permit_.asking = false;
    Prepared prepared(statement);
    if (prepared == nullptr) {
      return nullptr;
    }
    const std::string_view rest(tail, static_cast<std::size_t>(sql.data() + sql.size() - tail));
    return trimmed(rest).empty() ? std::move(prepared) : nullptr;
  }

  // Tables that the statement reads which was prepared last.
  [[nodiscard]] const std::set<std::string>& asked() const { return permit_.tables; }

  [[nodiscard]] std::string message() const { return sqlite3_errmsg(database_.get()); }

  [[nodiscard]] const std::set<std::string>& filled() const { return filled_; }

  std::optional<FactProblem> fill(const std::string& table, FactTables& tables) {
    if (filled_.contains(table)) {
      return std::nullopt;
    }
    execute("DELETE FROM " + table);
    execute("BEGIN");
    Prepared insert;
    bool lost = false;
    auto problem =
        tables.fill(table, [&](const FactRow& row) { lost = !add(table, insert, row) || lost; });
    execute("COMMIT");
    if (lost && !problem) {
      problem = FactProblem{RuleResult::error, "a row of " + table + " has no room"};
    }
    if (!problem) {
      filled_.insert(table);
    }
    return problem;
  }

  void forget(const std::string& table) { filled_.erase(table); }

  void forget_all() { filled_.clear(); }

 private:
  struct Bind {
    sqlite3_stmt* statement;
    int at;

    int operator()(std::monostate /*none*/) const { return sqlite3_bind_null(statement, at); }

    int operator()(std::int64_t number) const { return sqlite3_bind_int64(statement, at, number); }

    int operator()(const std::string& text) const {
      return sqlite3_bind_text64(
          statement, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
  };

  // False when the row is not there afterwards.
  bool add(const std::string& table, Prepared& insert, const FactRow& row) {
    if (insert == nullptr) {
      std::string marks;
      for (std::size_t i = 0; i < row.size(); ++i) {
        marks += i == 0 ? "?" : ", ?";
      }
      insert = prepare("INSERT INTO " + table + " VALUES (" + marks + ")", false);
      check(insert != nullptr, "a row has the columns of its table");
    }
    looks_ = 0;
    bool good = true;
    for (std::size_t i = 0; i < row.size(); ++i) {
      good = std::visit(Bind{insert.get(), static_cast<int>(i) + 1}, row[i]) == SQLITE_OK && good;
    }
    good = sqlite3_step(insert.get()) == SQLITE_DONE && good;
    sqlite3_reset(insert.get());
    return good;
  }

  Permit permit_;
  int looks_ = 0;
  std::set<std::string> filled_;
  std::unique_ptr<sqlite3, CloseDatabase> database_;
};

namespace {

// --- rows as findings ----------------------------------------------------------------------------

// Which column of a statement has which meaning; -1 when it has no such column.
struct Columns {
  int expected = -1;
  int found = -1;
  int path = -1;
  int line = -1;
};

Columns columns_of(sqlite3_stmt* statement) {
  Columns columns;
  for (int i = 0; i < sqlite3_column_count(statement); ++i) {
    const std::string_view name = sqlite3_column_name(statement, i);
    int* const known = name == "expected" ? &columns.expected
                       : name == "found"  ? &columns.found
                       : name == "path"   ? &columns.path
                       : name == "line"   ? &columns.line
                                          : nullptr;
    if (known != nullptr) {
      *known = i;
    }
  }
  return columns;
}

std::string text_at(sqlite3_stmt* statement, int column) {
  const auto* const text =
      column < 0 ? nullptr : reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr
             ? std::string()
             : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
}

SqlFinding finding_of(sqlite3_stmt* statement, const Columns& columns) {
  SqlFinding finding{text_at(statement, columns.expected),
                     text_at(statement, columns.found),
                     text_at(statement, columns.path),
                     0};
  const std::int64_t line = columns.line < 0 ? 0 : sqlite3_column_int64(statement, columns.line);
  if (line > 0 && line <= std::numeric_limits<std::uint32_t>::max()) {
    finding.line = static_cast<std::uint32_t>(line);
  }
  return finding;
}

SqlAnswer unjudged(RuleResult result, std::string why) {
  return {result, {}, std::move(why)};
}

}  // namespace

// --- asking --------------------------------------------------------------------------------------

SqlChecks::SqlChecks(const InspectedHost& host,
                     std::span<const SqlCheck> checks,
                     std::map<std::string, std::vector<std::string>> wanted,
                     std::int64_t now)
    : wanted_(std::move(wanted)),
      tables_(host, checks, wanted_, now),
      database_(std::make_unique<Database>()) {}

SqlChecks::~SqlChecks() = default;

SqlAnswer SqlChecks::ask(const SqlCheck& check) {
  for (const Text need : check.needs) {
    const auto value = wanted_.find(std::string(need));
    const bool given =
        value != wanted_.end() && std::any_of(value->second.begin(),
                                              value->second.end(),
                                              [](const auto& text) { return !text.empty(); });
    if (!given) {
      return unjudged(RuleResult::notchecked,
                      "it needs " + std::string(need) + ": give it with --value " +
                          std::string(need) + "=…, or in a tailoring file");
    }
  }
  const Prepared statement = database_->prepare(check.ask, true);
  if (statement == nullptr) {
    return unjudged(RuleResult::error, "its question is no good: " + database_->message());
  }
  const std::set<std::string> asked = database_->asked();
  for (const std::string& table : asked) {
    // Names of its own (WITH) are told as well.
    const auto problem = FactTables::has(table) ? database_->fill(table, tables_) : std::nullopt;
    if (problem) {
      return unjudged(problem->result, problem->why);
    }
  }
  const Columns columns = columns_of(statement.get());
  SqlAnswer answer;
  int code = SQLITE_DONE;
  while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) {
    if (answer.findings.size() < kSqlFindingsMax) {
      answer.findings.push_back(finding_of(statement.get(), columns));
    }
  }
  if (code != SQLITE_DONE) {
    return unjudged(RuleResult::error, "it could not be answered: " + database_->message());
  }
  answer.result = answer.findings.empty() ? RuleResult::pass : RuleResult::fail;
  return answer;
}

bool SqlChecks::touch(std::span<const std::string> paths) {
  bool any = false;
  const std::set<std::string> filled = database_->filled();
  for (const std::string& table : filled) {
    const auto sources = tables_.sources(table);
    const bool touched = std::any_of(sources.begin(), sources.end(), [&](const auto& source) {
      return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
        return path == source || path.starts_with(source + "/") || source.starts_with(path + "/");
      });
    });
    if (touched) {
      database_->forget(table);
      any = true;
    }
  }
  return any;
}

void SqlChecks::touch_facts(std::int64_t now) {
  tables_.set_now(now);
  database_->forget_all();
}

std::vector<std::string> SqlChecks::sources() const {
  std::vector<std::string> all;
  for (const std::string& table : database_->filled()) {
    const auto some = tables_.sources(table);
    all.insert(all.end(), some.begin(), some.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace twoseal::scap
