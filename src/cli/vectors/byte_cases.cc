// Step 2: canonical bytes, closed tables, known files, one organisation.
#include "base/encoding.h"
#include "cli/vectors/cases.h"
#include "codec/objects.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

// Replaces the first occurrence in a file.
CaseList::FileEdit in_file(std::string path, std::string_view from, std::string_view to) {
  return [path = std::move(path), from = std::string(from), to = std::string(to)](Files& files,
                                                                                  World&) {
    Bytes& bytes = files.at(path);
    bytes.replace(bytes.find(from), from.size(), to);
  };
}

std::string deep(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) {
    text += "{\"a\":";
  }
  return text + "1" + std::string(depth, '}');
}

void add_canonical_cases(CaseList& list) {
  list.refuse_files(
      "b1-white-space", "a blank behind a colon", in_file("change.json", ":\"", ": \""));
  list.refuse_files("b1-trailing-newline", "a line feed at the end", [](Files& files, World&) {
    files.at("change.json") += "\n";
  });
  list.refuse_files("b1-byte-order-mark", "a byte order mark in front", [](Files& files, World&) {
    files.at("policy/1.json").insert(0, "\xEF\xBB\xBF");
  });
  list.refuse_files(
      "b1-key-order",
      "two fields in the wrong order",
      in_file("fresh.json", "\"type\":\"fresh\",\"v\":1", "\"v\":1,\"type\":\"fresh\""));
  list.refuse_files(
      "b1-duplicate-key", "a field twice", in_file("change.json", "\"v\":1", "\"v\":1,\"v\":1"));
  list.refuse_files("b1-float",
                    "a number with a fraction",
                    in_file("policy/1.json", "\"version\":1", "\"version\":1.0"));
  list.refuse_files("b1-exponent",
                    "a number with an exponent",
                    in_file("policy/1.json", "\"version\":1", "\"version\":1e0"));
  list.refuse_files("b1-huge-integer",
                    "a number of 2^53",
                    in_file("fresh.json", "\"ttl\":86400", "\"ttl\":9007199254740992"));
  list.refuse_files("b1-minus-zero",
                    "a number -0",
                    in_file("policy/1.json", "\"min_local\":0", "\"min_local\":-0"));
  list.refuse_files("b1-leading-zero",
                    "a number with a leading zero",
                    in_file("policy/1.json", "\"version\":1", "\"version\":01"));
  list.refuse_files(
      "b1-escape", "an escape that is not needed", in_file("change.json", "Greet", "\\u0047reet"));
  list.refuse_files(
      "b1-lone-surrogate", "half of a surrogate pair", in_file("change.json", "Greet", "\\ud800"));
  list.refuse_files("b1-invalid-utf8",
                    "a byte that no UTF-8 text has",
                    in_file("change.json", "Greet", "\xFFreet"));
  list.refuse_files("b1-control-character",
                    "a carriage return in a text",
                    in_file("change.json", "Greet", "\rGreet"));
  list.refuse_files(
      "b1-noncharacter", "U+FFFF in a text", in_file("change.json", "Greet", "\xEF\xBF\xBF"));
  list.refuse_files("b1-depth", "nesting of 33", [](Files& files, World&) {
    files.at("change.json") = deep(33);
  });
  list.refuse_files(
      "b1-null",
      "null where a field is optional",
      in_file("change.json", "\"author\":\"p:leo\",", "\"author\":\"p:leo\",\"auto\":null,"));
  list.refuse_files("b1-upper-case-key",
                    "a field name in capitals",
                    in_file("change.json", "\"v\":1", "\"V\":1"));
  list.refuse_files("b1-not-an-object", "a list as the outermost value", [](Files& files, World&) {
    files.at("change.json") = "[]";
  });
  list.refuse_files("b1-empty-file", "a file without a byte", [](Files& files, World&) {
    files.at("roster/1.json").clear();
  });
}

