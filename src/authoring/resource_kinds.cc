#include "authoring/resource_kinds.h"

#include <algorithm>
#include <array>

#include "base/id.h"
#include "base/limits.h"
#include "policy/effects.h"

namespace twoseal::authoring {
namespace {

using enum WantType;
using Words = std::string_view;

constexpr Words kAptTypes[] = {"deb", "deb-src"};
constexpr Words kComments[] = {"#", ";", "//", "--"};
constexpr Words kFormats[] = {
    "ini", "key_space_value", "key_value", "login_defs", "sshd", "sysctl"};

constexpr WantRow kAptSource[] = {{"architectures", lines},
                                  {"components", lines},
                                  {"enabled", boolean},
                                  {"signed_by", path, true},
                                  {"suites", lines, true},
                                  {"types", words, false, kAptTypes},
                                  {"uris", lines, true}};
constexpr WantRow kAuthorizedKey[] = {{"options", lines}};
constexpr WantRow kCertificateTrust[] = {{"pem", text}, {"source", source}};
constexpr WantRow kCommand[] = {{"creates", path},
                                {"directory", path},
                                {"environment", lines},
                                {"run", command, true},
                                {"timeout", duration},
                                {"undo", command},
                                {"unless", command},
                                {"user", account}};
constexpr WantRow kDirectory[] = {{"group", account}, {"mode", mode}, {"owner", account}};
constexpr WantRow kFile[] = {{"block", line},
                             {"comment", word, false, kComments},
                             {"content", text},
                             {"group", account},
                             {"line", line},
                             {"mode", mode},
                             {"owner", account},
                             {"replaces", line},
                             {"source", source},
                             {"template", text}};
constexpr WantRow kFirewall[] = {{"ruleset", text}, {"source", source}};
constexpr WantRow kGroup[] = {{"gid", number}, {"members", accounts}, {"system", boolean}};
constexpr WantRow kKernelModule[] = {
    {"blocked", boolean}, {"loaded", boolean}, {"parameters", line}};
constexpr WantRow kMount[] = {{"boot", boolean},
                              {"device", line, true},
                              {"mounted", boolean},
                              {"options", lines},
                              {"type", line, true}};
constexpr WantRow kPackage[] = {{"hold", boolean}, {"version", line}};
constexpr WantRow kService[] = {{"enabled", boolean}, {"masked", boolean}, {"running", boolean}};
constexpr WantRow kSetting[] = {
    {"format", word, false, kFormats}, {"section", line}, {"value", value, true}};
constexpr WantRow kSymlink[] = {{"to", line, true}};
constexpr WantRow kSysctl[] = {{"persist", boolean}, {"value", value, true}};
constexpr WantRow kTimer[] = {{"calendar", line, true},
                              {"command", command, true},
                              {"delay_max", duration},
                              {"enabled", boolean},
                              {"persistent", boolean},
                              {"user", account}};
constexpr WantRow kUser[] = {{"comment", line},
                             {"group", account},
                             {"groups", accounts},
                             {"home", path},
                             {"locked", boolean},
                             {"shell", path},
                             {"system", boolean},
                             {"uid", number}};

constexpr Words kPemOrSource[] = {"pem", "source"};
constexpr Words kRulesetOrSource[] = {"ruleset", "source"};
constexpr Words kFileAny[] = {"content", "group", "mode", "owner", "source", "template"};
constexpr Words kModuleAny[] = {"blocked", "loaded", "parameters"};
constexpr Words kServiceAny[] = {"enabled", "masked", "running"};

constexpr KindRow kKinds[] = {
    {"apt_source", KeyShape::name, kAptSource},
    {"authorized_key", KeyShape::account, kAuthorizedKey},
    {"certificate_trust", KeyShape::name, kCertificateTrust, kPemOrSource},
    {"command", KeyShape::name, kCommand, {}, {}, false},
    {"directory", KeyShape::path, kDirectory},
    {"file", KeyShape::path, kFile, {}, kFileAny},
    {"firewall", KeyShape::nftables, kFirewall, kRulesetOrSource},
    {"group", KeyShape::account, kGroup},
    {"kernel_module", KeyShape::module, kKernelModule, {}, kModuleAny, false},
    {"mount", KeyShape::path, kMount},
    {"package", KeyShape::package, kPackage},
    {"service", KeyShape::unit, kService, {}, kServiceAny, false},
    {"setting", KeyShape::path, kSetting},
    {"symlink", KeyShape::path, kSymlink},
    {"sysctl", KeyShape::sysctl, kSysctl},
    {"timer", KeyShape::timer, kTimer},
    {"user", KeyShape::account, kUser},
};

constexpr std::size_t kPathMax = 4096;
constexpr std::size_t kLineMax = 4096;
constexpr std::size_t kTextMax = 4U * 1024 * 1024;
constexpr std::int64_t kDurationMax = 31 * limits::kDay;
constexpr std::size_t kArgumentMax = 16'384;
constexpr std::size_t kArgumentsMax = 1024;

bool is_nftables(std::string_view text) {
  constexpr Words kFamilies[] = {"arp", "bridge", "inet", "ip", "ip6", "netdev"};
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos || text.size() > 128) {
    return false;
  }
  const std::string_view family = text.substr(0, space);
  return std::find(std::begin(kFamilies), std::end(kFamilies), family) != std::end(kFamilies) &&
         consists_of(text.substr(space + 1), {kLower, kUpper, kDigits, "_-"});
}

struct ShapeRule {
  std::string_view wanted;
  bool holds;
};

ShapeRule judge_key(KeyShape shape, std::string_view text) {
  switch (shape) {
    case KeyShape::path:
      return {"an absolute path without '.', '..', '//' or a slash at its end",
              is_resource_path(text)};
    case KeyShape::package:
      return {"a package name (a-z 0-9 + - .)",
              text.size() >= 2 && text.size() <= 128 &&
                  consists_of(text, {kLower, kDigits, "+-."}) &&
                  consists_of(text.substr(0, 1), {kLower, kDigits})};
    case KeyShape::account:
      return {"an account name (a-z 0-9 _ -, at most 32)", is_account(text)};
    case KeyShape::sysctl:
      return {"the name of a kernel setting, for example net.ipv4.ip_forward",
              text.size() <= 256 && consists_of(text, {kLower, kUpper, kDigits, "_.-/"}) &&
                  text.find("..") == std::string_view::npos && text[0] != '/' && text[0] != '.'};
    case KeyShape::module:
      return {"the name of a kernel module",
              text.size() <= 64 && consists_of(text, {kLower, kUpper, kDigits, "_-"})};
    case KeyShape::nftables:
      return {"family and table, for example 'inet filter'", is_nftables(text)};
    case KeyShape::unit:
      return {"a unit with its suffix, for example ssh.service", is_unit(text)};
    case KeyShape::timer:
      return {"a timer unit", is_unit(text) && text.ends_with(".timer")};
    case KeyShape::name:
      break;
  }
  return {"a name (a-z 0-9 . _ : -, at most 64)", is_id_text(text)};
}

bool is_line(std::string_view text, std::size_t min) {
  return text.size() >= min && text.size() <= kLineMax &&
         text.find_first_of(std::string_view("\n\0", 2)) == std::string_view::npos;
}

bool is_mode(std::string_view text) {
  return text.size() == 4 && consists_of(text, {"01234567"});
}

bool is_among(std::string_view text, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool holds_text(const WantRow& row, const std::string& text) {
  switch (row.type) {
    case WantType::text:
      return text.size() <= kTextMax;
    case WantType::line:
      return is_line(text, 1);
    case WantType::value:
      return is_line(text, 0);
    case WantType::path:
      return is_resource_path(text);
    case WantType::mode:
      return is_mode(text);
    case WantType::account:
      return is_account(text);
    case WantType::word:
      return is_among(text, row.words);
    case WantType::source:
      return Digest::parse(text).has_value();
    default:
      return false;
  }
}

bool holds_list(const WantRow& row, const std::vector<std::string>& list) {
  const auto each = [&](auto&& judge) { return std::all_of(list.begin(), list.end(), judge); };
  if (list.empty()) {
    return false;
  }
  switch (row.type) {
    case WantType::lines:
      return list.size() <= limits::kSmallListMax &&
             each([](const std::string& one) { return is_line(one, 1); });
    case WantType::accounts:
      return list.size() <= limits::kSmallListMax &&
             each([](const std::string& one) { return is_account(one); });
    case WantType::words:
      return each([&](const std::string& one) { return is_among(one, row.words); });
    case WantType::command:
      return list.size() <= kArgumentsMax && !list.front().empty() &&
             each([](const std::string& one) {
               return one.size() <= kArgumentMax && one.find('\0') == std::string::npos;
             });
    default:
      return false;
  }
}

bool holds(const WantRow& row, const WantValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return (row.type == WantType::number && *number >= 0 && *number <= kNumberMax) ||
           (row.type == WantType::duration && *number >= 1 && *number <= kDurationMax);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return holds_text(row, *text);
  }
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    return holds_list(row, *list);
  }
  return row.type == WantType::boolean;
}

