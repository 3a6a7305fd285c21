#include "cli/client/assigning.h"

#include <algorithm>
#include <set>

#include "authoring/label.h"
#include "authoring/profile.h"
#include "authoring/table.h"
#include "cli/columns.h"
#include "cli/time_text.h"

namespace twoseal::cli {
namespace {

std::vector<std::string> sorted(const std::set<std::string>& words) {
  return {words.begin(), words.end()};
}

void add_classes(const Match& match, std::set<std::string>& classes) {
  for (const Name& one : match.data_classes.value_or(std::vector<Name>())) {
    classes.insert(one.text());
  }
}

// `what`: why an unknown word cannot be meant.
Result<void> check_known(const std::string& word,
                         const std::vector<std::string>& known,
                         const std::string& flag,
                         const std::string& what) {
  if (std::find(known.begin(), known.end(), word) != known.end()) {
    return {};
  }
  const std::vector<std::string_view> views(known.begin(), known.end());
  return fail(Errc::usage, flag + " '" + word + "': " + what + authoring::suggestion(word, views));
}

template <class IdType>
Result<std::vector<IdType>> ids_from(const Arguments& arguments, const std::string& flag) {
  std::vector<IdType> ids;
  for (const std::string& text : arguments.all(flag)) {
    const auto id = IdType::parse(text);
    if (!id) {
      return fail(Errc::usage, flag + " '" + text + "': " + id.error().what);
    }
    if (std::find(ids.begin(), ids.end(), *id) != ids.end()) {
      return fail(Errc::usage, flag + " '" + text + "' is given twice");
    }
    ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

// `KEY=VALUE`, or `KEY-`, which removes: no value then.
struct LabelOrder {
  std::string key;
  std::optional<std::string> value;
};

Result<LabelOrder> parse_label(const std::string& text) {
  const std::size_t equals = text.find('=');
  LabelOrder order{text.substr(0, equals), std::nullopt};
  if (equals != std::string::npos) {
    order.value = text.substr(equals + 1);
  } else if (order.key.ends_with('-')) {
    order.key.pop_back();
  } else {
    return fail(Errc::usage, "--label takes KEY=VALUE, or KEY- to remove it, not '" + text + "'");
  }
  if (!authoring::is_label_key(order.key)) {
    return fail(Errc::usage, "--label '" + text + "': " + std::string(authoring::kLabelKeyRule));
  }
  if (order.value && !authoring::is_selectable(*order.value)) {
    return fail(Errc::usage,
                "--label '" + text +
                    "': a value is 1 to 256 of a-z A-Z 0-9 _ . : / + @ -, so that "
                    "a selector can name it" +
                    (order.value->empty() ? "; --label " + order.key + "- removes the label" : ""));
  }
  return order;
}

Result<void> take_labels(const Arguments& arguments, Assignment& assignment) {
  std::set<std::string> keys;
  for (const std::string& text : arguments.all("--label")) {
    TWOSEAL_TRY(const LabelOrder order, parse_label(text));
    if (!keys.insert(order.key).second) {
      return fail(Errc::usage, "--label " + order.key + " is given twice");
    }
    if (order.value) {
      assignment.labels[order.key] = *order.value;
    } else if (assignment.labels.erase(order.key) == 0) {
      return fail(Errc::usage,
                  "--label '" + text + "': " + assignment.name + " has no label " + order.key);
    }
  }
  return {};
}

Fields fields_of(const Assignment& one) {
  Fields fields = {{"env", one.env.text()}, {"data class", one.data_class.text()}};
  for (const ComponentId& component : one.components) {
    fields["component"] += (fields["component"].empty() ? "" : ", ") + component.text();
  }
  for (const Name& group : one.groups) {
    fields["group"] += (fields["group"].empty() ? "" : ", ") + group.text();
  }
  for (const auto& [key, value] : one.labels) {
    fields["label " + key] = value;
  }
  return fields;
}

}  // namespace

HostWords host_words(const Roster& roster,
                     const Policy& policy,
                     std::span<const Assignment> hosts) {
  HostWords words;
  std::set<std::string> envs;
  for (const AssignRule& rule : policy.assign) {
    for (const Name& env : rule.envs) {
      envs.insert(env.text());
    }
  }
  const auto& shipped = authoring::shipped_data_classes();
  std::set<std::string> classes(shipped.begin(), shipped.end());
  for (const Rule& rule : policy.rules) {
    add_classes(rule.match, classes);
  }
  for (const AutoRule& rule : policy.auto_rules) {
    add_classes(rule.match, classes);
  }
  for (const Assignment& host : hosts) {
    classes.insert(host.data_class.text());
  }
  std::set<std::string> components;
  for (const Component& component : roster.components) {
    components.insert(component.id.text());
  }
  return {sorted(components), sorted(classes), sorted(envs)};
}

Result<void> take_host_flags(const Arguments& arguments,
                             const HostWords& known,
                             Assignment& assignment) {
  if (const auto env = arguments.find("--env")) {
    TWOSEAL_TRY_VOID(
        check_known(*env, known.envs, "--env", "no assign rule of the policy names it"));
    TWOSEAL_TRY(assignment.env, Name::parse(*env));
  }
  if (const auto data_class = arguments.find("--data-class")) {
    TWOSEAL_TRY_VOID(check_known(*data_class,
                                 known.data_classes,
                                 "--data-class",
                                 "no rule of the policy names it, and no host has it"));
    TWOSEAL_TRY(assignment.data_class, Name::parse(*data_class));
  }
  if (arguments.has("--component")) {
    for (const std::string& one : arguments.all("--component")) {
      TWOSEAL_TRY_VOID(
          check_known(one, known.components, "--component", "the roster has no such component"));
    }
    TWOSEAL_TRY(assignment.components, ids_from<ComponentId>(arguments, "--component"));
  }
  if (arguments.has("--group")) {
    TWOSEAL_TRY(assignment.groups, ids_from<Name>(arguments, "--group"));
  }
  return take_labels(arguments, assignment);
}

std::vector<Difference> host_differences(const std::optional<Assignment>& before,
                                         const Assignment& after) {
  std::vector<Difference> found =
      differences(before ? fields_of(*before) : Fields(), fields_of(after));
  if (before && after.expires < before->expires) {
    found.push_back({"ENDS",
                     "until " + utc_text(before->expires),
                     utc_text(after.expires) + ", and takes part in nothing any more"});
  }
  return found;
}

}  // namespace twoseal::cli
