#include "authoring/selector.h"

#include <algorithm>
#include <set>

namespace twoseal::authoring {
namespace {

constexpr std::size_t kTextMax = 4096;
constexpr std::size_t kTermsMax = 32;
constexpr std::size_t kValuesMax = 256;
constexpr std::string_view kKeyCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_.:/-";
constexpr std::string_view kValueCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/*+@-";

std::unexpected<Error> refuse(std::string what) {
  return fail(Errc::bad_yaml, std::move(what));
}

std::vector<std::string> split(std::string_view text, char divider) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = std::min(text.find(divider, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    if (end == text.size()) {
      return parts;
    }
    begin = end + 1;
  }
}

// Whether `text` matches `pattern`, where `*` stands for any characters: one pass, going back to
// the last star only.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

// What a host has under a key: none, one, or several values.
std::vector<std::string> values_of(const Assignment& host, const std::string& key) {
  std::vector<std::string> values;
  if (key == "name") {
    return {host.name};
  }
  if (key == "env") {
    return {host.env.text()};
  }
  if (key == "data_class") {
    return {host.data_class.text()};
  }
  if (key == "group") {
    for (const Name& group : host.groups) {
      values.push_back(group.text());
    }
    return values;
  }
  if (key == "component") {
    for (const ComponentId& component : host.components) {
      values.push_back(component.text());
    }
    return values;
  }
  const auto label = host.labels.find(key);
  return label == host.labels.end() ? values : std::vector{label->second};
}

bool matches(const SelectorTerm& term, const Assignment& host) {
  const std::vector<std::string> values = values_of(host, term.key);
  return std::any_of(term.values.begin(), term.values.end(), [&](const std::string& pattern) {
    return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
      return matches(pattern, value);
    });
  });
}

Result<SelectorTerm> parse_term(const std::string& text) {
  const std::size_t equals = text.find('=');
  SelectorTerm term;
  term.key = equals == std::string::npos ? "name" : text.substr(0, equals);
  term.values = split(equals == std::string::npos ? text : text.substr(equals + 1), ',');
  if (term.key.empty() || term.key.size() > 128 ||
      term.key.find_first_not_of(kKeyCharacters) != std::string::npos) {
    return refuse("'" + text + "': a key is made of a-z 0-9 _ . : / -");
  }
  for (const std::string& value : term.values) {
    if (value.empty() || value.size() > 256 ||
        value.find_first_not_of(kValueCharacters) != std::string::npos) {
      return refuse("'" + text + "': a value is made of letters, digits and _ . : / * + @ -");
    }
  }
  return term;
}

// A misspelt name must not make a change smaller unseen.
Result<void> check_names(const Selector& selector, const std::set<std::string>& names) {
  for (const SelectorTerm& term : selector.terms) {
    for (const std::string& value : term.values) {
      if (term.key == "name" && value.find('*') == std::string::npos && !names.contains(value)) {
        return refuse("no host is called '" + value + "'");
      }
    }
  }
  return {};
}

}  // namespace

Result<Selector> parse_selector(std::string_view text) {
  Selector selector{std::string(text), {}};
  if (text.size() > kTextMax) {
    return refuse("the selector has more than " + std::to_string(kTextMax) + " bytes");
  }
  std::size_t values = 0;
  for (const std::string& part : split(text, ' ')) {
    if (part.empty()) {
      continue;
    }
    TWOSEAL_TRY(SelectorTerm term, parse_term(part));
    for (const SelectorTerm& other : selector.terms) {
      if (other.key == term.key) {
        return refuse("'" + term.key + "' stands twice; divide its values by commas");
      }
    }
    values += term.values.size();
    selector.terms.push_back(std::move(term));
  }
  if (selector.terms.empty()) {
    return refuse("the selector is empty; write for example env=prod role=web");
  }
  if (selector.terms.size() > kTermsMax || values > kValuesMax) {
    return refuse("the selector has more than " + std::to_string(kTermsMax) + " terms or " +
                  std::to_string(kValuesMax) + " values");
  }
  return selector;
}

Result<std::vector<TargetHost>> select_hosts(const Selector& selector,
                                             std::span<const Assignment> assignments) {
  std::vector<TargetHost> hosts;
  std::set<std::string> names;
  std::set<HostId> ids;
  for (const Assignment& host : assignments) {
    if (!names.insert(host.name).second || !ids.insert(host.host).second) {
      return refuse("the host '" + host.name + "' is assigned twice");
    }
    if (std::all_of(selector.terms.begin(), selector.terms.end(), [&](const SelectorTerm& term) {
          return matches(term, host);
        })) {
      hosts.push_back({host.host, host.name});
    }
  }
  TWOSEAL_TRY_VOID(check_names(selector, names));
  if (hosts.empty()) {
    return refuse("no host matches '" + selector.text + "'");
  }
  std::sort(hosts.begin(), hosts.end(), [](const TargetHost& a, const TargetHost& b) {
    return a.id < b.id;
  });
  return hosts;
}

}  // namespace twoseal::authoring
