// Files of accounts as the C library reads them: /etc/passwd, /etc/shadow. It takes more than one
// would think (too few fields, numbers with a sign, the old form of shadow), and what it takes can
// log in.
#pragma once

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "compliance/families/query.h"

namespace twoseal::scap {

/// Fields that are not there at all are nullptr.
[[nodiscard]] inline std::string_view text_or_empty(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

/// The content of the file; empty when it is absent, nothing when an error was noted.
[[nodiscard]] std::optional<Bytes> account_text(const InspectedHost& host,
                                                const std::string& path,
                                                Collection& to);

/// Every account of the file through `take(entry)`. `get`: fgetpwent_r(3) or its like. Errors are
/// noted to `to`.
template <class Entry, class Take>
void each_account(const InspectedHost& host,
                  const std::string& path,
                  int (*get)(FILE*, Entry*, char*, std::size_t, Entry**),
                  Collection& to,
                  Take take) {
  const std::optional<Bytes> text = account_text(host, path, to);
  if (!text || text->empty()) {
    return;
  }
  std::string whole(*text);  // fmemopen() takes what can be written to
  const std::unique_ptr<FILE, int (*)(FILE*)> file(::fmemopen(whole.data(), whole.size(), "r"),
                                                   ::fclose);
  // No line is longer than all of them.
  std::string buffer(whole.size() + 4096, '\0');
  int result = file == nullptr ? ENOMEM : 0;
  while (result == 0) {
    Entry entry = {};
    Entry* found = nullptr;
    result = get(file.get(), &entry, buffer.data(), buffer.size(), &found);
    if (result == 0 && found != nullptr) {
      take(entry);
    }
  }
  if (result != ENOENT) {  // ENOENT: the end
    to.note(Flag::error, path + " cannot be read to its end");
  }
}

}  // namespace twoseal::scap
