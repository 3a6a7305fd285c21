// shadow: ages of passwords, from /etc/shadow.
#include "compliance/families/family.h"
#include "compliance/families/lines.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kShadowMax = std::size_t{64} << 20U;
constexpr std::size_t kFieldsMin = 8;

// How the password was encrypted, by how it begins (crypt(5)); nothing for methods that OVAL has no
// word for.
std::optional<std::string_view> method_of(std::string_view password) {
  struct Method {
    std::string_view prefix;
    std::string_view name;
  };

  constexpr Method kMethods[] = {{"$1$", "MD5"},
                                 {"$2$", "Blowfish"},
                                 {"$2a$", "Blowfish"},
                                 {"$5$", "SHA-256"},
                                 {"$6$", "SHA-512"},
                                 {"$md5$", "Sun MD5"},
                                 {"_", "BSDi"}};
  for (const Method& method : kMethods) {
    if (password.starts_with(method.prefix)) {
      return method.name;
    }
  }
  return password.starts_with('$') ? std::nullopt : std::optional<std::string_view>("DES");
}

StoredItem item_of(const std::vector<std::string_view>& fields) {
  StoredItem item(Family::shadow);
  const auto days = [&](std::size_t i) { return whole_number(fields[i]).value_or(-1); };
  item.add(EntityName::username, fields[0]);
  item.add(EntityName::password, fields[1]);
  item.add_integer(EntityName::chg_lst, days(2));
  item.add_integer(EntityName::chg_allow, days(3));
  item.add_integer(EntityName::chg_req, days(4));
  item.add_integer(EntityName::exp_warn, days(5));
  item.add_integer(EntityName::exp_inact, days(6));
  item.add_integer(EntityName::exp_date, days(7));
  const bool flagged = fields.size() > kFieldsMin && !fields[kFieldsMin].empty();
  item.add(EntityName::flag, flagged ? fields[kFieldsMin] : "18446744073709551615");
  if (const auto method = method_of(fields[1])) {
    item.add(EntityName::encrypt_method, *method);
  }
  return item;
}

}  // namespace

void collect_shadow(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  const auto text = host.files->read("/etc/shadow", kShadowMax);
  if (!text) {
    to.note(Flag::error, text.error().what);
    return;
  }
  std::string_view rest = *text ? std::string_view(**text) : std::string_view();
  std::string_view line;
  while (next_line(rest, line)) {
    const auto fields = split_at(line, ':');
    if (fields.size() >= kFieldsMin && !fields[0].empty()) {
      to.add_if(query.matches(EntityName::username, fields[0]),
                item_of(fields),
                "the name of an account");
    }
  }
}

}  // namespace twoseal::scap
