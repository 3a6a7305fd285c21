// Following a change while hosts carry it out: each move is told, as the server says it.
#pragma once

#include <functional>
#include <string>

#include "cli/client/client.h"

namespace twoseal::cli {

/// `page`: the newest. `over`: what was waited for has come; else the time is over.
struct Followed {
  codec::PlainJson page;
  bool over = false;
};

/// Whether nothing will happen to a change in this state any more.
[[nodiscard]] bool is_final(const std::string& state);

/// Whether a host in this state has not carried the change out, or not for good.
[[nodiscard]] bool went_wrong(const std::string& state);

/// `sign-off by p:chen: twoseal signoff CHG-42`: what a page says is next, with its verb where only
/// that opens the way.
[[nodiscard]] std::string who_text(const codec::PlainJson& next, const std::string& number);

/// The newest line that a host of a page wrote about how it ended, as the server says; empty while
/// it has not come: it travels apart from the outcome. Errors of a call.
[[nodiscard]] Result<std::string> outcome_line(ServerApi& api,
                                               const Digest& change,
                                               const codec::PlainJson& host);

/// Asks for `change` again and again until `over` holds of its page, or `seconds` are over. Tells
/// each host that moves, and every ten seconds that it still waits. A server that is away for a
/// moment is asked again. Errors of a call that come again for a minute.
[[nodiscard]] Result<Followed> follow_change(
    ServerApi& api,
    const Digest& change,
    const std::function<bool(const codec::PlainJson& page)>& over,
    std::int64_t seconds,
    const Session& session);

/// `web-01 ok, web-02 rolled-back`: hosts by their states, and the phases.
[[nodiscard]] std::string course_text(const codec::PlainJson& page);

}  // namespace twoseal::cli
