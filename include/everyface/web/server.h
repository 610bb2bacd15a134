// HTTP/1.1 on sockets: reads requests within limits, has App answer them on worker threads, writes
// the answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/web/address.h"
#include "everyface/web/app.h"
#include "everyface/web/forms.h"

namespace everyface::web {

struct ServerLimits {
  std::size_t connections = 8192;
  std::size_t connections_per_address = 256;  ///< trusted proxies are not counted
  std::size_t header_bytes = 16 * 1024;
  std::chrono::milliseconds header_time{10'000};  ///< from the first byte of a request to the last
  std::chrono::milliseconds idle_time{30'000};    ///< between requests, and before the first
  /// A body, and an answer, may take this long and as much longer as its bytes so far would at the
  /// least rate: the slow are served, those who stall are not.
  std::chrono::milliseconds transfer_grace{20'000};
  std::uint64_t least_bytes_per_second = 4096;
  std::size_t queue = 1024;  ///< requests that wait for a worker; beyond it 503
  std::chrono::milliseconds shutdown_time{20'000};  ///< for requests under way
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;  ///< 0: any that is free
  std::size_t workers = 0;    ///< threads that run handlers; 0: four a core
  std::vector<Network> trusted_proxies;
  FormLimits forms;
  ServerLimits limits;
};

/// A socket that connections wait at until a server takes them.
class Listener {
 public:
  /// `host` is an address or "localhost"; port 0 is any that is free. Error: names the address and
  /// the system's reason.
  static Result<Listener> open(const std::string& host, std::uint16_t port);
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) noexcept;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:8080".
  [[nodiscard]] std::string url() const;

 private:
  friend class Server;
  Listener() = default;
  int descriptor_ = -1;
  bool ipv6_ = false;
  std::string host_;
  std::uint16_t port_ = 0;
};

/// A running server; it stops when it is destroyed. One thread does all that the network asks for;
/// handlers, and reads of bodies that are not in memory, run on the workers.
class Server {
 public:
  /// `app` must outlive the server.
  Server(Listener listener, ServerOptions options, App& app);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Stops accepting, lets requests under way finish within shutdown_time, closes.
  void stop();
  /// Waits until SIGTERM or SIGINT has come to the process, then stop().
  void run_until_signal();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace everyface::web
