#include "compliance/report/xml_writer.h"

#include <algorithm>

#include "base/check.h"
#include "base/present.h"

namespace twoseal::scap {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x7F;
}

// Source: XML 1.0 (fifth edition), production 2.
bool is_xml_character(char32_t point) {
  return point == '\t' || point == '\n' || point == '\r' || (point >= 0x20 && point <= 0xD7FF) ||
         (point >= 0xE000 && point <= 0xFFFD) || (point >= 0x10000 && point <= 0x10FFFF);
}

std::string_view reference_of(char c, bool attribute) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return attribute ? "&quot;" : "";
    case '\r':
      return "&#13;";
    case '\n':
      return attribute ? "&#10;" : "";
    case '\t':
      return attribute ? "&#9;" : "";
    default:
      return "";
  }
}

}  // namespace

std::string xml_characters(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const auto plain = std::find_if_not(text.begin(), text.end(), is_plain);
    clean.append(text.begin(), plain);
    text.remove_prefix(static_cast<std::size_t>(plain - text.begin()));
    if (text.empty()) {
      break;
    }
    const std::string_view before = text;
    const char32_t point = next_point(text);
    clean += is_xml_character(point) ? before.substr(0, before.size() - text.size()) : kReplacement;
  }
  return clean;
}

std::string xml_escaped(std::string_view text, bool attribute) {
  const std::string clean = xml_characters(text);
  std::string escaped;
  escaped.reserve(clean.size() + clean.size() / 8);
  for (const char c : clean) {
    const std::string_view reference = reference_of(c, attribute);
    if (reference.empty()) {
      escaped += c;
    } else {
      escaped += reference;
    }
  }
  return escaped;
}

XmlWriter::XmlWriter(Output& output) : output_(output) {
  output_.put("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

void XmlWriter::close_tag() {
  if (in_tag_) {
    output_.put('>');
    in_tag_ = false;
  }
}

void XmlWriter::new_line() {
  output_.put('\n');
  for (std::size_t i = 0; i < open_.size(); ++i) {
    output_.put("  ");
  }
}

void XmlWriter::begin(std::string_view name) {
  close_tag();
  if (!open_.empty()) {
    open_.back().has_elements = true;
    if (!open_.back().has_text) {
      new_line();
    }
  }
  output_.put('<');
  output_.put(name);
  open_.push_back({std::string(name)});
  in_tag_ = true;
}

void XmlWriter::attribute(std::string_view name, std::string_view value) {
  check(in_tag_, "an attribute is written before what is in its element");
  output_.put(' ');
  output_.put(name);
  output_.put("=\"");
  output_.put(xml_escaped(value, true));
  output_.put('"');
}

void XmlWriter::text(std::string_view value) {
  if (value.empty()) {
    return;
  }
  close_tag();
  open_.back().has_text = true;
  output_.put(xml_escaped(value, false));
}

void XmlWriter::end() {
  check(!open_.empty(), "an element that is closed is open");
  const Open closed = std::move(open_.back());
  open_.pop_back();
  if (in_tag_) {
    output_.put("/>");
    in_tag_ = false;
  } else {
    if (closed.has_elements && !closed.has_text) {
      new_line();
    }
    output_.put("</");
    output_.put(closed.name);
    output_.put('>');
  }
  if (open_.empty()) {
    output_.put('\n');
  }
}

void XmlWriter::element(std::string_view name, std::string_view value) {
  begin(name);
  text(value);
  end();
}

void XmlWriter::element_if(std::string_view name, std::string_view value) {
  if (!value.empty()) {
    element(name, value);
  }
}

}  // namespace twoseal::scap
