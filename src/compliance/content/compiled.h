// Compiled content: what an agent reads without any XML.
// docs/formats/compiled-content.md gives the bytes.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/os_file.h"
#include "compliance/content/content.h"

namespace twoseal::scap {

/// Changes whenever the bytes do; content of another version is compiled again from its source.
inline constexpr std::uint32_t kCompiledVersion = 3;

/// Above this no compiled content is opened.
inline constexpr std::size_t kCompiledMax = std::size_t{256} << 20U;

/// The bytes of a content. The same content gives the same bytes.
[[nodiscard]] Bytes encode_content(const Content& content);

/// Reads them back. The texts of the result point into `bytes`, which must outlive it.
/// Errc::bad_content when they are not exactly what encode_content() of this version makes of a
/// sound content: another version, a digest that differs, a reference that leads nowhere.
[[nodiscard]] Result<Content> decode_content(BytesView bytes);

/// Reads a file and decodes it; its bytes live as long as the content. They are not mapped: a file
/// that is cut off or changed while it is used would then be seen as it is later, unchecked.
/// Errors of read_file() and decode_content(), with the file in their place.
[[nodiscard]] Result<Content> open_content(const std::string& path);

}  // namespace twoseal::scap
