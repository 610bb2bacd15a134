#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "everyface/web/server.h"

namespace everyface::web {
namespace {

constexpr int kBacklog = 4096;

}  // namespace

Listener::Listener(Listener&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      ipv6_(other.ipv6_),
      host_(std::move(other.host_)),
      port_(other.port_) {}

Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(ipv6_, other.ipv6_);
  std::swap(host_, other.host_);
  std::swap(port_, other.port_);
  return *this;
}

Listener::~Listener() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Result<Listener> Listener::open(const std::string& host, std::uint16_t port) {
  const std::string where = "cannot listen on " + host + ":" + std::to_string(port) + ": ";
  Listener listener;
  listener.host_ = host == "localhost" ? "127.0.0.1" : host;
  sockaddr_in ipv4{};
  sockaddr_in6 ipv6{};
  listener.ipv6_ = ::inet_pton(AF_INET6, listener.host_.c_str(), &ipv6.sin6_addr) == 1;
  if (!listener.ipv6_ && ::inet_pton(AF_INET, listener.host_.c_str(), &ipv4.sin_addr) != 1) {
    return Error{where + "the host must be an address or localhost"};
  }
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(port);
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(port);
  auto* address =
      listener.ipv6_ ? reinterpret_cast<sockaddr*>(&ipv6) : reinterpret_cast<sockaddr*>(&ipv4);
  socklen_t length = listener.ipv6_ ? sizeof ipv6 : sizeof ipv4;
  listener.descriptor_ = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (listener.descriptor_ < 0 ||
      ::setsockopt(listener.descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(listener.descriptor_, address, length) != 0 ||
      ::listen(listener.descriptor_, kBacklog) != 0 ||
      ::getsockname(listener.descriptor_, address, &length) != 0) {
    return Error{where + std::generic_category().message(errno)};
  }
  listener.port_ = ntohs(listener.ipv6_ ? ipv6.sin6_port : ipv4.sin_port);
  return listener;
}

std::string Listener::url() const {
  return "http://" + (ipv6_ ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
}

}  // namespace everyface::web
