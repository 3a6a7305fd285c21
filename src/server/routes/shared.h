// What several handlers do alike.
#pragma once

#include <functional>

#include "server/routes/handlers.h"

namespace twoseal::server {

/// What a caller says that it holds, in the query.
[[nodiscard]] Result<Remembered> remembered_in(const Call& call);

/// The archive of what `make` gives. While no checkpoint covers what was recorded last
/// (Errc::try_again), the request waits for one.
[[nodiscard]] Result<HttpResponse> archive_answer(const Call& call,
                                                  const std::function<Result<Files>()>& make);

/// The archive of decision files for a host (nothing: for none in particular) and a change. Waits
/// as archive_answer().
[[nodiscard]] Result<HttpResponse> files_answer(const Call& call,
                                                const std::optional<HostId>& host,
                                                const std::optional<Digest>& change,
                                                const Remembered& remembered);

/// The change that the path names, as `CHG-42`, `CHG-42.1` or hexadecimal digits. Errc::not_found,
/// also for a service that did not author it.
[[nodiscard]] Result<std::shared_ptr<const ChangeFacts>> change_in(const Call& call);

/// The assigned host of this id or name. Errc::not_found.
[[nodiscard]] Result<HostId> host_named(const Documents& documents, const std::string& text);

/// The hosts that are assigned now; those of them that were heard of in the last three beats; and
/// those of these that take no change, since their memory is damaged.
struct HostCounts {
  std::int64_t assigned = 0;
  std::int64_t reporting = 0;
  std::int64_t looking_on = 0;
};

[[nodiscard]] HostCounts count_hosts(const Call& call);

/// The channel of those who wait for answers to a request for a plan.
[[nodiscard]] std::string channel_of_plan(const Digest& request);

/// Where the log has a statement, as the API shows it.
[[nodiscard]] HttpResponse recorded_answer(const Call& call, const Submitted& submitted);

/// Used or not, over or not.
[[nodiscard]] Result<std::vector<JoinToken>> all_join_tokens(const Registry& registry);

/// Lets the background work begin when the documents in force are others than `before`.
void tell_documents(const Call& call, const std::shared_ptr<const Documents>& before);

}  // namespace twoseal::server
