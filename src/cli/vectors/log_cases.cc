// Steps 7 and 8: the checkpoint, what others had seen of the log, and the entries.
#include "base/encoding.h"
#include "cli/vectors/cases.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"

namespace twoseal::vectors {
namespace {

// The entry of the release is the last one; the approvals are at 10 and 11.
constexpr std::int64_t kSize = 13;
constexpr std::int64_t kSecurityIndex = 10;

void erase_consistency_proofs(Files& files) {
  std::erase_if(files, [](const auto& file) { return file.first.starts_with("proofs/con"); });
}

LogPoint another_branch(std::int64_t size) {
  return {sha256("another branch"), size};
}

void add_checkpoint_cases(CaseList& list) {
  list.refuse_files("l1-no-checkpoint", "no checkpoint", [](Files& files, World&) {
    files.erase("checkpoint.txt");
  });
  list.refuse("l1-checkpoint-by-another-key",
              "a checkpoint signed by a key that is not the log's",
              [](World& w) { w.log_key = "timekeeper"; });
  list.refuse("l1-checkpoint-of-another-log",
              "a checkpoint of another log, signed with the key of this one",
              [](World& w) { w.log_origin = "example.org/twoseal/log2"; });
  list.refuse_files("l1-checkpoint-with-another-size",
                    "a checkpoint whose size was changed after signing",
                    [](Files& files, World&) {
                      Bytes& note = files.at("checkpoint.txt");
                      note.replace(note.find("\n13\n"), 4, "\n12\n");
                    });
  list.refuse_files("l1-checkpoint-without-signature",
                    "a checkpoint that nobody signed",
                    [](Files& files, World&) {
                      Bytes& note = files.at("checkpoint.txt");
                      note.resize(note.find("\n\n") + 2);
                    });
  list.refuse_files("l1-checkpoint-cut-off", "half a checkpoint", [](Files& files, World&) {
    Bytes& note = files.at("checkpoint.txt");
    note.resize(note.size() / 2);
  });
  list.refuse_files("l1-checkpoint-extended",
                    "a checkpoint with a further line that was not signed",
                    [](Files& files, World&) {
                      Bytes& note = files.at("checkpoint.txt");
                      note.insert(note.find("\n\n") + 1, "extension\n");
                    });
  list.permit_files("permit-unknown-cosignature",
                    "a line by a key that the roster does not know is ignored",
                    [](Files& files, World&) {
                      files.at("checkpoint.txt") +=
                          "\xE2\x80\x94 witness.example " + base64_encode(Bytes(68, 'w')) + "\n";
                    });
  list.refuse("l2-witness-needed",
              "the roster asks for a cosignature, which release 1 cannot check",
              [](World& w) { w.rosters[0].witness_min = 1; });
  list.refuse("l1-another-key-where-witnesses-are-needed",
              "a checkpoint by another key, under a roster that asks for a cosignature",
              [](World& w) {
                w.rosters[0].witness_min = 1;
                w.log_key = "timekeeper";
              });
  list.refuse(
      "l2-forged-cosignature",
      "the roster asks for a cosignature, and somebody made one up",
      [](World& w) { w.rosters[0].witness_min = 1; },
      [](Files& files, World&) {
        files.at("checkpoint.txt") +=
            "\xE2\x80\x94 witness.example " + base64_encode(Bytes(76, 'w')) + "\n";
      });
}

void add_growth_cases(CaseList& list) {
  list.refuse("f2-log-rewound",
              "the host has seen more entries than the checkpoint has",
              [](World& w) { w.agent.checkpoint = another_branch(kSize + 1); });
  list.refuse("f2-log-shorter-than-fresh",
              "the timekeeper has seen more entries than the checkpoint has",
              [](World& w) { w.fresh.log = another_branch(kSize + 1); });
  list.refuse("l3-two-roots-of-one-size",
              "the host remembers another root of the same size",
              [](World& w) { w.agent.checkpoint = another_branch(kSize); });
  list.refuse("l3-split-view", "the log is not the one that the host saw grow", [](World& w) {
    w.agent.checkpoint = another_branch(9);
  });
  list.refuse("l3-another-empty-log", "the host remembers an empty log with a root", [](World& w) {
    w.agent.checkpoint = another_branch(0);
  });
  list.refuse_files("l3-no-consistency-proof",
                    "no proof that the log continues what the host has seen",
                    [](Files& files, World&) { erase_consistency_proofs(files); });
  list.refuse_files("l3-forged-consistency-proof",
                    "a consistency proof with another digest in its path",
                    [](Files& files, World&) {
                      const std::string path = "proofs/consistency-9-13.json";
                      edit_file<ConsistencyProof>(
                          files, path, [](auto& proof) { proof.path.at(0) = sha256("x"); });
                    });
  list.permit("permit-empty-log-remembered",
              "the host has seen the log when it was empty, which needs no proof",
              [](World& w) { w.agent.checkpoint = LogPoint{empty_root(), 0}; });
  list.permit_files("permit-same-checkpoint-remembered",
                    "the host has seen this very checkpoint, which needs no proof",
                    [](Files& files, World& w) {
                      edit_file<AgentState>(files, "state.json", [&](AgentState& state) {
                        state.checkpoint = w.point(kSize);
                      });
                    });
  list.refuse("l5-fresh-of-another-branch",
              "the timekeeper has seen another branch of the log",
              [](World& w) { w.fresh.log = another_branch(9); });
  list.refuse("l5-fresh-with-another-root",
              "the timekeeper has seen another root of the same size",
              [](World& w) { w.fresh.log = another_branch(kSize); });
  list.refuse("l5-signer-of-another-branch",
              "an approver has seen another branch of the log",
              [](World& w) { w.signing("security").seen = another_branch(9); });
  list.refuse("l5-host-of-another-branch",
              "a host that reported has seen another branch of the log",
              [](World& w) {
                make_second_phase(w);
                w.signing("result-0").seen = another_branch(9);
              });
  list.refuse(
      "l5-no-consistency-proof",
      "no proof that the log continues what signers have seen",
      [](World& w) { w.remembers = false; },
      [](Files& files, World&) { erase_consistency_proofs(files); });
  list.permit("permit-fork-claimed-by-invalid-statement",
              "a statement that is not valid cannot claim a fork",
              [](World& w) {
                w.roster_key("noor").compromised = true;
                Signing& extra = add_like(w, "engineering", "extra");
                extra.key = "noor";
                extra.seen = another_branch(9);
              });
}

void add_entry_cases(CaseList& list) {
  for (const std::string label : {"author", "security", "release"}) {
    list.refuse_files("l4-no-proof-of-" + label,
                      "no proof that the " + label + " statement is in the log",
                      [label](Files& files, World& w) { files.erase(proof_path(w, label)); });
  }
  list.refuse("l4-approval-not-in-log", "an approval that was never recorded", [](World& w) {
    w.signing("security").in_log = false;
  });
  list.refuse("l4-named-approval-of-another-change",
              "the release names an approval of another change, which is not in the log",
              [](World& w) {
                w.signing("engineering").obj = sha256("another change");
                w.signing("engineering").in_log = false;
              });
  list.refuse("l4-approval-recorded-after-release",
              "an approval that was recorded behind the release that names it",
              [](World& w) { w.signing("security").late = true; });
  list.refuse_files(
      "l4-proof-of-another-entry", "the proof of another approval", [](Files& files, World& w) {
        files.at(proof_path(w, "security")) = files.at(proof_path(w, "engineering"));
      });
  const auto forged = [&](std::string name, std::string summary, auto edit) {
    list.refuse_files(std::move(name), std::move(summary), [edit](Files& files, World& w) {
      edit_file<InclusionProof>(files, proof_path(w, "security"), edit);
    });
  };
  forged("l4-forged-path", "a proof with another digest in its path", [](InclusionProof& proof) {
    proof.path.at(0) = sha256("x");
  });
  forged("l4-path-too-short", "a proof whose path lacks its end", [](InclusionProof& proof) {
    proof.path.pop_back();
  });
  forged("l4-path-too-long", "a proof whose path goes on", [](InclusionProof& proof) {
    proof.path.push_back(sha256("x"));
  });
  forged("l4-wrong-index", "a proof for the place behind", [](InclusionProof& proof) {
    proof.index += 1;
  });
  forged("l4-index-beyond-log", "a proof for a place that the log does not have", [](auto& proof) {
    proof.index = proof.size;
  });
  forged("l4-proof-for-another-size", "a proof for a smaller log", [](InclusionProof& proof) {
    proof.size -= 1;
  });
  forged("l4-entry-edited", "an entry that was edited after it was recorded", [](auto& proof) {
    auto entry = codec::decode<LedgerEntry>(proof.entry).value();
    entry.at += 1;
    proof.entry = codec::encode(entry);
  });
  const auto recorded = [](const std::string& label, auto edit) {
    return [label, edit](World& w) { edit_object<LedgerEntry>(w, "entry:" + label, edit); };
  };
  list.refuse("l4-entry-with-another-number",
              "an entry that says to stand at another place",
              recorded("security", [](LedgerEntry& entry) { entry.seq += 1; }));
  list.refuse("l4-entry-of-another-org",
              "an entry of another organisation",
              recorded("security", [](LedgerEntry& entry) { entry.org = sha256("x"); }));
  list.refuse("l4-entry-of-another-statement",
              "an entry that records another statement",
              recorded("security", [](LedgerEntry& entry) { entry.stmt = sha256("x"); }));
  list.refuse("s2-entry-by-another",
              "an approval recorded as somebody else's",
              recorded("security", [](LedgerEntry& entry) { entry.by = actor("p:mia"); }));
  list.refuse("s2-entry-about-another",
              "an approval recorded for another change",
              recorded("security", [](LedgerEntry& entry) { entry.obj = sha256("x"); }));
  list.refuse("s2-entry-of-another-event",
              "an approval recorded as a rejection",
              recorded("security", [](LedgerEntry& entry) { entry.ev = Event::rejected; }));
  list.refuse("s1-entry-of-another-event",
              "an author statement recorded as a comment",
              recorded("author", [](LedgerEntry& entry) { entry.ev = Event::comment; }));
  list.refuse("s5-entry-of-another-event",
              "a release recorded as a stop",
              recorded("release", [](LedgerEntry& entry) {
                entry.ev = Event::stopped;
                entry.phase.reset();
                entry.stmts.reset();
              }));
}

void add_time_cases(CaseList& list) {
  list.refuse("s2-seen-beyond-index",
              "an approval that has seen more than stood in the log before it",
              [](World& w) { w.signing("security").seen = another_branch(kSecurityIndex + 1); });
  list.permit("permit-seen-up-to-index",
              "an approval that has seen everything that stood in the log before it",
              [](World& w) { w.signing("security").seen_size = kSecurityIndex; });
  const auto dated = [](UnixSeconds at, UnixSeconds entry_at) {
    return [=](World& w) {
      w.signing("security").at = at;
      w.signing("security").entry_at = entry_at;
    };
  };
  constexpr UnixSeconds kDay = 86'400;
  list.refuse("s2-recorded-too-late",
              "an approval recorded a day and a second after its date",
              dated(kNow - kDay, kNow + 1));
  list.permit("permit-recorded-a-day-later",
              "an approval recorded a day after its date",
              dated(kNow - kDay, kNow));
  list.refuse("s2-recorded-too-early",
              "an approval dated 301 seconds after its entry",
              dated(kNow + 361, kNow + 60));
  list.permit("permit-recorded-early",
              "an approval dated 300 seconds after its entry",
              dated(kNow + 360, kNow + 60));
  // Now is kNow + 600.
  list.refuse("s2-dated-in-the-future",
              "an approval dated 301 seconds after now",
              dated(kNow + 901, kNow + 901));
  list.permit("permit-dated-a-little-ahead",
              "an approval dated 300 seconds after now",
              dated(kNow + 900, kNow + 900));
}

}  // namespace

void add_log_cases(CaseList& list) {
  add_checkpoint_cases(list);
  add_growth_cases(list);
  add_entry_cases(list);
  add_time_cases(list);
}

}  // namespace twoseal::vectors
