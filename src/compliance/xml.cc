#include "compliance/xml.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <unordered_set>

#include "compliance/libxml.h"

namespace twoseal::scap {
namespace {

struct FreeReader {
  const LibxmlFunctions* xml;

  void operator()(xmlTextReader* reader) const { xml->free_reader(reader); }
};

using Reader = std::unique_ptr<xmlTextReader, FreeReader>;

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// The first thing that libxml2 complained about.
struct Complaint {
  int line = 0;
  std::string text;
};

void note_error(void* context, xmlErrorPtr error) {
  auto& complaint = *static_cast<Complaint*>(context);
  if (complaint.text.empty() && error != nullptr && error->level >= XML_ERR_ERROR) {
    complaint.line = error->line;
    complaint.text = error->message == nullptr ? "unknown error" : error->message;
    while (complaint.text.ends_with('\n')) {
      complaint.text.pop_back();
    }
  }
}

}  // namespace

// Puts what the reader shows into a document.
class XmlBuilder {
 public:
  XmlBuilder(const LibxmlFunctions& xml, const std::string& name, const XmlLimits& limits)
      : xml_(xml), name_(name), limits_(limits) {}

  Result<XmlDocument> build(BytesView bytes) {
    if (bytes.size() > limits_.size_max || bytes.size() > std::numeric_limits<int>::max()) {
      return fail(Errc::too_large,
                  name_ + " has " + std::to_string(bytes.size()) + " bytes",
                  {},
                  "a document may have " + std::to_string(limits_.size_max) + " bytes");
    }
    if (!has_sane_tags(bytes, 2 * limits_.attributes_max)) {
      return fail(Errc::too_large, "an element has too many attributes", name_);
    }
    Complaint complaint;
    TWOSEAL_TRY_VOID(refuse_document_type(bytes, complaint));
    // XML_PARSE_HUGE: without its own limits, in the place of which ours stand.
    TWOSEAL_TRY(const Reader reader, open(bytes, XML_PARSE_HUGE, complaint));
    int more = 0;
    while ((more = xml_.read(reader.get())) == 1) {
      TWOSEAL_TRY_VOID(take(reader.get()));
    }
    if (more < 0 || document_.root_ == nullptr) {
      return bad(complaint.line, complaint.text.empty() ? "it ends too early" : complaint.text);
    }
    return std::move(document_);
  }

 private:
  Result<Reader> open(BytesView bytes, int options, Complaint& complaint) {
    Reader reader(xml_.reader_for_memory(bytes.data(),
                                         static_cast<int>(bytes.size()),
                                         nullptr,
                                         nullptr,
                                         options | XML_PARSE_NONET | XML_PARSE_NOCDATA),
                  FreeReader{&xml_});
    if (reader == nullptr) {
      return fail(Errc::io_failed, "no memory to read " + name_);
    }
    xml_.set_reader_error_handler(reader.get(), note_error, &complaint);
    return reader;
  }

  // libxml2 works the entities of a document type out before it shows that there is one, and with
  // XML_PARSE_HUGE as long as that takes. So what stands before the root is read under its limits.
  Result<void> refuse_document_type(BytesView bytes, Complaint& complaint) {
    TWOSEAL_TRY(const Reader reader, open(bytes, 0, complaint));
    while (xml_.read(reader.get()) == 1) {
      if (xml_.node_type(reader.get()) == XML_READER_TYPE_ELEMENT) {
        return {};
      }
      TWOSEAL_TRY_VOID(take(reader.get()));
    }
    return bad(complaint.line, complaint.text.empty() ? "it ends too early" : complaint.text);
  }