// Fields that stand in a state beside those that a person writes: what the compiler makes of them.
bool is_made_by_compiler(std::string_view kind, std::string_view field, const WantValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return kind == "authorized_key" && field == "pub" && text != nullptr && is_line(*text, 1);
}

std::unexpected<Error> refuse(const Resource& resource, std::string reason) {
  return fail(Errc::bad_resource, resource.identity() + ": " + std::move(reason));
}

Result<void> check_fields(const Resource& resource, const KindRow& row) {
  for (const auto& [field, value] : resource.want) {
    if (field == "absent" && row.can_be_absent) {
      if (value != WantValue(true)) {
        return refuse(resource, "absent is true or left out");
      }
      continue;
    }
    const auto known = std::find_if(
        row.want.begin(), row.want.end(), [&](const WantRow& one) { return one.name == field; });
    if (known == row.want.end() ? !is_made_by_compiler(row.kind, field, value)
                                : !holds(*known, value)) {
      return refuse(resource, field + " may not stand there, or not with this value");
    }
  }
  return {};
}

Result<void> check_counts(const Resource& resource, const KindRow& row) {
  for (const WantRow& want : row.want) {
    if (want.required && !resource.want.contains(std::string(want.name))) {
      return refuse(resource, std::string(want.name) + " is missing");
    }
  }
  if (!row.exclusive.empty() && wanted_among(resource, row.exclusive) != 1) {
    return refuse(resource, "exactly one is needed of: " + joined(row.exclusive));
  }
  if (!row.any.empty() && !resource.sub && wanted_among(resource, row.any) == 0) {
    return refuse(resource, "at least one is needed of: " + joined(row.any));
  }
  return {};
}

}  // namespace

