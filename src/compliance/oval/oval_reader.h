// An OVAL definitions document (5.10, 5.11), read from XML.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "compliance/oval/definitions.h"
#include "compliance/text_arena.h"
#include "compliance/xml.h"

namespace twoseal::scap {

/// Reads `root`, an `oval_definitions` element. Texts of the result point into the XML document or
/// into `texts`, both of which must outlive it. `name`: what others call this document.
/// `issues`: gets a line for each thing that was not understood, with id and line; what depends on
/// it is judged as an error or as not evaluated, never as a pass.
///
/// Errc::bad_content with the line for an element that is no OVAL, two things of one id, or a value
/// that the language does not have; Errc::too_large when criteria, sets or functions are nested
/// deeper than 64.
[[nodiscard]] Result<OvalDocument> read_oval(const XmlNode& root,
                                             std::string_view name,
                                             TextArena& texts,
                                             std::vector<std::string>& issues);

}  // namespace twoseal::scap
