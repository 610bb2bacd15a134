// One client's connection. Everything here runs on the server's network thread.
#pragma once

// Before Asio.
// clang-format off
#include "web/coroutines.h"
// clang-format on

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <map>
#include <memory>
#include <set>

#include "everyface/web/server.h"
#include "web/worker_pool.h"

namespace everyface::web {

class Connection;

// Asio's own names (awaitable, tcp::socket) hold an executor of any kind, whose every use is a call
// through a table and often an allocation.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
template <typename T>
using Awaitable = boost::asio::awaitable<T, Executor>;

/// What metrics show of a server; they may be read when it is gone.
struct ServerGauges {
  std::atomic<std::size_t> open{0};
  std::atomic<std::size_t> queued{0};  ///< requests given to workers and not answered yet
};

/// What connections share.
struct ServerCore {
  ServerCore(ServerOptions server_options, App& served);

  ServerOptions options;
  App& app;
  std::shared_ptr<ServerGauges> gauges = std::make_shared<ServerGauges>();
  std::atomic<bool> stopping{false};
  WorkerPool workers;

  // Of the network thread alone.
  std::set<Connection*> connections;
  std::map<Address, std::size_t> open_by_address;
  /// Connections that wait for a request's head, those that wait longest first.
  std::list<Connection*> waiting;

  /// Last, so that the connections it still holds when it ends find the rest.
  boost::asio::io_context network{1};
};

/// Serves requests until the client or a limit ends it.
Awaitable<void> serve_connection(ServerCore& core, Socket socket, Address peer);

/// Ends all connections.
void drop_all(ServerCore& core);

/// Ends the connection that has waited longest for a request's head; false where none waits.
bool drop_longest_waiting(ServerCore& core);

}  // namespace everyface::web
