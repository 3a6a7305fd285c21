#include "net/json_text.h"

#include <fmt/format.h>

#include "base/present.h"

namespace twoseal {
namespace {

void append_escape(std::string& out, char32_t point) {
  if (point >= 0x10000) {
    const char32_t offset = point - 0x10000;
    append_escape(out, 0xD800 + (offset >> 10U));
    append_escape(out, 0xDC00 + (offset & 0x3FFU));
    return;
  }
  out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(point));
}

void append(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t point = next_point(text);
    if (point == '"' || point == '\\') {
      out += '\\';
      out += static_cast<char>(point);
    } else if (point == '\n') {
      out += "\\n";
    } else if (point >= 0x110000) {
      out += "\xEF\xBF\xBD";
    } else if (is_presentable(point)) {
      out += before.substr(0, before.size() - text.size());
    } else {
      append_escape(out, point);
    }
  }
  out += '"';
}

struct Writer {
  std::string& out;

  void operator()(bool value) const { out += value ? "true" : "false"; }

  void operator()(std::int64_t value) const { out += std::to_string(value); }

  void operator()(const std::string& value) const { append(out, value); }

  void operator()(const Json::Array& items) const {
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      out += i > 0 ? "," : "";
      out += items[i].text();
    }
    out += ']';
  }

  void operator()(const Json::Object& fields) const {
    out += '{';
    for (std::size_t i = 0; i < fields.size(); ++i) {
      out += i > 0 ? "," : "";
      append(out, fields[i].first);
      out += ':';
      out += fields[i].second.text();
    }
    out += '}';
  }
};

}  // namespace

std::string Json::text() const {
  std::string out;
  std::visit(Writer{out}, value_);
  return out;
}

}  // namespace twoseal
