// An HTTP client as tests need it: it sends what it is told, byte for byte.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "everyface/base/text.h"
#include "everyface/web/fields.h"

namespace everyface::web::testing {

struct Answer {
  int status = 0;
  Headers headers;
  std::string body;
};

/// A connection to a port on 127.0.0.1. It gives up after a minute of silence.
class Client {
 public:
  explicit Client(std::uint16_t port);
  Client(Client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}
  Client& operator=(Client&&) = delete;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    if (socket_ >= 0) {
      ::close(socket_);
    }
  }

  /// Returns false where the other end has gone.
  bool send(std::string_view bytes);
  /// The next answer; status 0 where the connection ends first. `head`: it has no body.
  Answer receive(bool head = false);
  /// Whether the other end closes without another byte, waiting for that if need be.
  bool closed() { return buffer_.empty() && !fill(); }

  /// Whether something has come that was not received yet, or the end.
  [[nodiscard]] bool readable() const {
    pollfd state{socket_, POLLIN, 0};
    return ::poll(&state, 1, 0) == 1;
  }

  Answer ask(std::string_view request) {
    send(request);
    return receive();
  }

 private:
  bool fill();

  int socket_;
  std::string buffer_;
};

inline Client::Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (socket_ < 0 ||
      ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    throw std::runtime_error("no connection to port " + std::to_string(port));
  }
}

inline bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// Reads some more; false at the end.
inline bool Client::fill() {
  constexpr int kMinute = 60'000;
  pollfd readable{socket_, POLLIN, 0};
  if (::poll(&readable, 1, kMinute) != 1) {
    throw std::runtime_error("the server has been silent for a minute");
  }
  char piece[65536];
  const ssize_t got = ::recv(socket_, piece, sizeof piece, 0);
  if (got <= 0) {
    return false;
  }
  buffer_.append(piece, static_cast<std::size_t>(got));
  return true;
}

inline Answer Client::receive(bool head) {
  Answer answer;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) {
      return answer;
    }
  }
  const std::string head_text = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  answer.status = parse_int(head_text.substr(9, 3)).value_or(0);
  std::size_t at = head_text.find("\r\n") + 2;
  while (at < head_text.size()) {
    const std::size_t line_end = head_text.find("\r\n", at);
    const std::string line = head_text.substr(at, line_end - at);
    const std::size_t colon = line.find(':');
    answer.headers.add(line.substr(0, colon),
                       std::string(trim(std::string_view(line).substr(colon + 1))));
    at = line_end + 2;
  }
  const auto length = parse_int(answer.headers.get("Content-Length"));
  const std::size_t wanted = head || !length ? 0 : static_cast<std::size_t>(*length);
  while (buffer_.size() < wanted && fill()) {
  }
  answer.body = buffer_.substr(0, wanted);
  buffer_.erase(0, wanted);
  return answer;
}

}  // namespace everyface::web::testing
