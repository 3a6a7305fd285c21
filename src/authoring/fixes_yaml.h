// What mends the rules of benchmarks, as people write it: rules, and the resources that each needs.
// docs/formats/fixes.md.
//
// Resources stay trees until a host and the values of a benchmark are known; each is tried for
// every platform while the file is read, so that a fix that was read can be filled in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/table.h"
#include "authoring/yaml.h"
#include "model/plan.h"

namespace twoseal::authoring {

inline constexpr std::size_t kFixesMax = 4'096;      ///< fixes, and rules by hand, of one file
inline constexpr std::size_t kFixResourcesMax = 64;  ///< resources of one fix

/// Paths and why it matters that they are there, or are not.
using PathReasons = std::map<std::string, std::string>;

/// One rule and what mends it on some platforms.
struct Fix {
  std::string file;  ///< where it stands, for messages
  std::string rule;  ///< what follows `_rule_` in the ids of the SCAP Security Guide
  std::vector<std::string> aliases;          ///< ids in guides of DISA: `RHEL-09-255040`
  std::vector<std::string> platforms;        ///< ids of os-release: `debian`
  std::string does;                          ///< one sentence
  std::vector<std::string> needs;            ///< values of the benchmark
  std::map<std::string, std::string> usual;  ///< what they are where a benchmark has none
  /// Of a value: the names that it may list. Any others would break what is set up.
  std::map<std::string, std::vector<std::string>> among;
  /// Of a value: what stands in guides for one that people have to choose.
  std::map<std::string, std::vector<std::string>> placeholders;
  PathReasons there;      ///< what a host must have, and what is told where it has not
  PathReasons not_there;  ///< what it may not have
  /// Question, answer: of several that take each other's place a host has one.
  std::map<std::string, std::string> choice;
  std::vector<std::string> risks;  ///< that its resources have
  std::vector<Node> set;           ///< resources, with `{value}` and `{word}` in them
  /// Word, platform, text: what is called otherwise from platform to platform.
  std::map<std::string, std::map<std::string, std::string>> words;
};

/// A rule that no change mends by itself. `rule` may end with `*`. With `guides` it is so in these
/// alone, whatever fixes there are: what follows `_benchmark_` in the id of a benchmark.
struct ByHand {
  std::string rule;
  std::vector<std::string> guides;
  std::string why;
};

struct FixFile {
  std::vector<Fix> fixes;
  std::vector<ByHand> by_hand;
};

/// Reads one file. Errc::bad_yaml with every problem and its place; Errc::too_large.
[[nodiscard]] Result<FixFile> read_fixes(const Source& source);

/// Whether fixes can be for hosts that call themselves so.
[[nodiscard]] bool is_platform(std::string_view name);

/// Whether the fix is for hosts of this platform.
[[nodiscard]] bool is_for(const Fix& fix, std::string_view platform);

/// Whether a rule of this name is meant.
[[nodiscard]] bool is_meant(const ByHand& by_hand, std::string_view rule);

/// Values that the fix needs and that neither `values` nor the fix itself has, in its order. One
/// that `values` has a placeholder for is among them.
[[nodiscard]] std::vector<std::string> missing_values(
    const Fix& fix, const std::map<std::string, std::string>& values);

/// Why a value that `values` has for the fix may not stand in what it sets, or nothing. It comes
/// out of foreign content, so it is one word of letters, digits and _ . / @ - that nothing reads as
/// more than a value. Where the fix says what it may list, it lists nothing else, divided by
/// commas.
[[nodiscard]] std::optional<std::string> unfit_value(
    const Fix& fix, const std::map<std::string, std::string>& values);

/// A resource as it is written and as it is meant.
struct FilledResource {
  Node written;
  Resource resource;
};

/// The resources of the fix on a platform that it is for, with these values. Of a value that lists
/// alternatives (`syslog|halt`) the first is taken. Errc::bad_yaml at the place in the file of
/// fixes: a value is missing or unfit, or a resource may not have it.
[[nodiscard]] Result<std::vector<FilledResource>> fill_fix(
    const Fix& fix, std::string_view platform, const std::map<std::string, std::string>& values);

}  // namespace twoseal::authoring
