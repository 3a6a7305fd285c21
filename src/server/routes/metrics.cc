// OpenMetrics text: https://prometheus.io/docs/specs/om/open_metrics_spec/.
#include <array>

#include "server/routes/shared.h"

namespace twoseal::server {
namespace {

constexpr std::array<std::string_view, RequestCounts::kPorts> kPorts = {
    "people", "agents", "local"};

class MetricsText {
 public:
  void gauge(std::string_view name, std::int64_t value) {
    begin(name, "gauge");
    text_ += "twoseal_" + std::string(name) + " " + std::to_string(value) + "\n";
  }

  void counter(std::string_view name, std::uint64_t value) {
    begin(name, "counter");
    text_ += "twoseal_" + std::string(name) + "_total " + std::to_string(value) + "\n";
  }

  void begin(std::string_view name, std::string_view type) {
    text_ += "# TYPE twoseal_" + std::string(name) + " " + std::string(type) + "\n";
  }

  void line(std::string_view name, std::string_view labels, std::uint64_t value) {
    text_ += "twoseal_" + std::string(name) + "{" + std::string(labels) + "} " +
             std::to_string(value) + "\n";
  }

  std::string take() { return std::move(text_) + "# EOF\n"; }

 private:
  std::string text_;
};

void add_requests(MetricsText& text, const RequestCounts& counts) {
  text.begin("requests", "counter");
  for (std::size_t port = 0; port < kPorts.size(); ++port) {
    for (std::size_t kind = 1; kind < RequestCounts::kClasses; ++kind) {
      text.line(
          "requests_total",
          "port=\"" + std::string(kPorts.at(port)) + "\",status=\"" + std::to_string(kind) + "xx\"",
          counts.answers.at(port).at(kind));
    }
  }
  text.begin("handler_microseconds", "counter");
  for (std::size_t port = 0; port < kPorts.size(); ++port) {
    text.line("handler_microseconds_total",
              "port=\"" + std::string(kPorts.at(port)) + "\"",
              counts.microseconds.at(port));
  }
}

void add_connections(MetricsText& text, const std::vector<const HttpServer*>& listeners) {
  ServerCounters all;
  for (const HttpServer* one : listeners) {
    const ServerCounters counters = one->counters();
    all.active += counters.active;
    all.parked += counters.parked;
    all.websockets += counters.websockets;
    all.refused += counters.refused;
    all.handshake_failures += counters.handshake_failures;
  }
  text.gauge("connections", static_cast<std::int64_t>(all.active));
  text.gauge("requests_parked", static_cast<std::int64_t>(all.parked));
  text.gauge("websockets", static_cast<std::int64_t>(all.websockets));
  text.counter("connections_refused", all.refused);
  text.counter("handshake_failures", all.handshake_failures);
}

}  // namespace

Result<HttpResponse> get_metrics(const Call& call) {
  ServerParts& parts = call.parts;
  MetricsText text;
  add_requests(text, parts.counts);
  add_connections(text, parts.listeners);
  text.counter("logins", parts.counts.logins);
  text.counter("contacts", parts.counts.contacts);
  text.counter("statements", parts.counts.statements);
  text.counter("background_failures", parts.counts.background_failures);
  text.gauge("log_entries", static_cast<std::int64_t>(parts.view.point().size));
  const HostCounts hosts = count_hosts(call);
  text.gauge("hosts", hosts.assigned);
  text.gauge("hosts_reporting", hosts.reporting);
  text.gauge("hosts_looking_on", hosts.looking_on);
  text.gauge("changes_moving", std::ssize(parts.view.moving()));
  text.gauge("changes_with_work", static_cast<std::int64_t>(parts.work.size()));
  if (const auto fresh = parts.timekeeper.newest()) {
    text.gauge("fresh_age_seconds", call.now - fresh->fresh.at);
  }
  const auto saved = parts.store->newest_checkpoint();
  if (saved && *saved) {
    text.gauge("checkpoint_entries", static_cast<std::int64_t>((*saved)->size));
  }
  return text_answer(text.take(), "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

}  // namespace twoseal::server
