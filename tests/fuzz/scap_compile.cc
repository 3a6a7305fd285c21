// SCAP content as XML: whatever stands in it, it is refused, or its compiled form reads back and is
// written the same again.
#include "base/check.h"
#include "compliance/content/compiled.h"
#include "compliance/content/compiler.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes text(reinterpret_cast<const char*>(data), size);
  // The document beside it is itself, so that every reference may lead somewhere.
  const auto content = scap::compile_content({"a.xml", text}, {{"b.xml", text}});
  if (!content) {
    check(!content.error().what.empty(), "an error says something");
    return 0;
  }
  const Bytes bytes = scap::encode_content(*content);
  const auto read = scap::decode_content(bytes);
  check(read.has_value(), "what was compiled is accepted");
  check(scap::encode_content(*read) == bytes, "what was read is written the same");
  return 0;
}