  Result<void> take(xmlTextReader* reader) {
    switch (xml_.node_type(reader)) {
      case XML_READER_TYPE_ELEMENT:
        return begin_element(reader);
      case XML_READER_TYPE_END_ELEMENT:
        open_.pop_back();
        return {};
      case XML_READER_TYPE_TEXT:
      case XML_READER_TYPE_CDATA:
      case XML_READER_TYPE_WHITESPACE:
      case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        return add_text(reader);
      case XML_READER_TYPE_DOCUMENT_TYPE:
      case XML_READER_TYPE_ENTITY:
      case XML_READER_TYPE_ENTITY_REFERENCE:
        return bad(line_of(reader), "document types and entities are not taken");
      default:
        return {};  // comments, processing instructions
    }
  }

  Result<void> begin_element(xmlTextReader* reader) {
    if (open_.size() >= limits_.depth_max) {
      return fail(Errc::too_large,
                  name_ + " is nested deeper than " + std::to_string(limits_.depth_max),
                  place(line_of(reader)));
    }
    const bool empty = xml_.is_empty_element(reader) == 1;
    XmlNode node;
    node.ns = intern(view(xml_.namespace_uri(reader)));
    node.name = intern(view(xml_.local_name(reader)));
    node.line = static_cast<std::uint32_t>(std::max(0, line_of(reader)));
    TWOSEAL_TRY_VOID(add_attributes(reader, node));
    TWOSEAL_TRY(XmlNode * added, add(node));
    if (document_.root_ == nullptr) {
      document_.root_ = added;
    }
    if (!empty) {
      open_.push_back({added, nullptr});
    }
    return {};
  }

  Result<void> add_attributes(xmlTextReader* reader, XmlNode& node) {
    const int count = xml_.attribute_count(reader);
    if (count <= 0) {
      return {};
    }
    if (static_cast<std::size_t>(count) > limits_.attributes_max) {
      return fail(Errc::too_large, "an element has too many attributes", place(line_of(reader)));
    }
    std::vector<XmlAttribute> attributes;
    while (xml_.to_next_attribute(reader) == 1) {
      if (xml_.is_namespace_declaration(reader) == 1) {
        continue;
      }
      attributes.push_back({intern(view(xml_.namespace_uri(reader))),
                            intern(view(xml_.local_name(reader))),
                            keep(view(xml_.value(reader)))});
    }
    xml_.to_element(reader);
    if (!attributes.empty()) {
      const auto& kept = document_.attributes_.emplace_back(std::move(attributes));
      node.attributes = kept.data();
      node.attribute_count = static_cast<std::uint32_t>(kept.size());
    }
    return {};
  }

  Result<void> add_text(xmlTextReader* reader) {
    if (open_.empty()) {
      return {};
    }
    XmlNode node;
    node.text = keep(view(xml_.value(reader)));
    node.line = open_.back().node->line;
    TWOSEAL_TRY([[maybe_unused]] XmlNode * added, add(node));
    return {};
  }

  Result<XmlNode*> add(XmlNode node) {
    constexpr std::size_t kBetweenLooks = 4096;
    if (document_.nodes_.size() >= limits_.nodes_max) {
      return fail(
          Errc::too_large, name_ + " has too many nodes", place(static_cast<int>(node.line)));
    }
    if (document_.nodes_.size() % kBetweenLooks == 0 &&
        std::chrono::steady_clock::now() - begun_ >
            std::chrono::milliseconds(limits_.time_max_ms)) {
      return fail(Errc::too_large, name_ + " takes too long to read");
    }
    XmlNode& added = document_.nodes_.emplace_back(node);
    if (!open_.empty()) {
      Open& above = open_.back();
      added.parent = above.node;
      (above.last == nullptr ? above.node->first_child : above.last->next) = &added;
      above.last = &added;
    }
    return &added;
  }

  std::string_view keep(std::string_view text) { return document_.texts_.keep(text); }

  std::string_view intern(std::string_view text) {
    if (text.empty()) {
      return {};
    }
    const auto known = names_.find(text);
    return known != names_.end() ? *known : *names_.insert(keep(text)).first;
  }

  [[nodiscard]] std::string place(int line) const {
    return name_ + ", line " + std::to_string(line);
  }

