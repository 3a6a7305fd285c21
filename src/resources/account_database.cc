#include "resources/account_database.h"

#include <algorithm>
#include <array>

#include "crypto/hash.h"
#include "resources/account_line.h"

namespace twoseal {

bool is_account_file(const std::string& path) {
  constexpr std::array<std::string_view, 4> kFiles = {
      kPasswdFile, kShadowFile, kGroupFile, kGshadowFile};
  return std::find(kFiles.begin(), kFiles.end(), path) != kFiles.end();
}

Result<Bytes> account_text(StepDraft& draft, const char* file) {
  TWOSEAL_TRY(const PathState there, draft.view().path(file));
  if (!there.kind) {
    return fail(Errc::bad_resource, "this host has no such file", file);
  }
  TWOSEAL_TRY(const auto text, draft.view().bytes(file));
  return *text;
}

Result<void> plan_account_text(StepDraft& draft, const char* file, Bytes text) {
  TWOSEAL_TRY(const PathState before, draft.view().path(file));
  PathState after = before;
  after.content = sha256(text);
  if (after != before) {
    draft.add(FileOperation{file, before, after, std::make_shared<const Bytes>(std::move(text))});
  }
  return {};
}

Result<std::uint32_t> free_account_number(BytesView database, AccountNumbers numbers) {
  constexpr std::uint32_t kPeopleFirst = 1000;
  constexpr std::uint32_t kPeopleLast = 59'999;
  constexpr std::uint32_t kSystemFirst = 100;
  constexpr std::uint32_t kSystemLast = 999;
  std::vector<std::uint32_t> taken = account_numbers(database);
  std::sort(taken.begin(), taken.end());
  const auto is_free = [&](std::uint32_t number) {
    return !std::binary_search(taken.begin(), taken.end(), number);
  };
  if (numbers == AccountNumbers::people) {
    for (std::uint32_t number = kPeopleFirst; number <= kPeopleLast; ++number) {
      if (is_free(number)) {
        return number;
      }
    }
  } else {
    for (std::uint32_t number = kSystemLast; number >= kSystemFirst; --number) {
      if (is_free(number)) {
        return number;
      }
    }
  }
  return fail(Errc::bad_resource, "no number is left for another account");
}

}  // namespace twoseal
