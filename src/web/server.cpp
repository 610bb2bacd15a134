#include "everyface/web/server.h"

// Before Asio.
// clang-format off
#include "web/connection.h"
// clang-format on

#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <thread>

#include "everyface/base/parallel.h"
#include "web/log.h"

namespace everyface::web {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

constexpr std::size_t kWorkersPerCore = 4;

/// Connections need descriptors: as many as the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

Address address_of(const asio::ip::address& address) {
  return Address::parse(address.to_string()).value_or(Address{});
}

bool is_trusted(const ServerOptions& options, const Address& address) {
  return std::any_of(options.trusted_proxies.begin(), options.trusted_proxies.end(),
                     [&address](const Network& network) { return network.contains(address); });
}

/// True where the connection may be served; makes room where all places are taken.
bool has_room(ServerCore& core, const Address& peer) {
  const ServerLimits& limits = core.options.limits;
  const auto found = core.open_by_address.find(peer);
  if (found != core.open_by_address.end() && found->second >= limits.connections_per_address &&
      !is_trusted(core.options, peer)) {
    return false;
  }
  return core.connections.size() < limits.connections || drop_longest_waiting(core);
}

asio::awaitable<void> accept_loop(ServerCore& core, Tcp::acceptor& acceptor) {
  asio::steady_timer pause(core.network);
  while (!core.stopping) {
    Socket socket(core.network);
    error_code error;
    co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) {
      co_return;
    }
    if (error) {  // no descriptors are left, or the client has gone already
      drop_longest_waiting(core);
      constexpr std::chrono::milliseconds kPause{20};
      pause.expires_after(kPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    const auto end = socket.remote_endpoint(error);
    const Address peer = error ? Address{} : address_of(end.address());
    if (error || !has_room(core, peer)) {
      core.app.metrics().count("everyface_connections_refused_total",
                               "Connections closed at once because a limit was reached.");
      continue;
    }
    socket.set_option(Tcp::no_delay(true), error);
    asio::co_spawn(core.network, serve_connection(core, std::move(socket), peer), asio::detached);
  }
}

}  // namespace

struct Server::State {
  State(ServerOptions options, App& app)
      : core(std::move(options), app), acceptor(core.network), watch(core.network) {}

  /// Returns when no connection is open; after shutdown_time none has a choice.
  asio::awaitable<void> wait_for_the_last() {
    const auto deadline = std::chrono::steady_clock::now() + core.options.limits.shutdown_time;
    constexpr std::chrono::milliseconds kLook{10};
    error_code ignored;
    while (!core.connections.empty()) {
      if (std::chrono::steady_clock::now() >= deadline) {
        drop_all(core);
      }
      watch.expires_after(kLook);
      co_await watch.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    core.network.stop();
  }

  ServerCore core;
  Tcp::acceptor acceptor;
  asio::steady_timer watch;
  std::thread thread;
};

Server::Server(Listener listener, ServerOptions options, App& app) {
  raise_descriptor_limit();
  if (options.workers == 0) {
    options.workers = kWorkersPerCore * available_cores();
  }
  state_ = std::make_unique<State>(std::move(options), app);
  ServerCore& core = state_->core;
  state_->acceptor.assign(listener.ipv6_ ? Tcp::v6() : Tcp::v4(),
                          std::exchange(listener.descriptor_, -1));
  app.metrics().gauge("everyface_connections_open", "Connections that are open.",
                      [gauges = core.gauges] { return static_cast<double>(gauges->open.load()); });
  app.metrics().gauge(
      "everyface_requests_in_progress", "Requests with the workers, waiting ones included.",
      [gauges = core.gauges] { return static_cast<double>(gauges->queued.load()); });
  asio::co_spawn(core.network, accept_loop(core, state_->acceptor), asio::detached);
  state_->thread = std::thread([&core] { core.network.run(); });
}

Server::~Server() { stop(); }

void Server::stop() {
  if (!state_) {
    return;
  }
  State& state = *state_;
  asio::post(state.core.network, [&state] {
    state.core.stopping = true;
    error_code ignored;
    state.acceptor.close(ignored);
    while (drop_longest_waiting(state.core)) {  // until none waits
    }
    asio::co_spawn(state.core.network, state.wait_for_the_last(), asio::detached);
  });
  state.thread.join();
  state.core.workers.join();
  state_.reset();  // and with it connections that were accepted too late to be served
}

void Server::run_until_signal() {
  asio::io_context signals(1);
  asio::signal_set awaited(signals, SIGTERM, SIGINT);
  awaited.async_wait([](error_code, int) {});
  signals.run();
  log_event("info", "stopping");
  stop();
}

}  // namespace everyface::web
