#include "net/response_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace twoseal {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 26> kReasons = {{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
}};

// RFC 9112 §4 lets the reason be empty.
std::string_view reason_of(int status) {
  const auto* row = std::ranges::find(kReasons, status, &std::pair<int, std::string_view>::first);
  return row != kReasons.end() ? row->second : std::string_view();
}

bool is_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_value(std::string_view value) {
  return std::ranges::all_of(value, [](char c) {
    return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t';
  });
}

bool is_ours(std::string_view name) {
  return name == "content-length" || name == "connection" || name == "date" ||
         name == "transfer-encoding";
}

// IMF-fixdate of RFC 9110 §5.6.7.
std::string date_text(UnixSeconds now) {
  constexpr std::array<std::string_view, 7> kDays = {
      "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds time{std::chrono::seconds(now)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                     kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()),
                     clock.hours().count(),
                     clock.minutes().count(),
                     clock.seconds().count());
}

}  // namespace

bool status_has_body(int status) {
  return status != 204 && status != 304;
}

std::optional<std::string> response_head(const HttpResponse& response,
                                         AfterResponse after,
                                         UnixSeconds now) {
  if (response.status < 200 || response.status > 599) {
    return std::nullopt;
  }
  std::string head = fmt::format("HTTP/1.1 {} {}\r\ndate: {}\r\n",
                                 response.status,
                                 reason_of(response.status),
                                 date_text(now));
  for (const auto& [name, value] : response.headers) {
    if (!is_name(name) || !is_value(value)) {
      return std::nullopt;
    }
    if (!is_ours(name)) {
      head.append(name).append(": ").append(value).append("\r\n");
    }
  }
  if (status_has_body(response.status)) {
    head += fmt::format("content-length: {}\r\n", response.body.size());
  }
  head += after == AfterResponse::close ? "connection: close\r\n\r\n" : "\r\n";
  return head;
}

}  // namespace twoseal
