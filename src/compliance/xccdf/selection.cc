#include "compliance/xccdf/selection.h"

#include <algorithm>
#include <unordered_map>

namespace twoseal::scap {
namespace {

constexpr std::size_t kExtendsMax = 32;

class Selector {
 public:
  Selector(const Benchmark& benchmark, std::span<const Profile> tailored)
      : benchmark_(benchmark), tailored_(tailored) {
    for (const Group& group : benchmark.groups) {
      selection_.groups.push_back(group.selected);
    }
    for (const Rule& rule : benchmark.rules) {
      selection_.rules.push_back({rule.selected, rule.severity, rule.role, rule.weight, {}});
    }
    for (const Value& value : benchmark.values) {
      selection_.values.push_back({default_of(value), false});
    }
    for (std::size_t i = 0; i < benchmark.groups.size(); ++i) {
      name(groups_, benchmark.groups[i], i);
    }
    for (std::size_t i = 0; i < benchmark.rules.size(); ++i) {
      name(rules_, benchmark.rules[i], i);
    }
    for (std::size_t i = 0; i < benchmark.values.size(); ++i) {
      values_[benchmark.values[i].id].push_back(i);
    }
  }

  Result<Selection> select(std::string_view name, std::span<const std::string> only) {
    selection_.profile = name;
    if (name == kAllRules) {
      selection_.groups.assign(selection_.groups.size(), true);
      for (SelectedRule& rule : selection_.rules) {
        rule.selected = true;
      }
    } else if (!name.empty()) {
      TWOSEAL_TRY(const Profile* profile, find(name));
      selection_.profile = profile->id;
      selection_.title = profile->title;
      TWOSEAL_TRY_VOID(apply(*profile, 0));
    }
    drop_below_groups();
    drop_unmet();
    TWOSEAL_TRY_VOID(keep_only(only));
    return std::move(selection_);
  }

 private:
  using Names = std::unordered_map<std::string_view, std::vector<std::size_t>>;

  // By its id and by its cluster.
  static void name(Names& names, const BenchmarkItem& item, std::size_t index) {
    names[item.id].push_back(index);
    if (!item.cluster.empty() && item.cluster != item.id) {
      names[item.cluster].push_back(index);
    }
  }

  static std::span<const std::size_t> named(const Names& names, std::string_view name) {
    const auto found = names.find(name);
    return found == names.end() ? std::span<const std::size_t>() : found->second;
  }

  // The choice without a selector, or the first one.
  static std::vector<Text> default_of(const Value& value) {
    for (const ValueChoice& choice : value.choices) {
      if (choice.selector.empty()) {
        return choice.values;
      }
    }
    return value.choices.empty() ? std::vector<Text>() : value.choices.front().values;
  }

  Result<const Profile*> find(std::string_view name) {
    const Profile* found = nullptr;
    for (const std::span<const Profile> list :
         {tailored_, std::span<const Profile>(benchmark_.profiles)}) {
      for (const Profile& profile : list) {
        if (profile.id == name) {
          return &profile;
        }
      }
      for (const Profile& profile : list) {
        if (!is_called(profile.id, name)) {
          continue;
        }
        if (found != nullptr && found->id != profile.id) {
          return fail(Errc::no_such_profile,
                      "'" + std::string(name) + "' may be " + std::string(found->id) + " or " +
                          std::string(profile.id),
                      {},
                      "give the whole id");
        }
        found = found == nullptr ? &profile : found;
      }
    }
    if (found == nullptr) {
      return fail(Errc::no_such_profile,
                  "the benchmark " + std::string(benchmark_.id) + " has no profile '" +
                      std::string(name) + "'");
    }
    return found;
  }

  Result<void> apply(const Profile& profile, std::size_t depth) {
    if (depth >= kExtendsMax) {
      return fail(Errc::bad_content, "profiles extend each other in a circle");
    }
    if (!profile.extends.empty()) {
      const Profile* above = extended(profile);
      if (above == nullptr) {
        return fail(Errc::bad_content,
                    "the profile " + std::string(profile.id) + " extends " +
                        std::string(profile.extends) + ", which is not there");
      }
      TWOSEAL_TRY_VOID(apply(*above, depth + 1));
    }
    for (const Select& select : profile.selects) {
      apply(select);
    }
    for (const RefineRule& refine : profile.refine_rules) {
      apply(refine);
    }
    for (const RefineValue& refine : profile.refine_values) {
      apply(refine);
    }
    for (const SetValue& set : profile.set_values) {
      apply(set);
    }
    return {};
  }

  // A tailored profile may extend one of the benchmark that has its own id.
  const Profile* extended(const Profile& profile) {
    for (const std::span<const Profile> list :
         {tailored_, std::span<const Profile>(benchmark_.profiles)}) {
      for (const Profile& each : list) {
        if (each.id == profile.extends && &each != &profile) {
          return &each;
        }
      }
    }
    return nullptr;
  }

  void apply(const Select& select) {
    for (const std::size_t i : named(groups_, select.item)) {
      selection_.groups[i] = select.selected;
    }
    for (const std::size_t i : named(rules_, select.item)) {
      selection_.rules[i].selected = select.selected;
    }
  }

