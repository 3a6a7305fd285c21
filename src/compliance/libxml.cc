#include "compliance/libxml.h"

#include <optional>

#include "base/os_library.h"

namespace twoseal::scap {
namespace {

constexpr const char* kLibrary = "libxml2.so.2";

std::optional<LibxmlFunctions> load_functions() {
  const SharedLibrary library(kLibrary);
  LibxmlFunctions all = {};
  const bool complete =
      library.load("xmlReaderForMemory", all.reader_for_memory) &&
      library.load("xmlFreeTextReader", all.free_reader) &&
      library.load("xmlTextReaderSetStructuredErrorHandler", all.set_reader_error_handler) &&
      library.load("xmlTextReaderRead", all.read) &&
      library.load("xmlTextReaderNodeType", all.node_type) &&
      library.load("xmlTextReaderIsEmptyElement", all.is_empty_element) &&
      library.load("xmlTextReaderConstNamespaceUri", all.namespace_uri) &&
      library.load("xmlTextReaderConstLocalName", all.local_name) &&
      library.load("xmlTextReaderConstValue", all.value) &&
      library.load("xmlTextReaderAttributeCount", all.attribute_count) &&
      library.load("xmlTextReaderMoveToNextAttribute", all.to_next_attribute) &&
      library.load("xmlTextReaderIsNamespaceDecl", all.is_namespace_declaration) &&
      library.load("xmlTextReaderMoveToElement", all.to_element) &&
      library.load("xmlTextReaderCurrentNode", all.current_node) &&
      library.load("xmlTextReaderGetParserLineNumber", all.parser_line) &&
      library.load("xmlGetLineNo", all.line_of_node) &&
      library.load("xmlReadMemory", all.read_memory) &&
      library.load("xmlFreeDoc", all.free_document) &&
      library.load("xmlSetStructuredErrorFunc", all.set_error_handler) &&
      library.load("xmlNodeGetContent", all.content_of_node) &&
      library.load("xmlXPathNewContext", all.new_xpath_context) &&
      library.load("xmlXPathFreeContext", all.free_xpath_context) &&
      library.load("xmlXPathEvalExpression", all.evaluate_xpath) &&
      library.load("xmlXPathFreeObject", all.free_xpath_object) &&
      library.load("xmlXPathCastToString", all.xpath_as_string) &&
      library.load("xmlFree", all.free);
  return complete ? std::optional(all) : std::nullopt;
}

}  // namespace

Result<const LibxmlFunctions*> libxml() {
  static const std::optional<LibxmlFunctions> kFunctions = load_functions();
  if (!kFunctions) {
    return fail(Errc::library_missing, std::string(kLibrary) + " is not there");
  }
  return &*kFunctions;
}

}  // namespace twoseal::scap
