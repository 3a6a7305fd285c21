// password: accounts of /etc/passwd, read by the C library itself: whatever it takes for an account
// is one, and nothing else.
#include <pwd.h>

#include "compliance/families/account_file.h"
#include "compliance/families/family.h"

namespace twoseal::scap {
namespace {

StoredItem item_of(const passwd& account) {
  StoredItem item(Family::password);
  item.add(EntityName::username, text_or_empty(account.pw_name));
  item.add(EntityName::password, text_or_empty(account.pw_passwd));
  item.add_integer(EntityName::user_id, account.pw_uid);
  item.add_integer(EntityName::group_id, account.pw_gid);
  item.add(EntityName::gcos, text_or_empty(account.pw_gecos));
  item.add(EntityName::home_dir, text_or_empty(account.pw_dir));
  item.add(EntityName::login_shell, text_or_empty(account.pw_shell));
  item.add_status(EntityName::last_login, Status::not_collected, Datatype::integer);
  return item;
}

}  // namespace

void collect_password(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  each_account<passwd>(host, "/etc/passwd", ::fgetpwent_r, to, [&](const passwd& account) {
    to.add_if(query.matches(EntityName::username, text_or_empty(account.pw_name)),
              item_of(account),
              "the name of an account");
  });
}

}  // namespace twoseal::scap
