// Canonical JSON, restricted profile: one value, one spelling. docs/formats/canonical-json.md.
//
// One scanner serves both uses: check() only decides, Document::parse() also keeps a flat list of
// nodes that point into the bytes. There is no second parser that could read the same bytes in
// another way, and nothing is ever re-serialised to be verified.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"

namespace twoseal::json {

enum class Kind : std::uint8_t { null, boolean, integer, string, array, object };

/// Errc::not_canonical with the byte offset and the reason, Errc::too_large above `size_max`.
[[nodiscard]] Result<void> check_canonical(BytesView bytes,
                                           std::size_t size_max = limits::kObjectMax);

/// One value of a document. `begin`/`end`: its bytes; for strings, those between the quotes.
struct Node {
  Kind kind;
  bool escaped;  ///< a string that holds at least one backslash
  std::uint32_t begin;
  std::uint32_t end;
  std::uint32_t next;    ///< index of the node after this value and all it holds
  std::uint32_t count;   ///< members of an object, items of an array
  std::int64_t integer;  ///< of an integer; 0 or 1 of a boolean
};

class Value;

/// A checked document. Keeps no copy: `bytes` must outlive it and its values.
class Document {
 public:
  [[nodiscard]] static Result<Document> parse(BytesView bytes,
                                              std::size_t size_max = limits::kObjectMax);
  [[nodiscard]] Value root() const;

  [[nodiscard]] BytesView bytes() const { return bytes_; }

 private:
  friend class Value;

  Document(BytesView bytes, std::vector<Node> nodes) : bytes_(bytes), nodes_(std::move(nodes)) {}

  BytesView bytes_;
  std::vector<Node> nodes_;
};

/// A cheap reference to one value of a document, which must outlive it. In an object, each member
/// is two nodes in a row: the key (a string) and the value.
class Value {
 public:
  Value(const Document& document, std::uint32_t index) : document_(&document), index_(index) {}

  [[nodiscard]] Kind kind() const { return node().kind; }

  [[nodiscard]] std::int64_t integer() const { return node().integer; }

  [[nodiscard]] bool boolean() const { return node().integer != 0; }

  [[nodiscard]] std::size_t count() const { return node().count; }

  /// The text of a string with its escapes resolved.
  [[nodiscard]] std::string text() const;

  /// The bytes of the value as they stand in the document; of a string, without its quotes.
  [[nodiscard]] BytesView raw() const;

  /// Byte offset of the value in the document.
  [[nodiscard]] std::size_t offset() const { return node().begin; }

  /// First key of a non-empty object, first item of a non-empty array.
  [[nodiscard]] Value first() const { return {*document_, index_ + 1}; }

  /// The value after this one and all it holds. Valid only while its parent has more members.
  [[nodiscard]] Value after() const { return {*document_, node().next}; }

  [[nodiscard]] const Document& document() const { return *document_; }

 private:
  [[nodiscard]] const Node& node() const { return document_->nodes_[index_]; }

  const Document* document_;
  std::uint32_t index_;
};

/// `text` as a canonical JSON string with its quotes. Text that the profile forbids (control
/// characters other than LF and TAB, invalid UTF-8) makes a string that check_canonical() refuses.
[[nodiscard]] std::string quote(std::string_view text);

/// Whether `text` may stand in a canonical string (after escaping).
[[nodiscard]] bool is_allowed_text(std::string_view text);

}  // namespace twoseal::json
