#include "authoring/label.h"

#include <algorithm>
#include <iterator>

namespace twoseal::authoring {

bool is_label_key(std::string_view key) {
  constexpr std::size_t kKeyMax = 128;
  constexpr std::string_view kCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_.:/-";
  constexpr std::string_view kFields[] = {"component", "data_class", "env", "group", "name"};
  return !key.empty() && key.size() <= kKeyMax &&
         key.find_first_not_of(kCharacters) == std::string_view::npos &&
         std::find(std::begin(kFields), std::end(kFields), key) == std::end(kFields);
}

bool is_selectable(std::string_view value) {
  constexpr std::size_t kValueMax = 256;
  constexpr std::string_view kCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/+@-";
  return !value.empty() && value.size() <= kValueMax &&
         value.find_first_not_of(kCharacters) == std::string_view::npos;
}

}  // namespace twoseal::authoring
