#include "authoring/fixes_yaml.h"

#include <algorithm>
#include <set>

#include "authoring/resource_table.h"

namespace twoseal::authoring {
namespace {

constexpr Range kRuleName{1, 128};
constexpr Range kSentence{1, 512};
constexpr Range kValue{0, 4096};
constexpr Range kAnyOfFew{1, 64};
constexpr Range kWord{0, 256};
constexpr std::size_t kWordsMax = 256;
constexpr std::size_t kPathsMax = 64;

const std::vector<std::string_view> kPlatforms = {"debian", "rhel", "ubuntu"};
const std::vector<std::string_view> kRisks = {"auth-change",
                                              "data-loss",
                                              "kernel",
                                              "lose-ssh",
                                              "maintainer-scripts",
                                              "network",
                                              "opaque",
                                              "undo-partial"};

bool holds(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// The value of a key; nullptr when there is none, or no map.
const Node* member(const Node& map, std::string_view key) {
  for (std::size_t i = 0; map.kind == NodeKind::map && i < map.items.size(); i += 2) {
    if (map.items[i].text == key) {
      return &map.items[i + 1];
    }
  }
  return nullptr;
}

bool is_rule_name(std::string_view text) {
  return consists_of(text, {kLower, kUpper, kDigits, "_.:-"});
}

// --- values -----------------------------------------------------------------------------------

std::string first_of(const std::string& value) {
  return value.substr(0, value.find('|'));
}

// The first name in a list divided by commas that is not among those known.
std::optional<std::string> unknown_name(std::string_view list,
                                        const std::vector<std::string>& known) {
  while (true) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (const std::string_view name = list.substr(0, end); !holds(known, name)) {
      return std::string(name);
    }
    if (end == list.size()) {
      return std::nullopt;
    }
    list.remove_prefix(end + 1);
  }
}

std::optional<std::string> unfit(const Fix& fix,
                                 const std::string& name,
                                 const std::string& value) {
  const auto among = fix.among.find(name);
  const bool lists = among != fix.among.end();
  if (value.empty() || !consists_of(value, {kLower, kUpper, kDigits, lists ? "_./@-," : "_./@-"})) {
    return "the value of " + name + " is not one plain word";
  }
  if (!lists) {
    return std::nullopt;
  }
  const auto unknown = unknown_name(value, among->second);
  return unknown ? std::optional("the value of " + name + " lists '" + *unknown +
                                 "', which is not known here")
                 : std::nullopt;
}

bool is_placeholder(const Fix& fix, const std::string& name, const std::string& value) {
  const auto known = fix.placeholders.find(name);
  return known != fix.placeholders.end() && holds(known->second, value);
}

// --- filling in -------------------------------------------------------------------------------

// What a name between braces stands for.
class Names {
 public:
  Names(const Fix& fix, std::string_view platform, const std::map<std::string, std::string>& values)
      : fix_(fix), platform_(platform), values_(values) {}

  [[nodiscard]] Result<std::string> text_of(const std::string& name) {
    used_.insert(name);
    if (const auto word = fix_.words.find(name); word != fix_.words.end()) {
      const auto text = word->second.find(std::string(platform_));
      return text != word->second.end()
                 ? Result<std::string>(text->second)
                 : fail(Errc::bad_yaml,
                        "'{" + name + "}' has no word for " + std::string(platform_));
    }
    if (!holds(fix_.needs, name)) {
      return fail(Errc::bad_yaml,
                  "'{" + name + "}' is neither a word nor a value that the fix needs");
    }
    if (const auto value = values_.find(name); value != values_.end()) {
      std::string first = first_of(value->second);
      const auto why = unfit(fix_, name, first);
      return why ? fail(Errc::bad_yaml, *why) : Result<std::string>(std::move(first));
    }
    if (const auto value = fix_.usual.find(name); value != fix_.usual.end()) {
      return value->second;
    }
    return fail(Errc::bad_yaml, "the value '" + name + "' is missing");
  }

  [[nodiscard]] const std::set<std::string>& used() const { return used_; }

