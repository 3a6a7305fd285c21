// The editors of configuration files: what was set is what is read, once and for good, and every
// other key keeps its value.
#include <array>

#include "base/check.h"
#include "resources/setting_format.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

constexpr std::array kFormats = {SettingFormat::ini,
                                 SettingFormat::key_space_value,
                                 SettingFormat::key_value,
                                 SettingFormat::login_defs,
                                 SettingFormat::sshd,
                                 SettingFormat::sysctl};
const std::vector<std::string> kKeys = {"a", "A", "b.c", "b/c", "Match", "key", "x y", "", "#a"};
const std::vector<std::string> kSections = {"one", "Match User git", "match  user git", "a]", ""};

Bytes chosen_text(fuzz::Choices& choices) {
  static const std::vector<std::string> kLines = {"a=1\n",
                                                  "a 1\n",
                                                  "A\t= 2 # x\n",
                                                  "#a 3\n",
                                                  "; a = 4\n",
                                                  "[one]\n",
                                                  "Match User git\n",
                                                  "    key \"x # y\"\n",
                                                  "b.c = 1\r\n",
                                                  "b/c = 2\n",
                                                  "key='\\\n",
                                                  "export key=\"x\\\"y\"\n",
                                                  "-b.c = 5\n",
                                                  "\n",
                                                  "a"};
  Bytes text;
  const std::size_t lines = choices.below(8);
  for (std::size_t i = 0; i < lines; ++i) {
    text += choices.flag() ? choices.bytes() : choices.one_of(kLines);
  }
  return text;
}

SettingName chosen_name(fuzz::Choices& choices, SettingFormat format) {
  SettingName name;
  name.format = format;
  name.key = choices.flag() ? choices.bytes() : choices.one_of(kKeys);
  if (choices.flag()) {
    name.section = choices.one_of(kSections);
  }
  return name;
}

void check_refused(const Error& error) {
  check(error.code == Errc::not_editable && !error.what.empty(), "a refusal has its reason");
}

// Whether `name` reads alike in both texts, as far as it could be read in the first one.
void check_kept(BytesView before, BytesView after, const SettingName& name) {
  const auto old_value = read_setting(before, name);
  if (!old_value) {
    return;
  }
  const auto new_value = read_setting(after, name);
  check(new_value && *new_value == *old_value, "every other key keeps its value");
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  const SettingFormat format = kFormats[choices.below(kFormats.size())];
  const Bytes text = chosen_text(choices);
  const SettingName name = chosen_name(choices, format);
  const SettingName other{format, name.section, choices.flag() ? "other" : "zz.top"};
  const Bytes value = choices.rest();
  const auto set = with_setting(text, name, value);
  if (!set) {
    check_refused(set.error());
  } else {
    check(read_setting(*set, name).value() == value, "what was set is what is read");
    check(with_setting(*set, name, value).value() == *set, "setting it again changes nothing");
    if (name.key != other.key) {
      check_kept(text, *set, other);
    }
  }
  const auto unset = without_setting(text, name);
  if (!unset) {
    check_refused(unset.error());
    return 0;
  }
  check(!read_setting(*unset, name).value(), "what was taken out is not read");
  check(without_setting(*unset, name).value() == *unset, "taking it out again changes nothing");
  check(unset->size() <= text.size(), "taking out adds nothing");
  if (name.key != other.key) {
    check_kept(text, *unset, other);
  }
  return 0;
}
