#include "compliance/families/account_file.h"

namespace twoseal::scap {

std::optional<Bytes> account_text(const InspectedHost& host,
                                  const std::string& path,
                                  Collection& to) {
  constexpr std::size_t kSizeMax = std::size_t{64} << 20U;
  auto text = host.files->read(path, kSizeMax);
  if (!text) {
    to.note(Flag::error, text.error().what);
    return std::nullopt;
  }
  return std::move(*text).value_or(Bytes());
}

}  // namespace twoseal::scap
