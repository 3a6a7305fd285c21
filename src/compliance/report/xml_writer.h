// XML written as it is made: elements open and close, and everything between is escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compliance/report/byte_sink.h"

namespace twoseal::scap {

/// `text` with what XML 1.0 forbids, and what is no UTF-8, as U+FFFD. Usually a plain copy.
[[nodiscard]] std::string xml_characters(std::string_view text);

/// `text` as it stands between tags or in an attribute with double quotes, of XML and of HTML
/// alike. Line ends of attributes, and carriage returns anywhere, are written as references,
/// because a reader would change them otherwise.
[[nodiscard]] std::string xml_escaped(std::string_view text, bool attribute);

/// Names are given as they stand, prefix included; whoever calls knows that they are names.
class XmlWriter {
 public:
  /// Begins the document. `output` must outlive it.
  explicit XmlWriter(Output& output);

  XmlWriter(const XmlWriter&) = delete;
  XmlWriter& operator=(const XmlWriter&) = delete;

  void begin(std::string_view name);

  /// Of the element that begin() opened last, before anything is in it.
  void attribute(std::string_view name, std::string_view value);

  void text(std::string_view value);

  /// Closes the innermost open element.
  void end();

  /// An element with a text and nothing else.
  void element(std::string_view name, std::string_view value);

  /// The same, but nothing at all when there is no text.
  void element_if(std::string_view name, std::string_view value);

 private:
  struct Open {
    std::string name;
    bool has_elements = false;
    bool has_text = false;
  };

  void close_tag();
  void new_line();

  Output& output_;
  std::vector<Open> open_;
  bool in_tag_ = false;
};

}  // namespace twoseal::scap
