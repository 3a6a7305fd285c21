#include "compliance/xccdf/platforms.h"

#include <algorithm>
#include <cctype>
#include <span>

namespace twoseal::scap {

bool cpe_matches(std::string_view wanted, std::string_view known) {
  const auto part = [](std::string_view& rest) {
    const std::size_t end = rest.find(':');
    const std::string_view text = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return text;
  };
  const auto same = [](std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
      return std::tolower(x) == std::tolower(y);
    });
  };
  constexpr std::string_view kPrefix = "cpe:/";
  if (!wanted.starts_with(kPrefix) || !known.starts_with(kPrefix)) {
    return wanted == known;
  }
  wanted.remove_prefix(kPrefix.size());
  known.remove_prefix(kPrefix.size());
  while (!wanted.empty()) {
    const std::string_view asked = part(wanted);
    const std::string_view has = part(known);
    if (!asked.empty() && !same(asked, has)) {
      return false;
    }
  }
  return true;
}

void HostPlatforms::include(const std::function<Evaluation&(Index document)>& evaluation_of) {
  const auto include = [&](const ContentRef& ref) {
    if (ref.document == kNone || ref.definition == kNone) {
      return;
    }
    Evaluation*& evaluation = evaluations_[ref.document];
    evaluation = evaluation != nullptr ? evaluation : &evaluation_of(ref.document);
    evaluation->include(ref.definition, true);
  };
  const std::function<void(const PlatformTest&)> walk = [&](const PlatformTest& test) {
    std::for_each(test.checks.begin(), test.checks.end(), include);
    std::for_each(test.children.begin(), test.children.end(), walk);
  };
  for (const CpeItem& item : content_.dictionary) {
    include(item.check);
  }
  for (const Platform& platform : benchmark_.platform_tests) {
    walk(platform.test);
  }
}

std::optional<Verdict> HostPlatforms::judge_check(const ContentRef& check) {
  const auto evaluation = evaluations_.find(check.document);
  return check.definition != kNone && evaluation != evaluations_.end()
             ? std::optional(evaluation->second->judge(check.definition))
             : std::nullopt;
}

Verdict HostPlatforms::judge_fact(Text name) {
  const auto [known, added] = facts_.try_emplace(name);
  Verdicts& verdicts = known->second;
  for (const CpeItem& item : added ? std::span(content_.dictionary) : std::span<const CpeItem>()) {
    if (!cpe_matches(name, item.name)) {
      continue;
    }
    verdicts.add(judge_check(item.check).value_or(Verdict::not_evaluated));
  }
  undecided_ = undecided_ || verdicts.count(Verdict::error) + verdicts.count(Verdict::unknown) > 0;
  return verdicts.count(Verdict::yes) > 0 ? Verdict::yes : Verdict::no;
}

Verdict HostPlatforms::judge(const PlatformTest& test) {
  Verdicts verdicts;
  for (const Text fact : test.facts) {
    verdicts.add(judge_fact(fact));
  }
  for (const ContentRef& ref : test.checks) {
    const Verdict verdict = judge_check(ref).value_or(Verdict::no);
    undecided_ = undecided_ || verdict == Verdict::error || verdict == Verdict::unknown;
    verdicts.add(verdict == Verdict::yes ? Verdict::yes : Verdict::no);
  }
  for (const PlatformTest& child : test.children) {
    verdicts.add(judge(child));
  }
  const Verdict verdict = combine(test.op, verdicts);
  return test.negate ? negated(verdict) : verdict;
}

bool HostPlatforms::is_platform(Text idref) {
  const auto known = known_.find(idref);
  if (known != known_.end()) {
    return known->second;
  }
  undecided_ = false;
  const Text id = idref.starts_with('#') ? idref.substr(1) : idref;
  const auto platform = std::find_if(benchmark_.platform_tests.begin(),
                                     benchmark_.platform_tests.end(),
                                     [&](const Platform& each) { return each.id == id; });
  const bool applies =
      (platform != benchmark_.platform_tests.end() && judge(platform->test) == Verdict::yes) ||
      (!idref.starts_with('#') && judge_fact(idref) == Verdict::yes);
  known_.emplace(idref, applies);
  if (applies) {
    applicable_.push_back(idref);
  } else if (undecided_) {
    undecided_names_.insert(idref);
  }
  return applies;
}

bool HostPlatforms::is_any(const std::vector<Text>& platforms) {
  return platforms.empty() || std::any_of(platforms.begin(), platforms.end(), [&](Text platform) {
           return is_platform(platform);
         });
}

bool HostPlatforms::group_applies(Index group) {
  if (!group_applies_[group]) {
    const Group& what = benchmark_.groups[group];
    group_applies_[group] = applies(what.platforms, what.parent);
  }
  return *group_applies_[group];
}

bool HostPlatforms::applies(const std::vector<Text>& platforms, Index parent) {
  return is_any(platforms) &&
         (parent == kNone ? is_any(benchmark_.platforms) : group_applies(parent));
}

std::string HostPlatforms::why_not(const Rule& rule) const {
  std::string why = "this host is none of its platforms";
  const auto tell = [&](const std::vector<Text>& platforms) {
    for (const Text platform : platforms) {
      if (undecided_names_.contains(platform)) {
        why += "; whether it is " + std::string(platform) + " could not be judged";
      }
    }
  };
  tell(rule.platforms);
  for (Index group = rule.parent; group != kNone; group = benchmark_.groups[group].parent) {
    tell(benchmark_.groups[group].platforms);
  }
  tell(benchmark_.platforms);
  return why;
}

}  // namespace twoseal::scap
