// Kind `setting`: one key of a configuration file.
#include "resources/file_plan.h"
#include "resources/kind.h"
#include "resources/setting_format.h"
#include "resources/want.h"

namespace twoseal {
namespace {

constexpr std::uint32_t kFileMode = 0644;

// The key and section that the identity names: `MaxAuthTries`, `[mysqld] max_connections`.
Result<SettingName> name_of(const Resource& resource) {
  const auto format = parse_setting_format(wanted_text(resource, "format").value_or(""));
  const auto section = wanted_text(resource, "section");
  const std::string prefix = section ? "[" + *section + "] " : "";
  if (!format || !resource.sub || !resource.sub->starts_with(prefix) ||
      resource.sub->size() == prefix.size()) {
    return fail(Errc::bad_resource, resource.identity() + ": format, section and key do not fit");
  }
  return SettingName{*format, section, resource.sub->substr(prefix.size())};
}

// The error with the file in front of the line.
std::unexpected<Error> in_file(Error error, const std::string& path) {
  error.where = path + (error.where.empty() ? "" : ", ") + error.where;
  return std::unexpected(std::move(error));
}

}  // namespace

Result<void> plan_setting(StepDraft& draft) {
  const Resource& resource = draft.resource();
  TWOSEAL_TRY(const SettingName name, name_of(resource));
  const bool absent = is_wanted_absent(resource);
  const auto value = wanted_text(resource, "value");
  TWOSEAL_TRY(const auto text, draft.view().bytes(resource.key));
  auto before = read_setting(*text, name);
  if (!before) {
    return in_file(std::move(before).error(), resource.key);
  }
  auto edited = absent ? without_setting(*text, name) : with_setting(*text, name, *value);
  if (!edited) {
    return in_file(std::move(edited).error(), resource.key);
  }
  if (*edited == *text) {
    return {};
  }
  return plan_regular(draft,
                      resource.key,
                      wanted_content(std::make_shared<const Bytes>(*std::move(edited))),
                      WantedOwner{.mode_new = kFileMode},
                      [&](StepDraft& shown, BytesView old_bytes, BytesView new_bytes) {
                        const auto after = absent ? std::nullopt : value;
                        // Where only repetitions go, their lines say more than the value.
                        if (*before == after) {
                          show_lines(shown, old_bytes, new_bytes);
                        } else {
                          shown.show(*resource.sub, *before, after);
                        }
                      });
}

}  // namespace twoseal
