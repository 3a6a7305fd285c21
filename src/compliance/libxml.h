// libxml2, loaded when it is first needed: only who reads XML pays for it, and not each start of
// the agent.
#pragma once

#include <libxml/xmlreader.h>
#include <libxml/xpath.h>

#include "base/result.h"

namespace twoseal::scap {

/// The functions that are used, as the library's own headers declare them.
struct LibxmlFunctions {
  decltype(&::xmlReaderForMemory) reader_for_memory;
  decltype(&::xmlFreeTextReader) free_reader;
  decltype(&::xmlTextReaderSetStructuredErrorHandler) set_reader_error_handler;
  decltype(&::xmlTextReaderRead) read;
  decltype(&::xmlTextReaderNodeType) node_type;
  decltype(&::xmlTextReaderIsEmptyElement) is_empty_element;
  decltype(&::xmlTextReaderConstNamespaceUri) namespace_uri;
  decltype(&::xmlTextReaderConstLocalName) local_name;
  decltype(&::xmlTextReaderConstValue) value;
  decltype(&::xmlTextReaderAttributeCount) attribute_count;
  decltype(&::xmlTextReaderMoveToNextAttribute) to_next_attribute;
  decltype(&::xmlTextReaderIsNamespaceDecl) is_namespace_declaration;
  decltype(&::xmlTextReaderMoveToElement) to_element;
  decltype(&::xmlTextReaderCurrentNode) current_node;
  decltype(&::xmlTextReaderGetParserLineNumber) parser_line;
  decltype(&::xmlGetLineNo) line_of_node;
  decltype(&::xmlReadMemory) read_memory;
  decltype(&::xmlFreeDoc) free_document;
  decltype(&::xmlSetStructuredErrorFunc) set_error_handler;
  decltype(&::xmlNodeGetContent) content_of_node;
  decltype(&::xmlXPathNewContext) new_xpath_context;
  decltype(&::xmlXPathFreeContext) free_xpath_context;
  decltype(&::xmlXPathEvalExpression) evaluate_xpath;
  decltype(&::xmlXPathFreeObject) free_xpath_object;
  decltype(&::xmlXPathCastToString) xpath_as_string;
  decltype(&::xmlFree) free;  ///< the address of a variable: a program may set it
};

/// Errc::library_missing when the library is not there.
[[nodiscard]] Result<const LibxmlFunctions*> libxml();

}  // namespace twoseal::scap