  [[nodiscard]] std::unexpected<Error> bad(int line, std::string_view why) const {
    return fail(Errc::bad_xml, std::string(why), place(line));
  }

  // The parser itself is some hundred octets ahead, but a node counts lines no further than this.
  int line_of(xmlTextReader* reader) const {
    constexpr long kLinesMax = 65'535;
    const xmlNode* node = xml_.current_node(reader);
    const long line = node == nullptr ? 0 : xml_.line_of_node(node);
    return line > 0 && line < kLinesMax ? static_cast<int>(line) : xml_.parser_line(reader);
  }

  struct Open {
    XmlNode* node;
    XmlNode* last;
  };

  const LibxmlFunctions& xml_;
  const std::string& name_;
  const XmlLimits& limits_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  XmlDocument document_;
  std::vector<Open> open_;
  std::unordered_set<std::string_view> names_;
};

std::optional<std::string_view> XmlNode::find(std::string_view attribute,
                                              std::string_view of) const {
  for (std::uint32_t i = 0; i < attribute_count; ++i) {
    if (attributes[i].name == attribute && attributes[i].ns == of) {
      return attributes[i].value;
    }
  }
  return std::nullopt;
}

std::string_view XmlNode::get(std::string_view attribute, std::string_view otherwise) const {
  return find(attribute).value_or(otherwise);
}

const XmlNode* XmlNode::child(std::string_view local_name) const {
  const XmlNode* node = first();
  while (node != nullptr && node->name != local_name) {
    node = node->after();
  }
  return node;
}

std::string XmlNode::all_text() const {
  std::string all(text);
  // Deep first without recursion: the depth of a document is bounded, but not small.
  const XmlNode* node = first_child;
  while (node != nullptr) {
    all += node->text;
    if (node->first_child != nullptr) {
      node = node->first_child;
      continue;
    }
    while (node != this && node->next == nullptr) {
      node = node->parent;
    }
    node = node == this ? nullptr : node->next;
  }
  return all;
}

const XmlNode* XmlNode::first() const {
  const XmlNode* node = first_child;
  while (node != nullptr && node->is_text()) {
    node = node->next;
  }
  return node;
}

const XmlNode* XmlNode::after() const {
  const XmlNode* node = next;
  while (node != nullptr && node->is_text()) {
    node = node->next;
  }
  return node;
}

Result<XmlDocument> XmlDocument::parse(BytesView bytes,
                                       const std::string& name,
                                       const XmlLimits& limits) {
  TWOSEAL_TRY(const LibxmlFunctions* xml, libxml());
  return XmlBuilder(*xml, name, limits).build(bytes);
}

namespace {

// Behind the end of what begins at `at` and is no tag: comments, quoted sections, instructions;
// `at` when it is a tag.
std::size_t behind_no_tag(std::string_view text, std::size_t at) {
  struct Piece {
    std::string_view begin;
    std::string_view end;
  };

  constexpr Piece kPieces[] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};
  for (const Piece& piece : kPieces) {
    if (text.substr(at).starts_with(piece.begin)) {
      const std::size_t end = text.find(piece.end, at + piece.begin.size());
      return end == std::string_view::npos ? text.size() : end + piece.end.size();
    }
  }
  return at;
}

}  // namespace

bool has_sane_tags(BytesView bytes, std::size_t max) {
  const std::string_view text = bytes;
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
    const std::size_t behind = behind_no_tag(text, at);
    if (behind != at) {
      at = behind;
      continue;
    }
    std::size_t values = 0;
    std::size_t end = at + 1;
    while (end < text.size() && text[end] != '>') {
      const char c = text[end];
      const bool quote = c == '"' || c == '\'';
      if (quote && ++values > max) {
        return false;
      }
      end = quote ? text.find(c, end + 1) : end;
      end = end == std::string_view::npos ? text.size() : end + 1;
    }
    at = end;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace twoseal::scap