bool consists_of(std::string_view text, std::initializer_list<std::string_view> sets) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return std::any_of(sets.begin(), sets.end(), [&](std::string_view set) {
      return set.find(c) != std::string_view::npos;
    });
  });
}

// Text that may name a file: what a verifier takes, and one line.
bool is_resource_path(std::string_view text) {
  return text.size() <= kPathMax && text.find_first_of("\n\t") == std::string_view::npos &&
         is_plain_path(text);
}

// As useradd(8) allows it, without the trailing dollar sign.
bool is_account(std::string_view text) {
  return text.size() <= 32 && consists_of(text, {kLower, kDigits, "_-"}) &&
         !consists_of(text.substr(0, 1), {kDigits, "-"});
}

bool is_unit(std::string_view text) {
  constexpr Words kSuffixes[] = {".automount",
                                 ".mount",
                                 ".path",
                                 ".service",
                                 ".slice",
                                 ".socket",
                                 ".swap",
                                 ".target",
                                 ".timer"};
  return text.size() <= 220 && consists_of(text, {kLower, kUpper, kDigits, "_.@:-\\"}) &&
         consists_of(text.substr(0, 1), {kLower, kUpper, kDigits, "_-"}) &&
         std::any_of(std::begin(kSuffixes), std::end(kSuffixes), [&](Words one) {
           return text.ends_with(one) && text.size() > one.size();
         });
}

std::optional<std::string> key_problem(KeyShape shape, std::string_view text) {
  const ShapeRule rule =
      text.empty() ? ShapeRule{"a text that is not empty", false} : judge_key(shape, text);
  return rule.holds ? std::nullopt : std::optional("must be " + std::string(rule.wanted));
}

std::span<const KindRow> resource_kinds() {
  return kKinds;
}

const KindRow* find_kind(std::string_view kind) {
  const auto* row = std::find_if(
      std::begin(kKinds), std::end(kKinds), [&](const KindRow& one) { return one.kind == kind; });
  return row == std::end(kKinds) ? nullptr : row;
}

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    text += (text.empty() ? "" : ", ") + std::string(word);
  }
  return text;
}

std::size_t wanted_among(const Resource& resource, std::span<const std::string_view> names) {
  return static_cast<std::size_t>(std::count_if(names.begin(), names.end(), [&](auto name) {
    return resource.want.contains(std::string(name));
  }));
}

Result<void> check_resource(const Resource& resource) {
  const KindRow* row = find_kind(resource.kind.text());
  if (row == nullptr) {
    return refuse(resource, "its kind is not known");
  }
  if (const auto problem = key_problem(row->key, resource.key)) {
    return refuse(resource, "its key " + *problem);
  }
  for (const Handler& handler : resource.then) {
    if (!is_unit(handler.unit)) {
      return refuse(resource, "'" + handler.unit.substr(0, 64) + "' is not a unit");
    }
  }
  TWOSEAL_TRY_VOID(check_fields(resource, *row));
  return resource.want.contains("absent") ? Result<void>() : check_counts(resource, *row);
}

}  // namespace twoseal::authoring