 private:
  const Fix& fix_;
  std::string_view platform_;
  const std::map<std::string, std::string>& values_;
  std::set<std::string> used_;
};

// `text` with each `{name}` as what it stands for, and `{{` as a brace.
Result<std::string> filled_text(std::string_view text, Names& names) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t brace = std::min(text.find('{', at), text.size());
    out += text.substr(at, brace - at);
    if (brace == text.size()) {
      break;
    }
    if (text.substr(brace, 2) == "{{") {
      out += '{';
      at = brace + 2;
      continue;
    }
    const std::size_t end = text.find('}', brace);
    if (end == std::string_view::npos) {
      return fail(Errc::bad_yaml, "a brace that is not closed; write '{{' where one is meant");
    }
    TWOSEAL_TRY(const std::string value,
                names.text_of(std::string(text.substr(brace + 1, end - brace - 1))));
    out += value;
    at = end + 1;
  }
  return out;
}

// The tree with every scalar filled in. Depth is bounded by the reader of YAML.
Node filled(const Node& node, Names& names, Problems& problems) {
  Node out{.kind = node.kind, .quoted = node.quoted, .place = node.place};
  if (node.kind == NodeKind::scalar) {
    auto text = filled_text(node.text, names);
    if (!text) {
      problems.add(node.place, "set: " + text.error().what);
    }
    out.text = text ? *std::move(text) : std::string();
  }
  for (const Node& item : node.items) {
    out.items.push_back(filled(item, names, problems));
  }
  return out;
}

// Takes out a `then` that an empty word made empty: not every platform has such a handler.
void drop_empty_then(Node& resource) {
  for (std::size_t i = 0; resource.kind == NodeKind::map && i < resource.items.size(); i += 2) {
    const Node& value = resource.items[i + 1];
    if (resource.items[i].text == "then" && value.kind == NodeKind::scalar && value.text.empty()) {
      const auto key = resource.items.begin() + static_cast<std::ptrdiff_t>(i);
      resource.items.erase(key, key + 2);
      return;
    }
  }
}

// Fills in and compiles; what is wrong is noted. A fix names no other files.
std::vector<FilledResource> compiled(const Fix& fix, Names& names, Problems& problems) {
  const Reader reader;
  Files files(reader);
  std::vector<Bytes> blobs;
  std::vector<FilledResource> out;
  for (std::size_t i = 0; i < fix.set.size(); ++i) {
    Problems unfilled(problems.file());
    Node written = filled(fix.set[i], names, unfilled);
    if (unfilled.any()) {
      static_cast<void>(filled(fix.set[i], names, problems));
      continue;
    }
    drop_empty_then(written);
    const Value item(written, problems, "set[" + std::to_string(i) + "]");
    Resource resource = read_resource(item, files, blobs);
    out.push_back({std::move(written), std::move(resource)});
  }
  return out;
}

// --- reading ----------------------------------------------------------------------------------

using Words = std::map<std::string, std::map<std::string, std::string>>;

class FixesReader {
 public:
  FixesReader(const Source& source, const Node& root)
      : file_(source.name), problems_(source.name), root_(root) {}

  Result<FixFile> read() {
    Table top(Value(root_, problems_, ""));
    read_words(top.optional("words"));
    there_ = read_paths(top.optional("there"));
    const Value fixes = top.optional("fixes");
    const Value by_hand = top.optional("by_hand");
    if (!fixes.present() && !by_hand.present()) {
      top.map().refuse("a file of fixes has 'fixes' or 'by_hand'");
    }
    const std::vector<Value> items = fixes.list({1, kFixesMax});
    for (std::size_t i = 0; i < items.size(); ++i) {
      read_fix(items[i], member(root_, "fixes")->items[i]);
    }
    for (const Value& item : by_hand.list({1, kFixesMax})) {
      read_by_hand(item);
    }
    top.finish();
    if (problems_.any()) {
      return std::unexpected(problems_.error());
    }
    return std::move(out_);
  }

 private:
  void read_words(const Value& value) {
    if (!value.present()) {
      return;
    }
    const auto words = Table(value).members();
    if (words.size() > kWordsMax) {
      value.refuse("has more than " + std::to_string(kWordsMax) + " words");
      return;
    }
    for (const auto& [name, platforms] : words) {
      auto& word = words_[name];
      Table table(platforms);
      for (const std::string_view platform : kPlatforms) {
        if (const Value text = table.optional(platform); text.present()) {
          word[std::string(platform)] = text.text(kWord);
        }
      }
      table.finish();
    }
  }

