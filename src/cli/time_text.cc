#include "cli/time_text.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "base/limits.h"

namespace twoseal::cli {
namespace {

constexpr UnixSeconds kYear10000 = 253'402'300'800;

std::string padded(unsigned number, std::size_t width) {
  std::string text = std::to_string(number);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

}  // namespace

std::string utc_text(UnixSeconds time) {
  if (time < 0 || time >= kYear10000) {
    return std::to_string(time) + " s";
  }
  const std::chrono::sys_seconds moment{std::chrono::seconds(time)};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  return padded(static_cast<unsigned>(static_cast<int>(date.year())), 4) + "-" +
         padded(static_cast<unsigned>(date.month()), 2) + "-" +
         padded(static_cast<unsigned>(date.day()), 2) + "T" +
         padded(static_cast<unsigned>(clock.hours().count()), 2) + ":" +
         padded(static_cast<unsigned>(clock.minutes().count()), 2) + ":" +
         padded(static_cast<unsigned>(clock.seconds().count()), 2) + "Z";
}

std::string with_dates(const std::string& text) {
  constexpr std::size_t kDigits = 10;  // from 2001 to 2286
  std::string dated;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = std::string_view(text).substr(at);
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits == kDigits &&
        (dated.ends_with("until ") || dated.ends_with(" at ") || dated.ends_with(" it is "))) {
      dated += utc_text(std::stoll(std::string(rest.substr(0, digits))));
    } else {
      dated += rest.substr(0, std::max<std::size_t>(digits, 1));
    }
    at += std::max<std::size_t>(digits, 1);
  }
  return dated;
}

std::string expiry_text(std::int64_t seconds) {
  const std::int64_t days = std::abs(seconds) / limits::kDay;
  const std::string length = std::to_string(days) + (days == 1 ? " day" : " days");
  if (days == 0) {
    return seconds <= 0 ? "expired within a day" : "expires within a day";
  }
  return seconds <= 0 ? "expired " + length + " ago" : "expires in " + length;
}

std::string length_text(std::int64_t seconds) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 3'600;
  constexpr std::int64_t kDay = 86'400;
  if (seconds >= kDay && seconds % kDay == 0) {
    return std::to_string(seconds / kDay) + " d";
  }
  if (seconds >= kHour && seconds % kHour == 0) {
    return std::to_string(seconds / kHour) + " h";
  }
  if (seconds >= 2 * kMinute && seconds % kMinute == 0) {
    return std::to_string(seconds / kMinute) + " min";
  }
  return std::to_string(seconds) + " s";
}

}  // namespace twoseal::cli
