#include "compliance/report/report_texts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/encoding.h"
#include "compliance/xccdf/benchmark_reader.h"
#include "crypto/hash.h"
#include "crypto/named_hash.h"

namespace twoseal::scap {
namespace {

// Any name space will do as long as it stays: RFC 9562 §6.6, URL.
constexpr std::string_view kNameSpace(
    "\x6b\xa7\xb8\x11\x9d\xad\x11\xd1\x80\xb4\x00\xc0\x4f\xd4\x30\xc8", 16);

std::string two_digits(unsigned value) {
  return {static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
}

bool is_name_character(char c, bool first) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return letter || (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

// `plain`: what stays beside letters and digits.
std::string percent_encoded(std::string_view text, std::string_view plain) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (word || plain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[octet({&c, 1}, 0) >> 4U];
      encoded += kDigits[octet({&c, 1}, 0) & 0xFU];
    }
  }
  return encoded;
}

bool is_hex(char c) {
  return std::string_view("0123456789abcdefABCDEF").find(c) != Text::npos;
}

}  // namespace

std::string uri_path(std::string_view path) {
  return percent_encoded(path, "/-._~");
}

std::string uri_reference(std::string_view text) {
  std::string reference;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    const bool fragment = text[i] == '#' && text.find('#') == i;
    if (escape || fragment) {
      reference += text[i];
    } else {
      reference += percent_encoded(text.substr(i, 1), "-._~:/?@!$&'()*+,;=");
    }
  }
  return reference;
}

std::string time_text(std::int64_t seconds) {
  using std::chrono::floor;
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string year = std::to_string(static_cast<int>(date.year()));
  year.insert(0, year.size() < 4 ? 4 - year.size() : 0, '0');
  return year + "-" + two_digits(static_cast<unsigned>(date.month())) + "-" +
         two_digits(static_cast<unsigned>(date.day())) + "T" +
         two_digits(static_cast<unsigned>(clock.hours().count())) + ":" +
         two_digits(static_cast<unsigned>(clock.minutes().count())) + ":" +
         two_digits(static_cast<unsigned>(clock.seconds().count())) + "Z";
}

std::string decimal_text(double value, int decimals) {
  std::array<char, 64> text{};
  const auto [end, error] = std::to_chars(
      text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals);
  return error == std::errc() ? std::string(text.data(), end) : "0";
}

std::string_view short_id(std::string_view id) {
  for (const std::string_view kind : {"_rule_", "_profile_", "_group_", "_benchmark_", "_value_"}) {
    const std::size_t at = id.find(kind);
    if (at != std::string_view::npos) {
      return id.substr(at + kind.size());
    }
  }
  return id;
}

std::string uuid_of(std::string_view name) {
  const std::string bytes = std::string(kNameSpace) + std::string(name);
  Bytes octets = named_hash("SHA-1", bytes).value_or(sha256(bytes).bytes());
  octets.resize(16);
  octets[6] = static_cast<char>((octet(octets, 6) & 0x0FU) | 0x50U);
  octets[8] = static_cast<char>((octet(octets, 8) & 0x3FU) | 0x80U);
  const std::string hex = hex_encode(octets);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

std::string name_token(std::string_view text) {
  std::string token;
  for (const char c : text) {
    token += is_name_character(c, false) ? c : '_';
  }
  if (token.empty() || !is_name_character(token.front(), true)) {
    token.insert(0, "_");
  }
  return token;
}

std::string_view inner_element(std::string_view text, std::string_view element) {
  const std::string name(element);
  const std::size_t begin = text.find("<" + name + ">");
  if (begin == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = text.substr(begin + name.size() + 2);
  return rest.substr(0, rest.find("</" + name + ">"));
}

bool is_finding(RuleResult result) {
  return result == RuleResult::fail || result == RuleResult::error || result == RuleResult::unknown;
}

ReportTexts::ReportTexts(const ReportInput& input) : input_(input) {
  const Selection& selection = assessment().selection();
  for (std::size_t i = 0; i < benchmark().values.size(); ++i) {
    std::string text;
    for (const Text value : selection.values[i].values) {
      text += (text.empty() ? "" : ", ");
      text += value;
    }
    values_.emplace(benchmark().values[i].id, std::move(text));
  }
  for (const NamedText& each : benchmark().plain_texts) {
    values_.emplace(each.id, each.text);
  }
  for (const RuleOutcome& outcome : assessment().outcomes()) {
    if (outcome.result != RuleResult::notselected) {
      selected_outcomes_.push_back(&outcome);
    }
  }
}

std::string ReportTexts::filled(Text text) const {
  return with_values(text, [&](Text id) {
    const auto value = values_.find(id);
    return value == values_.end() ? std::string(id) : value->second;
  });
}

std::string ReportTexts::description_of(const Rule& rule) const {
  const std::string_view discussion = inner_element(rule.description, "VulnDiscussion");
  return filled(discussion.empty() ? rule.description : discussion);
}

std::string ReportTexts::fix_of(const Rule& rule) const {
  if (!rule.fix_text.empty() || rule.fixes.empty()) {
    return filled(rule.fix_text);
  }
  const auto script = std::find_if(rule.fixes.begin(), rule.fixes.end(), [](const Fix& fix) {
    return fix.system == "urn:xccdf:fix:script:sh";
  });
  return filled(script == rule.fixes.end() ? rule.fixes.front().text : script->text);
}

const SignedException* ReportTexts::exception_of(const RuleOutcome& outcome) const {
  const auto found = input_.exceptions.find(outcome.rule);
  return is_finding(outcome.result) && found != input_.exceptions.end() ? &found->second : nullptr;
}

std::string ReportTexts::why_of(const RuleOutcome& outcome) const {
  const SignedException* exception = exception_of(outcome);
  if (exception == nullptr) {
    return outcome.why;
  }
  return outcome.why + (outcome.why.empty() ? "" : "; ") + "signed exception " + exception->id +
         " until " + time_text(exception->until) + ": " + exception->why;
}

std::string ReportTexts::target() const {
  const std::string& name = input_.fqdn.empty() ? input_.host_name : input_.fqdn;
  return name.empty() ? "unknown" : name;
}

std::string ReportTexts::profile_title() const {
  const Selection& selection = assessment().selection();
  if (!selection.title.empty()) {
    return filled(selection.title);
  }
  if (selection.profile.empty()) {
    return "the benchmark as it is";
  }
  return selection.profile == kAllRules ? "all rules" : selection.profile;
}

std::string ReportTexts::uuid(std::string_view name) const {
  return uuid_of(target() + "\n" + std::to_string(input_.started) + "\n" +
                 std::to_string(input_.ended) + "\n" + std::string(benchmark().id) + "\n" +
                 assessment().selection().profile + "\n" + std::string(name));
}

}  // namespace twoseal::scap
