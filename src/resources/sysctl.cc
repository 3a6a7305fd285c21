// Kind `sysctl`: a setting of the running kernel, and of every later boot.
#include "resources/file_plan.h"
#include "resources/kind.h"
#include "resources/setting_format.h"
#include "resources/want.h"

namespace twoseal {
namespace {

// Read after the files of packages and before 99-sysctl.conf, which belongs to people.
constexpr const char* kFile = "/etc/sysctl.d/90-twoseal.conf";
constexpr std::uint32_t kFileMode = 0644;

// Runs of tabs and blanks divide the parts of a value; the kernel writes tabs where people write
// blanks.
std::string plain_value(const std::string& value) {
  std::string out;
  for (const char c : value) {
    if (c != ' ' && c != '\t') {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out.ends_with(' ') ? out.substr(0, out.size() - 1) : out;
}

Result<void> plan_running(StepDraft& draft, const std::string& value) {
  const std::string& name = draft.resource().key;
  TWOSEAL_TRY(const auto before, draft.view().kernel_setting(name));
  if (!before) {
    return fail(Errc::bad_resource, "the kernel of this host has no setting " + name);
  }
  if (plain_value(*before) != plain_value(value)) {
    draft.show("running", plain_value(*before), value);
    draft.add(KernelOperation{name, before, value});
  }
  return {};
}

Result<void> plan_persistent(StepDraft& draft, const std::optional<std::string>& value) {
  const SettingName name{SettingFormat::sysctl, std::nullopt, draft.resource().key};
  TWOSEAL_TRY(const auto text, draft.view().bytes(kFile));
  TWOSEAL_TRY(const auto before, read_setting(*text, name));
  TWOSEAL_TRY(Bytes edited,
              value ? with_setting(*text, name, *value) : without_setting(*text, name));
  if (edited == *text) {
    return {};
  }
  return plan_regular(
      draft,
      kFile,
      wanted_content(std::make_shared<const Bytes>(std::move(edited))),
      WantedOwner{.mode_new = kFileMode},
      [&](StepDraft& shown, BytesView, BytesView) { shown.show("boot", before, value); });
}

}  // namespace

Result<void> plan_sysctl(StepDraft& draft) {
  const Resource& resource = draft.resource();
  if (is_wanted_absent(resource)) {
    // What the kernel would have had by itself is not known, so the running value stays.
    return plan_persistent(draft, std::nullopt);
  }
  const std::string value = *wanted_text(resource, "value");
  TWOSEAL_TRY_VOID(plan_running(draft, value));
  return wanted<bool>(resource, "persist").value_or(true) ? plan_persistent(draft, value)
                                                          : Result<void>();
}

}  // namespace twoseal
