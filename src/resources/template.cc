#include "resources/template.h"

#include <algorithm>

namespace twoseal {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";
constexpr std::size_t kNameMax = 128;

std::string text_of(const FactValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    return *flag ? "true" : "false";
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return std::to_string(*number);
  }
  return std::get<std::string>(value);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  return text;
}

std::string line_text(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, position);
  return "template line " + std::to_string(std::count(before.begin(), before.end(), '\n') + 1);
}

Result<std::string> fact_value(std::string_view name, const Facts& facts) {
  if (!is_fact(name)) {
    return fail(Errc::unknown_fact, "there is no fact '" + std::string(name) + "'");
  }
  const auto found = facts.find(name);
  if (found == facts.end()) {
    return fail(Errc::unknown_fact, "this host does not know its " + std::string(name));
  }
  return text_of(found->second);
}

Result<std::string> label_value(std::string_view name,
                                const std::map<std::string, std::string>& labels) {
  const auto found = labels.find(std::string(name));
  if (found == labels.end()) {
    return fail(Errc::unknown_fact, "this host has no label '" + std::string(name) + "'");
  }
  if (!is_fact_text(found->second)) {
    return fail(Errc::bad_resource,
                "the label '" + std::string(name) + "' has characters that no template takes");
  }
  return found->second;
}

Result<std::string> value_of(std::string_view name,
                             const Facts& facts,
                             const std::map<std::string, std::string>& labels) {
  constexpr std::string_view kFact = "fact.";
  constexpr std::string_view kLabel = "label.";
  if (name.starts_with(kFact)) {
    return fact_value(name.substr(kFact.size()), facts);
  }
  if (name.starts_with(kLabel)) {
    return label_value(name.substr(kLabel.size()), labels);
  }
  return fail(
      Errc::unknown_fact,
      "'" + std::string(name.substr(0, kNameMax)) + "' is neither fact.NAME nor label.NAME");
}

}  // namespace

Result<Bytes> fill_template(std::string_view text,
                            const Facts& facts,
                            const std::map<std::string, std::string>& labels) {
  Bytes out;
  std::size_t at = 0;
  while (true) {
    const std::size_t open = text.find(kOpen, at);
    out += text.substr(at, open == std::string_view::npos ? open : open - at);
    if (open == std::string_view::npos) {
      return out;
    }
    const std::size_t begin = open + kOpen.size();
    if (text.substr(begin).starts_with(kOpen)) {
      out += kOpen;
      at = begin + kOpen.size();
      continue;
    }
    const std::size_t close = text.find(kClose, begin);
    if (close == std::string_view::npos ||
        text.substr(begin, close - begin).find('\n') != std::string_view::npos) {
      return fail(Errc::bad_resource, "'{{' is not closed on its line", line_text(text, open));
    }
    auto value = value_of(trimmed(text.substr(begin, close - begin)), facts, labels);
    if (!value) {
      value.error().where = line_text(text, open);
      return std::unexpected(std::move(value).error());
    }
    out += *value;
    at = close + kClose.size();
  }
}

}  // namespace twoseal