  // `node`: the same item as a tree.
  void read_fix(const Value& item, const Node& node) {
    Table table(item);
    Fix fix{.file = file_, .words = words_};
    fix.rule = read_rule(table.required("rule"), false);
    for (const Value& alias : table.optional("aliases").list(kAnyOfFew)) {
      fix.aliases.push_back(read_rule(alias, false));
    }
    fix.platforms = read_known(table.required("platforms"), kPlatforms);
    fix.does = read_sentence(table.required("does", "one sentence"));
    read_values(table, fix);
    fix.among = read_lists(table.optional("among"), fix);
    fix.placeholders = read_lists(table.optional("placeholders"), fix);
    fix.there = read_paths(table.optional("there"));
    fix.there.insert(there_.begin(), there_.end());
    fix.not_there = read_paths(table.optional("not_there"));
    read_choice(table.optional("choice"), fix);
    fix.risks = read_known(table.optional("risks"), kRisks);
    const Value set = table.required("set", "the resources that mend the rule");
    read_set(set, member(node, "set"), fix);
    table.finish();
    check_unique(item, fix);
    try_platforms(set, fix);
    out_.fixes.push_back(std::move(fix));
  }

  void read_by_hand(const Value& item) {
    Table table(item);
    ByHand rule;
    rule.rule = read_rule(table.required("rule"), true);
    for (const Value& guide : table.optional("guides").list(kAnyOfFew)) {
      rule.guides.push_back(read_rule(guide, false));
    }
    rule.why = read_sentence(table.required("why", "one sentence"));
    table.finish();
    if (!rule.rule.empty() && !by_hand_.emplace(rule.rule, rule.guides).second) {
      item.refuse("'" + rule.rule + "' stands twice");
    }
    out_.by_hand.push_back(std::move(rule));
  }

  static std::string read_rule(const Value& value, bool may_end_with_star) {
    std::string name = value.text(kRuleName);
    const bool star = may_end_with_star && name.ends_with('*');
    if (!name.empty() && !is_rule_name(std::string_view(name).substr(0, name.size() - star))) {
      value.refuse(may_end_with_star ? "is made of letters, digits and _ . : - and may end with *"
                                     : "is made of letters, digits and _ . : -");
    }
    return name;
  }

  static std::string read_sentence(const Value& value) {
    std::string text = value.text(kSentence);
    if (text.find('\n') != std::string::npos) {
      value.refuse("must be one line");
    }
    return text;
  }

  static std::vector<std::string> read_known(const Value& value,
                                             const std::vector<std::string_view>& known) {
    std::vector<std::string> all;
    for (const Value& item : value.list({1, known.size()})) {
      const std::string word = item.word(known);
      if (!word.empty() && holds(all, word)) {
        item.refuse("'" + word + "' stands twice");
      }
      all.push_back(word);
    }
    return all;
  }

  void read_values(Table& table, Fix& fix) {
    for (const Value& item : table.optional("needs").list(kAnyOfFew)) {
      const std::string name = read_rule(item, false);
      if (holds(fix.needs, name)) {
        item.refuse("'" + name + "' stands twice");
      }
      if (words_.contains(name)) {
        item.refuse("'" + name + "' is a word of this file");
      }
      fix.needs.push_back(name);
    }
    const Value usual = table.optional("usual");
    if (!usual.present()) {
      return;
    }
    const std::vector<std::string_view> known(fix.needs.begin(), fix.needs.end());
    for (const auto& [name, value] : Table(usual).members()) {
      if (!holds(fix.needs, name)) {
        value.refuse("is no value that the fix needs" + suggestion(name, known));
      }
      fix.usual[name] = value.text(kValue);
    }
  }

  static PathReasons read_paths(const Value& value) {
    PathReasons out;
    if (!value.present()) {
      return out;
    }
    const auto members = Table(value).members();
    if (members.size() > kPathsMax) {
      value.refuse("has more than " + std::to_string(kPathsMax) + " paths");
      return out;
    }
    for (const auto& [path, why] : members) {
      if (!path.starts_with('/')) {
        why.refuse("stands for '" + path + "', which is no absolute path");
      }
      out[path] = read_sentence(why);
    }
    return out;
  }

