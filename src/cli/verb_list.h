// The verbs, each defined in the file of its name.
#pragma once

#include "cli/verb.h"

namespace twoseal::cli {

extern const Verb kAgentJoin;         // agent.cc
extern const Verb kAgentRun;          // agent.cc
extern const Verb kAgentSimulate;     // simulate.cc
extern const Verb kApply;             // apply.cc
extern const Verb kApprove;           // review.cc
extern const Verb kCanon;             // canon.cc
extern const Verb kChangeDiff;        // change.cc
extern const Verb kChangeList;        // change.cc
extern const Verb kChangeLogs;        // change.cc
extern const Verb kChangePause;       // change_stop.cc
extern const Verb kChangeRelease;     // release.cc
extern const Verb kChangeResume;      // change_stop.cc
extern const Verb kChangeShow;        // change.cc
extern const Verb kChangeStop;        // change_stop.cc
extern const Verb kChangeWait;        // change.cc
extern const Verb kCheck;             // check.cc
extern const Verb kCompletion;        // completion.cc
extern const Verb kContentAdd;        // content.cc
extern const Verb kContentDiff;       // content.cc
extern const Verb kContentList;       // content.cc
extern const Verb kContentProfiles;   // content.cc
extern const Verb kContentShow;       // content.cc
extern const Verb kDecide;            // decide.cc
extern const Verb kDigest;            // digest.cc
extern const Verb kDoctor;            // doctor.cc
extern const Verb kDocumentIssue;     // document.cc
extern const Verb kDocumentList;      // document.cc
extern const Verb kDocumentShow;      // document.cc
extern const Verb kDocumentSign;      // document.cc
extern const Verb kEvidenceExport;    // evidence_export.cc
extern const Verb kEvidencePack;      // verify.cc
extern const Verb kExplain;           // explain.cc
extern const Verb kHostAssign;        // host_assign.cc
extern const Verb kHostList;          // host.cc
extern const Verb kHostRetire;        // host_assign.cc
extern const Verb kHostShow;          // host.cc
extern const Verb kHostSign;          // host_assign.cc
extern const Verb kKeyNew;            // key.cc
extern const Verb kKeyOffer;          // key.cc
extern const Verb kKeyRestore;        // key.cc
extern const Verb kKeyShow;           // key.cc
extern const Verb kLedgerAppend;      // ledger.cc
extern const Verb kLedgerAudit;       // ledger_read.cc
extern const Verb kLedgerCheckpoint;  // ledger.cc
extern const Verb kLedgerInit;        // ledger.cc
extern const Verb kLedgerProve;       // ledger_read.cc
extern const Verb kLedgerVerify;      // ledger_read.cc
extern const Verb kLogin;             // login.cc
extern const Verb kLogout;            // login.cc
extern const Verb kMan;               // man.cc
extern const Verb kOrgNew;            // org.cc
extern const Verb kPlan;              // propose.cc
extern const Verb kPropose;           // propose.cc
extern const Verb kReject;            // review.cc
extern const Verb kReview;            // review.cc
extern const Verb kRollback;          // ship.cc
extern const Verb kServerBackup;      // server_backup.cc
extern const Verb kServerInit;        // server_init.cc
extern const Verb kServerKeyBackup;   // server_backup.cc
extern const Verb kServerMigrate;     // server_backup.cc
extern const Verb kServerRestore;     // server_backup.cc
extern const Verb kServerRun;         // server_run.cc
extern const Verb kSessionEnd;        // session.cc
extern const Verb kSessionList;       // session.cc
extern const Verb kShip;              // ship.cc
extern const Verb kSign;              // sign.cc
extern const Verb kSignoff;           // review.cc
extern const Verb kStatus;            // status.cc
extern const Verb kTestbedCopy;       // testbed.cc
extern const Verb kTestbedDown;       // testbed_down.cc
extern const Verb kTestbedList;       // testbed.cc
extern const Verb kTestbedRun;        // testbed.cc
extern const Verb kTestbedUp;         // testbed_up.cc
extern const Verb kTokenJoin;         // token.cc
extern const Verb kTokenList;         // token.cc
extern const Verb kTokenRevoke;       // token.cc
extern const Verb kVectorsExport;     // vectors.cc
extern const Verb kVectorsList;       // vectors.cc
extern const Verb kVectorsRun;        // vectors.cc
extern const Verb kVerify;            // verify.cc
extern const Verb kWithdraw;          // review.cc
extern const Verb kWords;             // digest.cc

}  // namespace twoseal::cli
