// Field tables of docs/formats/statement.md.
#include "model/statement.h"

#include "codec/tables.h"

namespace twoseal::codec {

template <class V>
void fields(V& v, Statement& x) {
  v("act", x.act);
  v("at", x.at);
  v("by", x.by);
  v("key", x.key);
  v.optional("note", x.note);
  v("obj", x.obj);
  v("obj_type", x.obj_type);
  v("org", x.org);
  v.role_or_empty("role", x.role);
  v.integer("roster", x.roster, 1, kTimeMax);
  v("seen", x.seen);
  v.constant("type", "statement");
  v.constant("v", 1);
}

/// The kind decides which fields follow, and it is not the first of them, so both shapes are tables
/// of their own.
struct SshsigRecord {
  std::string armor;
  Bytes statement;
};

struct WebauthnRecord {
  Bytes auth_data;
  Bytes client_data;
  Bytes signature;
  Bytes statement;
};

inline constexpr Count kStatementBytes{1, limits::kStatementMax};
inline constexpr Count kSignatureBytes{1, 8192};

template <class V>
void fields(V& v, SshsigRecord& x) {
  v.text("armor", x.armor, kSignatureBytes);
  v.constant("kind", "sshsig");
  v.base64("stmt", x.statement, kStatementBytes);
}

template <class V>
void fields(V& v, WebauthnRecord& x) {
  v.base64("auth_data", x.auth_data, kSignatureBytes);
  v.base64("client_data", x.client_data, kSignatureBytes);
  v.constant("kind", "webauthn");
  v.base64("sig", x.signature, kSignatureBytes);
  v.base64("stmt", x.statement, kStatementBytes);
}

TWOSEAL_CODEC(Statement, "statement");

template <>
Result<SignatureRecord> decode<SignatureRecord>(BytesView bytes, std::size_t size_max) {
  SignatureRecord record;
  if (peek_text(bytes, "kind") == enum_name(RecordKind::webauthn)) {
    TWOSEAL_TRY(auto read, decode_with_table<WebauthnRecord>(bytes, "record", size_max));
    record.kind = RecordKind::webauthn;
    record.auth_data = std::move(read.auth_data);
    record.client_data = std::move(read.client_data);
    record.signature = std::move(read.signature);
    record.statement = std::move(read.statement);
    return record;
  }
  TWOSEAL_TRY(auto read, decode_with_table<SshsigRecord>(bytes, "record", size_max));
  record.armor = std::move(read.armor);
  record.statement = std::move(read.statement);
  return record;
}

template <>
Bytes encode<SignatureRecord>(const SignatureRecord& object) {
  if (object.kind == RecordKind::webauthn) {
    return encode_with_table(
        WebauthnRecord{object.auth_data, object.client_data, object.signature, object.statement});
  }
  return encode_with_table(SshsigRecord{object.armor, object.statement});
}

}  // namespace twoseal::codec
