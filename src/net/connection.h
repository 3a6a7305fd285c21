// One connection of the server: TLS handshake, then request after request. Inside net/ only.
#pragma once

#include "net/request_reader.h"
#include "net/server_core.h"

namespace twoseal {

class WebSocketSession;

/// Lives on the thread of its IoThread; only there may anything of it be called.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// `address` was counted by ServerShared::connections and is given back at the end.
  Connection(ServerShared& server, IoThread& thread, io::Socket socket, std::string address);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Serves until the connection ends.
  static io::Task<void> serve(std::shared_ptr<Connection> connection);

  /// Ends it when nothing is going on; parked requests are answered, what runs is the last.
  void stop();

  /// Ends it now.
  void abort();

 private:
  using Clock = std::chrono::steady_clock;

  /// A window of time in which enough octets must come or go.
  struct Pace {
    Clock::time_point begin = Clock::now();
    std::size_t octets = 0;
  };

  io::Task<bool> shake_hands();
  io::Task<bool> next_request();
  io::Task<bool> serve_request();
  io::Task<bool> read_head(RequestReader& reader);
  io::Task<bool> read_body(RequestReader& reader);
  io::Task<bool> answer(HttpRequest request, RequestHead head);
  io::Task<std::optional<HttpResponse>> ask_handler(HttpRequest& request);
  io::Task<bool> park(const Park& park, Clock::time_point until, bool& waited);
  io::Task<bool> upgrade(HttpRequest request);
  io::Task<bool> on_worker(std::function<void()> work);

  io::Task<bool> respond(HttpResponse response, RequestHead head);
  io::Task<void> refuse(RequestFault fault);
  io::Task<void> drain();

  io::Task<std::size_t> receive();
  io::Task<bool> send(BytesView octets, Pace& pace);
  io::Task<bool> ready(TlsWant want);

  void arm(Clock::time_point until);
  void keep_pace(Pace& pace, std::size_t octets);
  void disarm();
  void watch_peer();
  bool hold(std::size_t octets);

  RequestFault overdue(std::string_view what);

  [[nodiscard]] bool is_last() const;

  ServerShared& server_;
  IoThread& thread_;
  io::Stream stream_;
  io::Timer timer_;
  Peer peer_;
  Bytes rest_;  ///< octets of the next request that came with the last one
  std::shared_ptr<WebSocketSession> websocket_;
  std::size_t held_ = 0;  ///< our part of ServerShared::held
  std::size_t requests_ = 0;
  unsigned armed_ = 0;  ///< grows with each deadline, so that an old one has no effect
  bool idle_ = true;    ///< between requests
  bool parked_ = false;
  bool woken_ = false;    ///< the channel of the parked request was signalled
  bool gone_ = false;     ///< the other side ended while its request was parked
  bool overdue_ = false;  ///< the deadline is over
  bool aborted_ = false;
};

}  // namespace twoseal
