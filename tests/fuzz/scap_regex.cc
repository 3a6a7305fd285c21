// Expressions: the first octet has the options, a line the pattern, and the rest is the subject.
// What matches begins with the literal prefix; what matches from its beginning on could match, and
// so does what an expression matches that says to begin there; groups lie within the subject.
#include "base/check.h"
#include "compliance/regex.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

void check_groups(std::string_view subject, const std::vector<scap::Capture>& groups) {
  for (const scap::Capture& group : groups) {
    check(!group || (group->data() >= subject.data() &&
                     group->data() + group->size() <= subject.data() + subject.size()),
          "a group is of the subject");
  }
  check(groups.front().has_value(), "a match has a whole");
}

// `\K` moves where a match is said to begin, so that the place tells nothing.
bool is_from_beginning(std::string_view pattern,
                       scap::RegexOptions options,
                       std::string_view subject,
                       const std::vector<scap::Capture>& groups) {
  const bool is_anchored = !options.multiline && scap::begins_at_start(pattern);
  const bool is_at_beginning = groups.front()->data() == subject.data();
  return is_anchored || (is_at_beginning && pattern.find("\\K") == std::string_view::npos);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSizeMax = 512;
  if (size == 0 || size > kSizeMax) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t end = text.find('\n');
  const std::string_view pattern = text.substr(0, end);
  const std::string_view subject = end == std::string_view::npos ? "" : text.substr(end + 1);
  const scap::RegexOptions options = {
      (data[0] & 1U) != 0, (data[0] & 2U) != 0, (data[0] & 4U) != 0};
  const auto regex = scap::Regex::compile(pattern, options);
  if (!regex) {
    check(regex.error().code == Errc::bad_regex, "a short pattern is refused for what it says");
    return 0;
  }
  std::vector<scap::Capture> groups;
  const scap::Matched matched = regex->search(subject, 0, &groups);
  check(matched == regex->search(subject), "a search has one answer, with groups or without");
  if (matched != scap::Matched::yes) {
    return 0;
  }
  check_groups(subject, groups);
  check(groups.size() == regex->group_count() + 1U, "each group has a place");
  if (!options.ignore_case && !options.multiline) {
    check(subject.starts_with(scap::literal_prefix(pattern)), "a match begins with the prefix");
  }
  if (is_from_beginning(pattern, options, subject, groups)) {
    check(regex->partial(subject) != scap::Matched::no, "what matches could match");
  }
  return 0;
}
