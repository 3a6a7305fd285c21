// shadow: ages of passwords, from /etc/shadow, read by the C library itself: whatever it takes for
// an account is one, and nothing else.
#include <shadow.h>

#include "compliance/families/account_file.h"
#include "compliance/families/family.h"

namespace twoseal::scap {
namespace {

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

StoredItem item_of(const spwd& account) {
  StoredItem item(Family::shadow);
  item.add(EntityName::username, text_or_empty(account.sp_namp));
  item.add(EntityName::password, text_or_empty(account.sp_pwdp));
  item.add_integer(EntityName::chg_lst, account.sp_lstchg);
  item.add_integer(EntityName::chg_allow, account.sp_min);
  item.add_integer(EntityName::chg_req, account.sp_max);
  item.add_integer(EntityName::exp_warn, account.sp_warn);
  item.add_integer(EntityName::exp_inact, account.sp_inact);
  item.add_integer(EntityName::exp_date, account.sp_expire);
  item.add(EntityName::flag, std::to_string(account.sp_flag));
  if (const auto method = method_of(text_or_empty(account.sp_pwdp))) {
    item.add(EntityName::encrypt_method, *method);
  }
  return item;
}

}  // namespace

void collect_shadow(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  each_account<spwd>(host, "/etc/shadow", ::fgetspent_r, to, [&](const spwd& account) {
    to.add_if(query.matches(EntityName::username, text_or_empty(account.sp_namp)),
              item_of(account),
              "the name of an account");
  });
}

}  // namespace twoseal::scap
