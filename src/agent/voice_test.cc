#include "agent/voice.h"

#include <doctest/doctest.h>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "policy/statements.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("a host signs what it says, about exactly these bytes, under its identity") {
  const PrivateKey key = PrivateKey::from_seed(sha256("identity").bytes());
  const HostId host = HostId::parse("h:" + key.public_key().id().text()).value();
  const HostVoice voice(host, sha256("org"), PrivateKey::from_seed(key.secret()));
  CHECK(voice.host() == host);
  CHECK(voice.org() == sha256("org"));
  const LogPoint seen{sha256("root"), 12};
  const Bytes bytes = voice.say(ObjType::result, "{}", 1'000, 3, seen);
  const auto record = codec::decode<SignatureRecord>(bytes, bytes.size()).value();
  const auto said = codec::decode<Statement>(record.statement, record.statement.size()).value();
  CHECK(said.act == Act::sign);
  CHECK(said.at == 1'000);
  CHECK(said.by.text() == host.text());
  CHECK(said.key == key.public_key().id());
  CHECK(said.obj == sha256("{}"));
  CHECK(said.obj_type == ObjType::result);
  CHECK(said.org == sha256("org"));
  CHECK(said.role.empty());
  CHECK(said.roster == 3);
  CHECK(said.seen == seen);
  const SignedStatement source{sha256(record.statement), said, record};
  CHECK(verify_record(source, key.public_key(), nullptr, nullptr).has_value());
  const PrivateKey other = PrivateKey::from_seed(sha256("another").bytes());
  CHECK_FALSE(verify_record(source, other.public_key(), nullptr, nullptr).has_value());
}
