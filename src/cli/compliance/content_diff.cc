#include "cli/compliance/content_diff.h"

#include <algorithm>
#include <unordered_map>

#include "cli/compliance/rule_meaning.h"
#include "compliance/content/compiled.h"

namespace twoseal::cli {
namespace {

using scap::Benchmark;
using scap::Content;
using scap::Profile;
using scap::Rule;
using scap::Value;

// One thing about a part that may differ: parts are equal in it when what it copies is. A table of
// these serves every kind of part, because compiled bytes are equal exactly when their parts are.
template <class Part>
struct Aspect {
  std::string_view name;
  void (*copy)(const Part& from, Part& to);
};

template <class Part, auto kMember>
constexpr Aspect<Part> aspect(std::string_view name) {
  return {name, [](const Part& from, Part& to) { to.*kMember = from.*kMember; }};
}

constexpr Aspect<Rule> kRuleAspects[] = {
    aspect<Rule, &Rule::severity>("severity"),
    aspect<Rule, &Rule::title>("title"),
    aspect<Rule, &Rule::description>("description"),
    aspect<Rule, &Rule::version>("version"),
    aspect<Rule, &Rule::rationale>("rationale"),
    aspect<Rule, &Rule::warning>("warning"),
    aspect<Rule, &Rule::fix_text>("fix text"),
    aspect<Rule, &Rule::fixes>("fix scripts"),
    aspect<Rule, &Rule::weight>("weight"),
    aspect<Rule, &Rule::role>("role"),
    aspect<Rule, &Rule::selected>("selected"),
    aspect<Rule, &Rule::platforms>("platforms"),
    aspect<Rule, &Rule::needs>("requires"),
    aspect<Rule, &Rule::conflicts>("conflicts"),
    aspect<Rule, &Rule::idents>("identifiers"),
    aspect<Rule, &Rule::references>("references"),
};

constexpr Aspect<Profile> kProfileAspects[] = {
    aspect<Profile, &Profile::title>("title"),
    aspect<Profile, &Profile::description>("description"),
    aspect<Profile, &Profile::extends>("extends"),
    aspect<Profile, &Profile::selects>("rules"),
    aspect<Profile, &Profile::refine_values>("values"),
    aspect<Profile, &Profile::set_values>("values of its own"),
    aspect<Profile, &Profile::refine_rules>("weights and severities"),
};

constexpr Aspect<Value> kValueAspects[] = {
    aspect<Value, &Value::title>("title"),
    aspect<Value, &Value::type>("type"),
    aspect<Value, &Value::op>("operator"),
    aspect<Value, &Value::choices>("choices"),
};

void put(Rule part, Benchmark& benchmark) {
  benchmark.rules.push_back(std::move(part));
}

void put(Profile part, Benchmark& benchmark) {
  benchmark.profiles.push_back(std::move(part));
}

void put(Value part, Benchmark& benchmark) {
  benchmark.values.push_back(std::move(part));
}

template <class Part>
Bytes bytes_of(const Part& part, const Aspect<Part>& aspect) {
  Part bare;
  aspect.copy(part, bare);
  Content content;
  put(std::move(bare), content.benchmarks.emplace_back());
  return scap::encode_content(content);
}

void note(std::string_view name, std::string& what) {
  what += what.empty() ? "" : ", ";
  what += name;
}

template <class Part, std::size_t kCount>
std::string altered(const Part& before, const Part& after, const Aspect<Part> (&aspects)[kCount]) {
  std::string what;
  for (const Aspect<Part>& aspect : aspects) {
    if (bytes_of(before, aspect) != bytes_of(after, aspect)) {
      note(aspect.name, what);
    }
  }
  return what;
}

void add_values(const scap::RuleCheck& check, const Benchmark& benchmark, Benchmark& to) {
  for (const scap::CheckExport& each : check.exports) {
    if (each.value != scap::kNone) {
      Value value = benchmark.values[each.value];
      value.title = {};
      to.values.push_back(std::move(value));
    }
  }
  for (const scap::RuleCheck& child : check.children) {
    add_values(child, benchmark, to);
  }
}

// The values that a rule hands to its checks.
Bytes values_of(const Rule& rule, const Benchmark& benchmark) {
  Content content;
  Benchmark& alone = content.benchmarks.emplace_back();
  for (const scap::RuleCheck& check : rule.checks) {
    add_values(check, benchmark, alone);
  }
  return scap::encode_content(content);
}

Bytes platforms_of(const DiffSide& side) {
  return scap::encode_content(platforms_alone(side.content, side.benchmark));
}

class Diff {
 public:
  Diff(const DiffSide& before, const DiffSide& after) : before_(before), after_(after) {}

  std::vector<ContentChange> made() {
    const auto rules = [&](const Rule& from, const Rule& to) { return altered_rule(from, to); };
    const auto profiles = [](const Profile& from, const Profile& to) {
      return altered(from, to, kProfileAspects);
    };
    const auto values = [](const Value& from, const Value& to) {
      return altered(from, to, kValueAspects);
    };
    compare("rule", before_.benchmark.rules, after_.benchmark.rules, rules);
    compare("profile", before_.benchmark.profiles, after_.benchmark.profiles, profiles);
    compare("value", before_.benchmark.values, after_.benchmark.values, values);
    if (platforms_of(before_) != platforms_of(after_)) {
      changes_.push_back(
          {Changed::altered, "benchmark", std::string(after_.benchmark.id), "platforms"});
    }
    return std::move(changes_);
  }

 private:
  [[nodiscard]] std::string altered_rule(const Rule& before, const Rule& after) const {
    std::string what = altered(before, after, kRuleAspects);
    if (scap::encode_content(checks_alone(before_.content, before)) !=
        scap::encode_content(checks_alone(after_.content, after))) {
      note("check", what);
    }
    if (values_of(before, before_.benchmark) != values_of(after, after_.benchmark)) {
      note("values", what);
    }
    return what;
  }

  template <class Part, class Altered>
  void compare(const std::string& kind,
               const std::vector<Part>& before,
               const std::vector<Part>& after,
               const Altered& what_differs) {
    std::unordered_map<scap::Text, const Part*> there;
    for (const Part& part : after) {
      there.emplace(part.id, &part);
    }
    for (const Part& part : before) {
      const auto found = there.find(part.id);
      if (found == there.end()) {
        add(Changed::removed, kind, part);
      } else if (std::string what = what_differs(part, *found->second); !what.empty()) {
        changes_.push_back({Changed::altered, kind, std::string(part.id), std::move(what)});
      }
      if (found != there.end()) {
        there.erase(found);
      }
    }
    for (const Part& part : after) {
      if (there.contains(part.id)) {
        add(Changed::added, kind, part);
      }
    }
  }

  template <class Part>
  void add(Changed how, const std::string& kind, const Part& part) {
    changes_.push_back({how, kind, std::string(part.id), std::string(part.title)});
  }

  const DiffSide& before_;
  const DiffSide& after_;
  std::vector<ContentChange> changes_;
};

}  // namespace

std::vector<ContentChange> diff_contents(const DiffSide& before, const DiffSide& after) {
  return Diff(before, after).made();
}

}  // namespace twoseal::cli