  void apply(const RefineRule& refine) {
    for (const std::size_t i : named(rules_, refine.rule)) {
      if (benchmark_.rules[i].id != refine.rule) {
        continue;  // a cluster
      }
      SelectedRule& rule = selection_.rules[i];
      rule.severity = refine.severity.value_or(rule.severity);
      rule.role = refine.role.value_or(rule.role);
      rule.weight = refine.weight.value_or(rule.weight);
      if (refine.selector) {
        rule.selector = refine.selector;
      }
    }
  }

  void apply(const RefineValue& refine) {
    for (const std::size_t i : named(values_, refine.value)) {
      const Value& value = benchmark_.values[i];
      const auto choice =
          std::find_if(value.choices.begin(), value.choices.end(), [&](const ValueChoice& each) {
            return each.selector == refine.selector;
          });
      SelectedValue& selected = selection_.values[i];
      selected.missing = choice == value.choices.end();
      selected.values = selected.missing ? std::vector<Text>() : choice->values;
    }
  }

  void apply(const SetValue& set) {
    for (const std::size_t i : named(values_, set.value)) {
      selection_.values[i].values = set.values;
      selection_.values[i].missing = false;
    }
  }

  Result<void> keep_only(std::span<const std::string> only) {
    if (only.empty()) {
      return {};
    }
    std::vector<bool> named(selection_.rules.size());
    for (const std::string& name : only) {
      bool found = false;
      for (std::size_t i = 0; i < benchmark_.rules.size(); ++i) {
        if (is_meant(benchmark_.rules[i], name)) {
          named[i] = true;
          found = true;
        }
      }
      if (!found) {
        return fail(Errc::no_such_rule, "the benchmark has no rule '" + name + "'");
      }
    }
    for (std::size_t i = 0; i < named.size(); ++i) {
      // What is asked for by name is selected, also where the profile leaves it out.
      selection_.rules[i].selected = named[i];
      for (Index group = named[i] ? benchmark_.rules[i].parent : kNone; group != kNone;
           group = benchmark_.groups[group].parent) {
        selection_.groups[group] = true;
      }
    }
    return {};
  }

  // Groups stand behind those that hold them.
  void drop_below_groups() {
    for (std::size_t i = 0; i < benchmark_.groups.size(); ++i) {
      const Index parent = benchmark_.groups[i].parent;
      if (parent != kNone && !selection_.groups[parent]) {
        selection_.groups[i] = false;
      }
    }
    for (std::size_t i = 0; i < benchmark_.rules.size(); ++i) {
      const Index parent = benchmark_.rules[i].parent;
      if (parent != kNone && !selection_.groups[parent]) {
        selection_.rules[i].selected = false;
      }
    }
  }

  [[nodiscard]] std::unordered_map<std::string_view, bool> selected_ids() const {
    std::unordered_map<std::string_view, bool> ids;
    for (std::size_t i = 0; i < benchmark_.groups.size(); ++i) {
      ids[benchmark_.groups[i].id] = selection_.groups[i];
    }
    for (std::size_t i = 0; i < benchmark_.rules.size(); ++i) {
      ids[benchmark_.rules[i].id] = selection_.rules[i].selected;
    }
    return ids;
  }

  static bool is_met(const BenchmarkItem& item,
                     const std::unordered_map<std::string_view, bool>& selected) {
    const auto is_selected = [&](Text id) {
      const auto found = selected.find(id);
      return found != selected.end() && found->second;
    };
    for (const std::vector<Text>& any : item.needs) {
      if (std::none_of(any.begin(), any.end(), is_selected)) {
        return false;
      }
    }
    return std::none_of(item.conflicts.begin(), item.conflicts.end(), is_selected);
  }

  // One after the other in the order of the document, each by what is selected then: of two that
  // exclude each other the first one goes.
  void drop_unmet() {
    auto selected = selected_ids();
    for (std::size_t i = 0; i < benchmark_.groups.size(); ++i) {
      if (selection_.groups[i] && !is_met(benchmark_.groups[i], selected)) {
        selection_.groups[i] = false;
        selected[benchmark_.groups[i].id] = false;
      }
    }
    drop_below_groups();
    selected = selected_ids();
    for (std::size_t i = 0; i < benchmark_.rules.size(); ++i) {
      if (selection_.rules[i].selected && !is_met(benchmark_.rules[i], selected)) {
        selection_.rules[i].selected = false;
        selected[benchmark_.rules[i].id] = false;
      }
    }
  }

  const Benchmark& benchmark_;
  std::span<const Profile> tailored_;
  Names groups_;
  Names rules_;
  Names values_;
  Selection selection_;
};

}  // namespace

Result<Selection> select_profile(const Benchmark& benchmark,
                                 std::string_view name,
                                 std::span<const Profile> tailored,
                                 std::span<const std::string> only) {
  return Selector(benchmark, tailored).select(name, only);
}

bool is_called(std::string_view id, std::string_view name) {
  if (id == name) {
    return true;
  }
  if (name.empty() || id.size() <= name.size() || !id.ends_with(name)) {
    return false;
  }
  // SSG writes `xccdf_org.ssgproject.content_profile_standard`, DISA
  // `xccdf_mil.disa.stig_profile_…`.
  const std::string_view before = id.substr(0, id.size() - name.size());
  return before.ends_with("_profile_") || before.ends_with("_rule_") || before.ends_with(':') ||
         before.ends_with('.') || before.ends_with("_value_") || before.ends_with("_group_");
}

bool is_meant(const Rule& rule, std::string_view name) {
  return is_called(rule.id, name) || (!name.empty() && rule.version == name);
}

}  // namespace twoseal::scap
