// Who wants to be told when changes move, over WebSockets.
#pragma once

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "net/websocket.h"
#include "server/course_book.h"

namespace twoseal::server {

/// Safe for several threads at once.
class EventHub {
 public:
  explicit EventHub(CourseBook& courses) : list_(std::make_shared<List>()), courses_(courses) {}

  /// A subscriber; `only`: hears of changes by this author alone.
  [[nodiscard]] std::shared_ptr<WebSocketSubscriber> join(std::optional<ActorId> only);

  /// Tells all who listen that a change has moved.
  void tell(const Digest& change);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Listener {
    std::shared_ptr<WebSocket> socket;
    std::optional<ActorId> only;
  };

  /// Shared with subscribers, which may outlive the hub.
  struct List {
    Mutex mutex;
    std::vector<Listener> listeners GUARDED_BY(mutex);
  };

  class Subscriber;

  std::shared_ptr<List> list_;
  CourseBook& courses_;
};

}  // namespace twoseal::server
