// password: accounts of /etc/passwd.
#include "compliance/families/family.h"
#include "compliance/families/lines.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kPasswdMax = std::size_t{64} << 20U;
constexpr std::size_t kFields = 7;

}  // namespace

void collect_password(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  const auto text = host.files->read("/etc/passwd", kPasswdMax);
  if (!text) {
    to.note(Flag::error, text.error().what);
    return;
  }
  std::string_view rest = *text ? std::string_view(**text) : std::string_view();
  std::string_view line;
  while (next_line(rest, line)) {
    const auto fields = split_at(line, ':');
    const auto uid = fields.size() == kFields ? whole_number(fields[2]) : std::nullopt;
    const auto gid = fields.size() == kFields ? whole_number(fields[3]) : std::nullopt;
    if (!uid || !gid || fields[0].empty()) {
      continue;  // as the C library passes over it
    }
    StoredItem item(Family::password);
    item.add(EntityName::username, fields[0]);
    item.add(EntityName::password, fields[1]);
    item.add_integer(EntityName::user_id, *uid);
    item.add_integer(EntityName::group_id, *gid);
    item.add(EntityName::gcos, fields[4]);
    item.add(EntityName::home_dir, fields[5]);
    item.add(EntityName::login_shell, fields[6]);
    item.add_status(EntityName::last_login, Status::not_collected, Datatype::integer);
    to.add_if(query.matches(EntityName::username, fields[0]), item, "the name of an account");
  }
}

}  // namespace twoseal::scap
