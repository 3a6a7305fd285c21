// What a host signed outside the log: answers to requests for plans, and reports.
#pragma once

#include "codec/archive.h"
#include "server/caller.h"

namespace twoseal::server {

/// The file `name` of an archive that a host sent. Errc::bad_field.
[[nodiscard]] Result<BytesView> file_in(const codec::ArchiveFiles& files, std::string_view name);

/// Checks that `record` is the caller's own `sign` over `object`, with its identity key, in this
/// organisation, dated within a day. Errc::not_allowed for the word of another host;
/// Errc::refuse_b2; Errc::bad_signature.
[[nodiscard]] Result<void> check_host_word(
    const Caller& caller, ObjType type, BytesView object, BytesView record, UnixSeconds now);

}  // namespace twoseal::server
