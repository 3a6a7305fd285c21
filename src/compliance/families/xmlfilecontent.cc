// xmlfilecontent: what an XPath expression finds in XML files.
#include "compliance/families/family.h"
#include "compliance/libxml.h"
#include "compliance/xml.h"

namespace twoseal::scap {
namespace {

// The tree of a document takes some forty times as much as its text.
constexpr std::size_t kXmlMax = std::size_t{4} << 20U;
constexpr std::size_t kAttributesMax = 1'000;  // of one element
constexpr int kOperationsMax = 10'000'000;     // of one expression

struct FreeDocument {
  const LibxmlFunctions* xml;

  void operator()(xmlDoc* document) const { xml->free_document(document); }
};

struct FreeContext {
  const LibxmlFunctions* xml;

  void operator()(xmlXPathContext* context) const { xml->free_xpath_context(context); }
};

struct FreeObject {
  const LibxmlFunctions* xml;

  void operator()(xmlXPathObject* object) const { xml->free_xpath_object(object); }
};

void be_silent(void* /*context*/, xmlErrorPtr /*error*/) {}

class XmlVisitor : public CollectingVisitor {
 public:
  using CollectingVisitor::CollectingVisitor;

  void visit(WalkedFile& file) override {
    const Bytes* content = content_of(file);
    if (content == nullptr) {
      return;
    }
    const Matcher* xpath = query().find(EntityName::xpath);
    if (xpath == nullptr) {
      miss(Flag::error, "the object has no xpath");
      return;
    }
    if (content->size() > kXmlMax) {
      miss(Flag::error, file.full_path() + " is too large for XML to be looked up in");
      return;
    }
    if (!has_sane_tags(*content, kAttributesMax)) {
      miss(Flag::error, file.full_path() + " has an element with too many attributes");
      return;
    }
    const auto xml = libxml();
    if (!xml) {
      miss(Flag::error, xml.error().what);
      return;
    }
    xml_ = *xml;
    xml_->set_error_handler(nullptr, be_silent);
    const std::unique_ptr<xmlDoc, FreeDocument> document(
        xml_->read_memory(content->data(),
                          static_cast<int>(content->size()),
                          nullptr,
                          nullptr,
                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING),
        FreeDocument{xml_});
    if (document == nullptr) {
      miss(Flag::error, file.full_path() + " is no XML");
      return;
    }
    // What is not put in for an entity was not read.
    if (document->intSubset != nullptr && document->intSubset->entities != nullptr) {
      miss(Flag::error, file.full_path() + " has entities of its own");
      return;
    }
    for (const Wanted& wanted : xpath->wanted()) {
      look_up(file, *document, wanted.text);
    }
  }

 private:
  void look_up(WalkedFile& file, xmlDoc& document, const std::string& expression) {
    const std::unique_ptr<xmlXPathContext, FreeContext> context(xml_->new_xpath_context(&document),
                                                                FreeContext{xml_});
    context->opLimit = kOperationsMax;
    const std::unique_ptr<xmlXPathObject, FreeObject> found(
        xml_->evaluate_xpath(reinterpret_cast<const xmlChar*>(expression.c_str()), context.get()),
        FreeObject{xml_});
    if (found == nullptr) {
      miss(Flag::error, "'" + expression + "' cannot be evaluated in " + file.full_path());
      return;
    }
    if (found->type == XPATH_NODESET && xmlXPathNodeSetIsEmpty(found->nodesetval)) {
      return;
    }
    StoredItem item(Family::xmlfilecontent);
    add_place(file, item);
    item.add(EntityName::xpath, expression);
    add_values(*found, item);
    collection().add(item);
  }

  void add_values(const xmlXPathObject& found, StoredItem& item) const {
    switch (found.type) {
      case XPATH_NODESET:
        add_nodes(found, item);
        break;
      case XPATH_BOOLEAN: {
        ItemValue value = ItemValue::of_boolean(found.boolval != 0);
        item.add(EntityName::value_of, std::move(value));
        break;
      }
      default: {
        xmlXPathObject copy = found;
        ItemValue value = ItemValue::of(text_of(xml_->xpath_as_string(&copy)));
        value.datatype = found.type == XPATH_NUMBER ? Datatype::floating : Datatype::string;
        item.add(EntityName::value_of, std::move(value));
      }
    }
  }

  // Elements themselves have no value; their texts and attributes have.
  void add_nodes(const xmlXPathObject& found, StoredItem& item) const {
    for (int i = 0; i < found.nodesetval->nodeNr; ++i) {
      xmlNode* node = found.nodesetval->nodeTab[i];
      if (node->type == XML_ATTRIBUTE_NODE || node->type == XML_TEXT_NODE) {
        item.add(EntityName::value_of, text_of(xml_->content_of_node(node)));
      }
    }
  }

  [[nodiscard]] std::string text_of(xmlChar* text) const {
    std::string copy = text == nullptr ? "" : reinterpret_cast<const char*>(text);
    if (text != nullptr) {
      (*xml_->free)(text);
    }
    return copy;
  }

  const LibxmlFunctions* xml_ = nullptr;  // once there was a file
};

}  // namespace

std::unique_ptr<FileVisitor> visit_xmlfilecontent(const InspectedHost& /*host*/,
                                                  const ObjectQuery& query,
                                                  Collection& to) {
  return std::make_unique<XmlVisitor>(query, to);
}

}  // namespace twoseal::scap
