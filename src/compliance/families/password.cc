// password: accounts of /etc/passwd, read by the C library itself: whatever it takes for an account
// is one, and nothing else; and when each last logged in.
#include <cstring>
#include <pwd.h>
#include <utmp.h>

#include "compliance/families/account_file.h"
#include "compliance/families/family.h"

namespace twoseal::scap {
namespace {

// When the account last logged in, of the log that has an entry for each number of a user:
// lastlog(8). Without that log nobody knows, nor where log-ins are kept in the other one, which
// lastlog2(8) reads. An entry that is not there, or is empty: never.
void add_last_login(const InspectedHost& host, const passwd& account, StoredItem& item) {
  lastlog entry = {};
  const auto part = host.files->read_part(
      "/var/log/lastlog", std::uint64_t{account.pw_uid} * sizeof entry, sizeof entry);
  const auto add = [&](Status status) {
    item.add_status(EntityName::last_login, status, Datatype::integer);
  };
  if (!part) {
    add(Status::error);
    return;
  }
  const auto other = host.files->status("/var/lib/lastlog/lastlog2.db", FollowLast::yes);
  if (!*part || !other || *other) {
    add(Status::not_collected);
    return;
  }
  if (!(*part)->empty() && (*part)->size() < sizeof entry) {
    add(Status::error);
    return;
  }
  std::memcpy(&entry, (*part)->data(), (*part)->size());
  if (entry.ll_time == 0) {
    add(Status::does_not_exist);
    return;
  }
  item.add_integer(EntityName::last_login, entry.ll_time);
}

StoredItem item_of(const InspectedHost& host, const passwd& account) {
  StoredItem item(Family::password);
  item.add(EntityName::username, text_or_empty(account.pw_name));
  item.add(EntityName::password, text_or_empty(account.pw_passwd));
  item.add_integer(EntityName::user_id, account.pw_uid);
  item.add_integer(EntityName::group_id, account.pw_gid);
  item.add(EntityName::gcos, text_or_empty(account.pw_gecos));
  item.add(EntityName::home_dir, text_or_empty(account.pw_dir));
  item.add(EntityName::login_shell, text_or_empty(account.pw_shell));
  add_last_login(host, account, item);
  return item;
}

}  // namespace

void collect_password(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  each_account<passwd>(host, "/etc/passwd", ::fgetpwent_r, to, [&](const passwd& account) {
    const Verdict wanted = query.matches(EntityName::username, text_or_empty(account.pw_name));
    if (wanted != Verdict::no) {
      to.add_if(wanted, item_of(host, account), "the name of an account");
    }
  });
}

}  // namespace twoseal::scap