  // A list of texts for some of the values that the fix needs.
  static std::map<std::string, std::vector<std::string>> read_lists(const Value& value,
                                                                    const Fix& fix) {
    std::map<std::string, std::vector<std::string>> out;
    if (!value.present()) {
      return out;
    }
    for (const auto& [name, texts] : Table(value).members()) {
      if (!holds(fix.needs, name)) {
        texts.refuse("is no value that the fix needs");
      }
      out[name] = texts.texts(kAnyOfFew, kLine);
    }
    return out;
  }

  static void read_choice(const Value& value, Fix& fix) {
    if (!value.present()) {
      return;
    }
    for (const auto& [question, answer] : Table(value).members()) {
      fix.choice[question] = answer.text(kLine);
    }
  }

  static void read_set(const Value& set, const Node* node, Fix& fix) {
    if (!set.list({1, kFixResourcesMax}).empty()) {
      fix.set = node->items;
    }
  }

  void check_unique(const Value& item, const Fix& fix) {
    for (const std::string& platform : fix.platforms) {
      if (!rules_.emplace(platform, fix.rule).second) {
        item.refuse("'" + fix.rule + "' stands twice for " + platform);
      }
    }
  }

  // Every platform is tried, with the usual values or, where there is none, with a plain one.
  void try_platforms(const Value& set, const Fix& fix) {
    std::map<std::string, std::string> values;
    for (const std::string& name : fix.needs) {
      const auto usual = fix.usual.find(name);
      const auto among = fix.among.find(name);
      values[name] = usual != fix.usual.end()                             ? usual->second
                     : among != fix.among.end() && !among->second.empty() ? among->second.front()
                                                                          : "1";
    }
    for (const std::string& platform : fix.platforms) {
      Problems problems(file_);
      Names names(fix, platform, values);
      static_cast<void>(compiled(fix, names, problems));
      if (problems.any()) {
        static_cast<void>(compiled(fix, names, problems_));
        return;
      }
      for (const std::string& name : fix.needs) {
        if (!names.used().contains(name)) {
          set.refuse("has no '{" + name + "}', which the fix needs");
          return;
        }
      }
    }
  }

  std::string file_;
  Problems problems_;
  const Node& root_;
  Words words_;
  std::set<std::pair<std::string, std::string>> rules_;                 // platform, rule
  std::set<std::pair<std::string, std::vector<std::string>>> by_hand_;  // rule, guides
  PathReasons there_;                                                   // of every fix of the file
  FixFile out_;
};

}  // namespace

Result<FixFile> read_fixes(const Source& source) {
  TWOSEAL_TRY(const Node root, parse_yaml(source.text, source.name));
  return FixesReader(source, root).read();
}

bool is_platform(std::string_view name) {
  return std::find(kPlatforms.begin(), kPlatforms.end(), name) != kPlatforms.end();
}

bool is_for(const Fix& fix, std::string_view platform) {
  return holds(fix.platforms, platform);
}

bool is_meant(const ByHand& by_hand, std::string_view rule) {
  const std::string_view name = by_hand.rule;
  return name.ends_with('*') ? rule.starts_with(name.substr(0, name.size() - 1)) : rule == name;
}

std::vector<std::string> missing_values(const Fix& fix,
                                        const std::map<std::string, std::string>& values) {
  std::vector<std::string> missing;
  for (const std::string& name : fix.needs) {
    const auto value = values.find(name);
    const bool given = value != values.end() && !is_placeholder(fix, name, value->second);
    if (!given && (value != values.end() || !fix.usual.contains(name))) {
      missing.push_back(name);
    }
  }
  return missing;
}

std::optional<std::string> unfit_value(const Fix& fix,
                                       const std::map<std::string, std::string>& values) {
  for (const std::string& name : fix.needs) {
    const auto value = values.find(name);
    if (value == values.end()) {
      continue;
    }
    if (auto why = unfit(fix, name, first_of(value->second))) {
      return why;
    }
  }
  return std::nullopt;
}

Result<std::vector<FilledResource>> fill_fix(const Fix& fix,
                                             std::string_view platform,
                                             const std::map<std::string, std::string>& values) {
  Problems problems(fix.file);
  Names names(fix, platform, values);
  std::vector<FilledResource> out = compiled(fix, names, problems);
  if (problems.any()) {
    return std::unexpected(problems.error());
  }
  return out;
}

}  // namespace twoseal::authoring
