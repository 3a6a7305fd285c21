// Times as people and other programs read them.
#pragma once

#include <string>

#include "base/id.h"

namespace twoseal::cli {

/// RFC 3339 in UTC: `2026-11-26T03:04:05Z`. Times beyond the year 9999, which no object holds, as a
/// number of seconds.
[[nodiscard]] std::string utc_text(UnixSeconds time);

/// `text` with each moment that it counts in seconds, behind `until`, `at` or `it is`, as
/// utc_text(): reasons come from where there is no calendar.
[[nodiscard]] std::string with_dates(const std::string& text);

/// `90 s`, `5 min`, `24 h`, `7 d`: in the largest unit that keeps it whole.
[[nodiscard]] std::string length_text(std::int64_t seconds);

/// `expires in 12 days`, `expires within a day`, `expired 1 day ago`: of what holds for `seconds`
/// more.
[[nodiscard]] std::string expiry_text(std::int64_t seconds);

}  // namespace twoseal::cli
