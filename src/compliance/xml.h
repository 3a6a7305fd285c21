// XML documents as they come from outside: read once, bounded, into a tree that is never changed.
//
// libxml2 does the reading and is included in xml.cc alone. What a hostile document could use is
// off: there are no document type declarations, so no entities but the five of XML itself, nothing
// is fetched, and size, depth, count of nodes and time have limits.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "compliance/text_arena.h"

namespace twoseal::scap {

struct XmlAttribute {
  std::string_view ns;
  std::string_view name;
  std::string_view value;
};

/// An element, or a piece of text (an empty `name`). Everything points into its document.
struct XmlNode {
  std::string_view ns;
  std::string_view name;
  std::string_view text;  ///< of a piece of text
  std::uint32_t line = 0;
  const XmlAttribute* attributes = nullptr;
  std::uint32_t attribute_count = 0;
  const XmlNode* parent = nullptr;
  const XmlNode* first_child = nullptr;
  const XmlNode* next = nullptr;  ///< the next child of the parent

  [[nodiscard]] bool is_text() const { return name.empty(); }

  /// The value of an attribute, in no name space unless `of` says one; nothing when it is absent.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view attribute,
                                                     std::string_view of = {}) const;

  /// The same, or `otherwise`.
  [[nodiscard]] std::string_view get(std::string_view attribute,
                                     std::string_view otherwise = {}) const;

  /// The first child element of that local name; nullptr when there is none.
  [[nodiscard]] const XmlNode* child(std::string_view local_name) const;

  /// All text of the node and what it holds, one piece after the other.
  [[nodiscard]] std::string all_text() const;

  /// The child elements, texts left out: `for (const XmlNode* c = node.first(); c; c =
  /// c->after())`.
  [[nodiscard]] const XmlNode* first() const;
  [[nodiscard]] const XmlNode* after() const;
};

struct XmlLimits {
  std::size_t size_max = std::size_t{256} << 20U;  ///< octets
  std::size_t depth_max = 256;
  std::size_t nodes_max = std::size_t{8} << 20U;
  std::size_t attributes_max = 256;  ///< of one element
  std::int64_t time_max_ms = 60'000;
};

/// A document that was read. Owns all that its nodes point to.
class XmlDocument {
 public:
  /// Errc::bad_xml with the line and the reason; Errc::too_large above a limit.
  /// `name`: for messages.
  [[nodiscard]] static Result<XmlDocument> parse(BytesView bytes,
                                                 const std::string& name,
                                                 const XmlLimits& limits = {});

  XmlDocument(XmlDocument&&) = default;
  XmlDocument& operator=(XmlDocument&&) = default;
  XmlDocument(const XmlDocument&) = delete;
  XmlDocument& operator=(const XmlDocument&) = delete;
  ~XmlDocument() = default;

  [[nodiscard]] const XmlNode& root() const { return *root_; }

 private:
  friend class XmlBuilder;
  XmlDocument() = default;

  std::deque<XmlNode> nodes_;
  std::deque<std::vector<XmlAttribute>> attributes_;
  TextArena texts_;
  const XmlNode* root_ = nullptr;
};

/// Whether no tag of the document has more than `max` attributes, as far as that can be told before
/// it is read: libxml2 compares each attribute with all others.
[[nodiscard]] bool has_sane_tags(BytesView bytes, std::size_t max);

/// `text` without white space at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

}  // namespace twoseal::scap
