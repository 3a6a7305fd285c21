// From XML files to Content.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "compliance/content/content.h"

namespace twoseal::scap {

/// A file by its name, as others refer to it.
struct SourceFile {
  std::string name;
  Bytes bytes;
};

/// Compiles a data stream collection, or a benchmark, or an OVAL document. `others`: what it refers
/// to by name (OVAL documents, dictionaries), for content that is not one data stream. An OVAL
/// document alone becomes content without benchmarks.
///
/// Errc::bad_xml, Errc::bad_content with file and line, Errc::too_large.
[[nodiscard]] Result<Content> compile_content(SourceFile file, std::vector<SourceFile> others = {});

}  // namespace twoseal::scap
