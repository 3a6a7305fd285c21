// Which platforms of a benchmark a host is one of, and so which rules apply to it.
// Source: NISTIR 7275 revision 4; NISTIR 7698 for tests over names.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compliance/content/content.h"
#include "compliance/oval/evaluation.h"

namespace twoseal::scap {

/// Judges each platform once, when a rule first asks for it.
class HostPlatforms {
 public:
  /// Both must outlive it.
  HostPlatforms(const Content& content, const Benchmark& benchmark)
      : content_(content), benchmark_(benchmark), group_applies_(benchmark.groups.size()) {}

  /// Before any rule is asked for: includes every definition that a platform may rest on, so that
  /// they share walks. `evaluation_of`: called once for each document that there are any of; what
  /// it gives must outlive this.
  void include(const std::function<Evaluation&(Index document)>& evaluation_of);

  /// Whether the host is one of the platforms of the rule, and of all that the rule stands in.
  [[nodiscard]] bool applies(const Rule& rule) { return applies(rule.platforms, rule.parent); }

  /// Why a rule does not apply, for people: also which of its platforms nobody can judge.
  [[nodiscard]] std::string why_not(const Rule& rule) const;

  /// Platforms that were asked for and that the host is one of.
  [[nodiscard]] const std::vector<Text>& applicable() const { return applicable_; }

 private:
  [[nodiscard]] bool applies(const std::vector<Text>& platforms, Index parent);
  [[nodiscard]] bool group_applies(Index group);
  [[nodiscard]] bool is_any(const std::vector<Text>& platforms);
  [[nodiscard]] bool is_platform(Text idref);
  [[nodiscard]] Verdict judge(const PlatformTest& test);
  [[nodiscard]] Verdict judge_fact(Text name);
  /// Nothing when nothing can judge it.
  [[nodiscard]] std::optional<Verdict> judge_check(const ContentRef& check);

  const Content& content_;
  const Benchmark& benchmark_;
  std::map<Index, Evaluation*> evaluations_;  // by document
  std::map<Text, Verdicts> facts_;            // what the dictionary says of a name
  std::map<Text, bool> known_;
  std::set<Text> undecided_names_;  // those of which nobody can say whether the host is one
  bool undecided_ = false;          // of the platform that is looked at
  std::vector<Text> applicable_;
  std::vector<std::optional<bool>> group_applies_;
};

/// A platform name matches a name of the dictionary when every part that it has is the same.
[[nodiscard]] bool cpe_matches(std::string_view wanted, std::string_view known);

}  // namespace twoseal::scap
