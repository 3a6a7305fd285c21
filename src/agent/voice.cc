#include "agent/voice.h"

#include "codec/objects.h"
#include "crypto/hash.h"

namespace twoseal {

Bytes HostVoice::say(ObjType type,
                     BytesView object,
                     UnixSeconds at,
                     std::int64_t roster,
                     const LogPoint& seen) const {
  Statement statement;
  statement.act = Act::sign;
  statement.at = at;
  statement.by = ActorId::parse(host_.text()).value();
  statement.key = key_.public_key().id();
  statement.obj = sha256(object);
  statement.obj_type = type;
  statement.org = org_;
  statement.roster = roster;
  statement.seen = seen;
  SignatureRecord record;
  record.kind = RecordKind::sshsig;
  record.statement = codec::encode(statement);
  record.armor = key_.sign_sshsig(signature_namespace(Act::sign), record.statement);
  return codec::encode(record);
}

}  // namespace twoseal
