// A small web server for tests of downloads.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace everyface::testing {

/// A web server on 127.0.0.1 that gives prepared answers, one connection after the other, and
/// closes the connection after each. Unknown paths are answered with 404.
class WebServer {
 public:
  WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;
  ~WebServer();

  /// "http://127.0.0.1:PORT", without a slash at the end.
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// The whole answer to GET `path`, status line and headers included.
  void answer(const std::string& path, const std::string& response);
  /// A good answer with this body.
  void serve(const std::string& path, const std::string& body);
  [[nodiscard]] std::vector<std::string> requested();

 private:
  void loop();

  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  std::vector<std::string> requested_;
  std::thread thread_;
};

inline WebServer::WebServer() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, generic, &length) != 0) {
    throw std::runtime_error("no port on 127.0.0.1 to listen on");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { loop(); });
}

inline WebServer::~WebServer() {
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
  thread_.join();
  ::close(listener_);
}

inline void WebServer::answer(const std::string& path, const std::string& response) {
  const std::lock_guard lock(mutex_);
  answers_[path] = response;
}

inline void WebServer::serve(const std::string& path, const std::string& body) {
  answer(path, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
                   std::to_string(body.size()) + "\r\n\r\n" + body);
}

inline std::vector<std::string> WebServer::requested() {
  const std::lock_guard lock(mutex_);
  return requested_;
}

inline void WebServer::loop() {
  for (;;) {
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) {
      return;
    }
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(connection, buffer, sizeof(buffer), 0);
      if (got <= 0) {
        break;
      }
      request.append(buffer, static_cast<std::size_t>(got));
    }
    const auto begin = request.find(' ') + 1;
    const std::string path = request.substr(begin, request.find(' ', begin) - begin);
    std::string response;
    {
      const std::lock_guard lock(mutex_);
      requested_.push_back(path);
      const auto found = answers_.find(path);
      response = found != answers_.end() ? found->second
                                         : "HTTP/1.1 404 Not Found\r\nConnection: close\r\n"
                                           "Content-Length: 9\r\n\r\nnot found";
    }
    std::size_t sent = 0;
    while (sent < response.size()) {
      const ssize_t now =
          ::send(connection, response.data() + sent, response.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) {
        break;
      }
      sent += static_cast<std::size_t>(now);
    }
    ::close(connection);
  }
}

}  // namespace everyface::testing
