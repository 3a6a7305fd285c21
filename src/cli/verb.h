// What a verb of the command line is: a row of one table (verbs.cc), from which parsing, help,
// completion and manual pages are made, and a function.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "cli/json_text.h"

namespace twoseal::cli {

/// `value`: what stands for the value in help, `FILE`; empty for a switch. A flag of one name takes
/// a value in every verb or in none, so that flags may stand before the verb.
struct Flag {
  std::string_view name;
  std::string_view value;
  std::string_view help;
  bool required = false;
  bool repeatable = false;
};

enum class Occurs { once, optional, any_number };

struct Operand {
  std::string_view name;
  std::string_view help;
  Occurs occurs = Occurs::once;
};

/// What was given on the command line, by the name of the flag or operand.
class Arguments {
 public:
  explicit Arguments(std::map<std::string, std::vector<std::string>, std::less<>> given = {})
      : given_(std::move(given)) {}

  [[nodiscard]] bool has(std::string_view name) const { return given_.contains(name); }

  /// The value, or nothing.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;

  /// The value, or `otherwise`.
  [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise = "") const;

  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> given_;
};

/// Flags that every verb has. `json`: fields wanted, `*` alone for all.
struct GlobalFlags {
  bool quiet = false;
  bool verbose = false;
  bool debug = false;
  bool no_input = false;
  bool no_color = false;
  std::vector<std::string> json;
  std::optional<std::string> output;
};

/// What a verb may use beside its arguments: the conversation on stderr and the wish of the person.
class Session {
 public:
  explicit Session(GlobalFlags flags) : flags_(std::move(flags)) {}

  [[nodiscard]] const GlobalFlags& flags() const { return flags_; }

  /// One line for the person on stderr; nothing with --quiet. Made presentable.
  void talk(std::string_view line) const;

  /// The same, only with --verbose or --debug.
  void detail(std::string_view line) const;

  /// The same, only with --debug.
  void debug(std::string_view line) const;

 private:
  GlobalFlags flags_;
};

/// What a verb answers. Standard output (or --output FILE) gets one of: `fields` with --json,
/// else `bytes` exactly when present, else `text` made presentable.
struct Report {
  std::string text;
  Json::Object fields;
  std::optional<Bytes> bytes;
  Exit exit = Exit::done;
  bool secret = false;  ///< a file of it is its owner's alone
};

enum class Group {
  daily,
  hosts,
  compliance,
  server,
  objects,
  organisation,
  decisions,
  ledger,
  testbed,
  help
};

/// Whether --output FILE is where the frame puts the report, or is the verb's own business.
enum class OutputFile { report, own };

struct Verb {
  std::string_view name;  ///< `key new`
  Group group;
  std::string_view summary;      ///< one line, a verb in the third person first
  std::string_view description;  ///< paragraphs, separated by an empty line
  std::span<const Operand> operands;
  std::span<const Flag> flags;
  std::span<const std::string_view> examples;  ///< whole command lines
  std::span<const Exit> exits;                 ///< beside done and usage
  OutputFile output;
  Result<Report> (*run)(const Arguments&, const Session&);
};

}  // namespace twoseal::cli