void add_table_cases(CaseList& list) {
  list.refuse_files("b1-unknown-field",
                    "a field that no table has",
                    in_file("change.json", "\"v\":1", "\"v\":1,\"vip\":true"));
  list.refuse_files("b1-missing-field", "a change without rollback", [](Files& files, World&) {
    Bytes& bytes = files.at("change.json");
    const auto begin = bytes.find("\"rollback\"");
    bytes.erase(begin, bytes.find("\"scope\"") - begin);
  });
  list.refuse("b1-service-hides-contributors",
              "a change by a service that does not say who contributed",
              [](World& w) {
                w.change.author = actor("s:ci");
                w.signing("author").key = "ci";
              });
  list.refuse_files(
      "b1-other-version", "an object of version 2", in_file("change.json", "\"v\":1", "\"v\":2"));
  list.refuse_files("b1-other-type",
                    "a policy that calls itself restrictions",
                    in_file("policy/1.json", "\"type\":\"policy\"", "\"type\":\"restrictions\""));
  list.refuse_files("b1-number-as-text",
                    "a text where a number belongs",
                    in_file("fresh.json", "\"ttl\":86400", "\"ttl\":\"86400\""));
  list.refuse_files("b1-bad-base64", "base64 whose unused bits are set", [](Files& files, World&) {
    Bytes& bytes = files.at("change.json");
    const auto end = bytes.find("==\"", bytes.find("\"nonce\":"));
    bytes[end - 1] = bytes[end - 1] == 'B' ? 'C' : 'B';
  });
  list.refuse_files(
      "b1-set-out-of-order",
      "roles out of order",
      in_file(
          "policy/1.json", "[\"devops-lead\",\"it-manager\"]", "[\"it-manager\",\"devops-lead\"]"));
  list.refuse_files("b1-upper-case-digest", "a digest in capitals", [](Files& files, World& world) {
    Bytes& bytes = files.at("change.json");
    const std::string hex = world.digest_of("state").hex();
    std::string upper = hex;
    for (char& c : upper) {
      c = static_cast<char>(c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c);
    }
    bytes.replace(bytes.find(hex), hex.size(), upper);
  });
  list.refuse_files("b1-unknown-file", "a file that no directory has", [](Files& files, World&) {
    files["notes.txt"] = "x";
  });
  list.refuse_files("b1-path-traversal",
                    "a path that leaves the directory",
                    [](Files& files, World&) { files["roster/../roster/2.json"] = "{}"; });
  list.refuse_files("b1-misnamed-version", "policy 1 under the name 2", [](Files& files, World&) {
    files["policy/2.json"] = files.at("policy/1.json");
    files.erase("policy/1.json");
  });
  list.refuse_files(
      "b1-leading-zero-in-name",
      "a version with a leading zero in its name",
      [](Files& files, World&) { files["policy/01.json"] = files.at("policy/1.json"); });
  list.refuse_files("b1-malformed-record",
                    "a signature record that is no record",
                    [](Files& files, World&) { files["statements/x.json"] = "{}"; });
  list.refuse_files(
      "b1-malformed-statement",
      "a record whose statement has an unknown field",
      [](Files& files, World&) {
        auto record = codec::decode<SignatureRecord>(files.at("statements/security.json")).value();
        record.statement.insert(1, "\"aa\":1,");
        files.at("statements/security.json") = codec::encode(record);
      });
  list.refuse_files("b1-statement-twice", "one statement in two files", [](Files& files, World&) {
    files["statements/again.json"] = files.at("statements/security.json");
  });
  list.refuse_files(
      "b1-oversized-record", "a record of more than 64 KiB", [](Files& files, World&) {
        files["statements/x.json"] = "{\"armor\":\"" + std::string(70'000, 'a') + "\"}";
      });
  list.refuse_files(
      "b1-malformed-proof",
      "an inclusion proof with an unknown field",
      [](Files& files, World& world) {
        files.at("proofs/" + world.statement("author").hex() + ".json").insert(1, "\"a\":1,");
      });
  list.refuse_files("b1-malformed-state", "a state.json that is cut off", [](Files& files, World&) {
    files.at("state.json").pop_back();
  });
}

void add_org_cases(CaseList& list) {
  list.refuse("b2-other-org-pinned", "the host belongs to another organisation", [](World& w) {
    w.inputs.org = sha256("another");
  });
  list.refuse("b2-statement-of-other-org",
              "an approval made for another organisation",
              [](World& w) { w.signing("security").org = sha256("another"); });
  const auto other_org = [](const std::string& about) {
    return [about](World& w) {
      w.on_bytes = [about](std::string_view name, Bytes& bytes) {
        if (name == about) {
          const auto at = bytes.find("\"org\":\"sha256:") + 14;
          bytes[at] = bytes[at] == '0' ? '1' : '0';
        }
      };
    };
  };
  list.refuse(
      "b2-second-roster-of-other-org",
      "a second roster of another organisation",
      [](World& w) { add_roster(w); },
      [](Files& files, World&) {
        Bytes& bytes = files.at("roster/2.json");
        auto roster = codec::decode<Roster>(bytes).value();
        roster.org = sha256("x");
        bytes = codec::encode(roster);
      });
  list.refuse("b2-policy-of-other-org", "a policy of another organisation", other_org("policy"));
  list.refuse("b2-restrictions-of-other-org",
              "restrictions of another organisation",
              other_org("restrictions"));
  list.refuse("b2-change-of-other-org", "a change of another organisation", other_org("change"));
  list.refuse(
      "b2-fresh-of-other-org", "a freshness statement of another organisation", other_org("fresh"));
  list.refuse("b2-state-blob-of-other-org", "a state of another organisation", other_org("state"));
  list.refuse("b2-assignment-of-other-org",
              "an assignment of another organisation",
              other_org("assignment:web-01"));
}

}  // namespace

void add_byte_cases(CaseList& list) {
  list.permit("permit-basic", "two approvals, one local, first phase released", [](World&) {});
  add_canonical_cases(list);
  add_table_cases(list);
  add_org_cases(list);
}

}  // namespace twoseal::vectors
