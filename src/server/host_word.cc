#include "server/host_word.h"

#include "crypto/hash.h"
#include "policy/host_word.h"
#include "workflow/recording.h"

namespace twoseal::server {

Result<BytesView> file_in(const codec::ArchiveFiles& files, std::string_view name) {
  const auto found = files.find(name);
  return found != files.end() ? Result<BytesView>(found->second)
                              : fail(Errc::bad_field, "the archive has no " + std::string(name));
}

Result<void> check_host_word(
    const Caller& caller, ObjType type, BytesView object, BytesView record, UnixSeconds now) {
  TWOSEAL_TRY(const SignedStatement source, parse_record(record, "record.json"));
  return twoseal::check_host_word(
      *caller.documents->host(*caller.host)->assignment, type, sha256(object), source, now);
}

}  // namespace twoseal::server
