#include "web/connection.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <limits>
#include <optional>

#include "web/body_reader.h"
#include "web/head.h"
#include "web/log.h"

namespace everyface::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Parser = http::request_parser<http::buffer_body>;

constexpr asio::use_awaitable_t<Executor> kAwait;
constexpr std::size_t kPiece = 64 * 1024;           // of bodies, in either direction
constexpr std::size_t kMostLingering = 512 * 1024;  // read and dropped after a refusal
constexpr std::chrono::seconds kLingerTime{2};

bool is_quick(const RouteOptions& options, const Request& request) {
  return options.quick || (options.quick_when && options.quick_when(request));
}

/// Runs work() on a worker and resumes here when it is done.
template <typename Work>
Awaitable<void> on_worker(ServerCore& core, Work& work) {
  auto start = [&core, &work](auto handler) {
    // Handlers can only be moved, jobs must be copyable.
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    core.workers.post([&core, &work, resume] {
      work();
      asio::post(core.network, std::move(*resume));
    });
  };
  co_await asio::async_initiate<decltype(kAwait), void()>(start, kAwait);
}

Headers headers_of(const Parser& parser) {
  Headers headers;
  for (const auto& field : parser.get()) {
    const auto name = field.name_string();
    const auto value = field.value();
    headers.add({name.data(), name.size()}, {value.data(), value.size()});
  }
  return headers;
}

/// True for what a client sent that is no HTTP, false for a client that has gone.
bool is_malformed(const error_code& error) {
  static const auto& kCategory = http::make_error_code(http::error::bad_method).category();
  return error.category() == kCategory && error != http::error::end_of_stream &&
         error != http::error::partial_message;
}

std::string_view view_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

/// The Date header's value, made anew once a second.
const std::string& date_text() {
  thread_local std::string text;
  thread_local std::time_t made = 0;
  const std::time_t now = std::time(nullptr);
  if (now != made) {
    text = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
    made = now;
  }
  return text;
}

}  // namespace

ServerCore::ServerCore(ServerOptions server_options, App& served)
    : options(std::move(server_options)), app(served), workers(options.workers) {}

class Connection {
 public:
  Connection(ServerCore& core, Socket socket, Address peer)
      : core_(core), stream_(std::move(socket)), peer_(peer) {
    core_.connections.insert(this);
    core_.gauges->open = core_.connections.size();
    ++core_.open_by_address[peer_];
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    set_waiting(false);
    core_.connections.erase(this);
    core_.gauges->open = core_.connections.size();
    if (auto found = core_.open_by_address.find(peer_); --found->second == 0) {
      core_.open_by_address.erase(found);
    }
  }

  Awaitable<void> serve() {
    while (co_await one_request()) {
    }
    error_code ignored;
    stream_.socket().shutdown(Socket::shutdown_both, ignored);
  }

  void drop() {
    set_waiting(false);
    stream_.close();  // what it waits for fails, and whatever it tries next
  }

 private:
  /// What one request needs while it is served.
  struct Exchange {
    Request request;
    Response response{500};
    bool keep_alive = false;
    bool body_left = false;  ///< the client may still be sending what nobody reads
    Clock::time_point began;
    std::uint64_t sent = 0;
  };

  /// True where another may follow.
  Awaitable<bool> one_request() {
    set_waiting(true);
    const bool begun = co_await first_byte();
    if (!begun) {
      co_return false;
    }
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(core_.options.limits.header_bytes));
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // BodyReader's matter
    Exchange exchange;
    error_code error;
    stream_.expires_after(core_.options.limits.header_time);
    co_await http::async_read_header(stream_, buffer_, parser, asio::redirect_error(kAwait, error));
    set_waiting(false);
    exchange.began = Clock::now();
    if (error) {
      co_return co_await refuse_head(exchange, error);
    }
    RawHead head{view_of(parser.get().method_string()), view_of(parser.get().target()),
                 static_cast<int>(parser.get().version()), headers_of(parser), peer_};
    auto read = read_head(std::move(head), core_.options.trusted_proxies);
    if (auto* refused = std::get_if<Response>(&read)) {
      exchange.response = std::move(*refused);
      exchange.body_left = true;
      core_.app.finish(exchange.request, exchange.response);
      co_return co_await answer(exchange);
    }
    exchange.request = std::move(std::get<Request>(read));
    exchange.keep_alive = parser.get().keep_alive() && parser.get().version() == 11;
    co_return co_await answer_request(exchange, parser);
  }

  Awaitable<bool> first_byte() {
    if (buffer_.size() > 0) {
      co_return true;
    }
    if (core_.stopping) {
      co_return false;
    }
    constexpr std::size_t kFirstRead = 4096;
    stream_.expires_after(core_.options.limits.idle_time);
    error_code error;
    const std::size_t got = co_await stream_.async_read_some(buffer_.prepare(kFirstRead),
                                                             asio::redirect_error(kAwait, error));
    buffer_.commit(got);
    co_return !error;
  }

  /// Answers what is no request, where someone is left to answer.
  Awaitable<bool> refuse_head(Exchange& exchange, error_code error) {
    exchange.body_left = true;
    exchange.request.route = "(malformed)";
    note_timeout(error);
    if (error == http::error::header_limit) {
      exchange.response = Response::problem(431);
    } else if (is_malformed(error)) {
      exchange.response = Response::problem(400);
    } else {
      co_return false;
    }
    core_.app.finish(exchange.request, exchange.response);
    co_return co_await answer(exchange);
  }

  Awaitable<bool> answer_request(Exchange& exchange, Parser& parser) {
    Request& request = exchange.request;
    const auto length = parser.content_length();
    const BodyHead body{parser.chunked(), length ? *length : 0};
    const auto match = core_.app.router().match(request.method, request.path);
    const bool quick = match.route != nullptr && is_quick(match.route->options, request);
    if (!quick && core_.gauges->queued >= core_.options.limits.queue) {
      request.route = match.route == nullptr ? "(none)" : match.route->pattern;
      exchange.response = Response::problem(503);
      exchange.response.set_header("Retry-After", "2");
      exchange.body_left = body.expected();
      core_.app.finish(request, exchange.response);
      co_return co_await answer(exchange);
    }
    if (!body.expected()) {
      auto work = [this, &exchange] { exchange.response = core_.app.handle(exchange.request); };
      co_await run(work, quick);
      co_return co_await answer(exchange);
    }
    bool refused = false;
    auto admit = [this, &exchange, &refused] {
      if (auto refusal = core_.app.admit(exchange.request)) {
        exchange.response = std::move(*refusal);
        refused = true;
      }
    };
    co_await run(admit, quick);
    if (!refused) {
      auto refusal = co_await read_body(request, parser, body);
      if (gone_) {
        co_return false;
      }
      if (refusal) {
        exchange.response = std::move(*refusal);
        refused = true;
      }
    }
    if (refused) {
      exchange.body_left = !parser.is_done();
      core_.app.finish(request, exchange.response);
      co_return co_await answer(exchange);
    }
    auto work = [this, &exchange] { exchange.response = core_.app.answer(exchange.request); };
    co_await run(work, quick);
    co_return co_await answer(exchange);
  }

  template <typename Work>
  Awaitable<void> run(Work& work, bool quick) {
    if (quick) {
      work();
      co_return;
    }
    ++core_.gauges->queued;
    co_await on_worker(core_, work);
    --core_.gauges->queued;
  }

  /// None where the body is whole; sets gone_ where the client is.
  Awaitable<std::optional<Response>> read_body(Request& request, Parser& parser,
                                               const BodyHead& body) {
    auto made = BodyReader::make(request.matched->options, body,
                                 request.headers.get("Content-Type"), core_.options.forms);
    if (auto* refused = std::get_if<Response>(&made)) {
      co_return std::move(*refused);
    }
    auto& reader = std::get<BodyReader>(made);
    error_code error;
    const auto began = Clock::now();
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      stream_.expires_after(core_.options.limits.transfer_grace);
      co_await asio::async_write(stream_, asio::buffer(kContinue),
                                 asio::redirect_error(kAwait, error));
      gone_ = error.failed();
    }
    std::vector<char> piece(kPiece);
    std::uint64_t received = 0;
    while (!parser.is_done() && !gone_) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      stream_.expires_at(began + allowance(received));
      co_await http::async_read_some(stream_, buffer_, parser, asio::redirect_error(kAwait, error));
      if (error == http::error::need_buffer) {
        error = {};
      }
      const std::size_t got = piece.size() - parser.get().body().size;
      received += got;
      note_timeout(error);
      if (is_malformed(error)) {
        co_return Response::problem(400);
      }
      if (error) {
        gone_ = true;
        break;
      }
      if (auto refused = reader.feed({piece.data(), got})) {
        co_return refused;
      }
    }
    if (gone_) {
      co_return std::nullopt;
    }
    co_return reader.finish(request);
  }

  /// Beast closes the connection when the time is over: there is nobody left to answer.
  void note_timeout(const error_code& error) {
    if (error == beast::error::timeout) {
      core_.app.metrics().count("everyface_timeouts_total",
                                "Connections ended because a request took too long to come.");
    }
  }

  /// How long so many bytes may take.
  [[nodiscard]] std::chrono::milliseconds allowance(std::uint64_t bytes) const {
    const ServerLimits& limits = core_.options.limits;
    return limits.transfer_grace +
           std::chrono::milliseconds(bytes * 1000 / limits.least_bytes_per_second);
  }

  /// Sends the response. True where the connection may go on.
  Awaitable<bool> answer(Exchange& exchange) {
    exchange.keep_alive = exchange.keep_alive && !exchange.body_left && !core_.stopping;
    const bool whole = co_await send(exchange);
    note(exchange);
    if (whole && exchange.body_left) {
      co_await linger();
    }
    co_return whole&& exchange.keep_alive;
  }

  [[nodiscard]] static std::string head_text(const Exchange& exchange) {
    const Response& response = exchange.response;
    std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status(),
                                   reason_phrase(response.status()), date_text());
    for (const auto& [name, value] : response.headers()) {
      head += name;
      head += ": ";
      head += value;
      head += "\r\n";
    }
    if (response.status() != 204 && response.status() != 304) {
      head += fmt::format("Content-Length: {}\r\n", response.content_length());
    }
    head += exchange.keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
    return head;
  }

  Awaitable<bool> send(Exchange& exchange) {
    const Response& response = exchange.response;
    const bool no_body = exchange.request.method == Method::kHead || response.status() == 204 ||
                         response.status() == 304;
    const std::string head = head_text(exchange);
    const auto began = Clock::now();
    const std::array<asio::const_buffer, 3> first = {
        asio::buffer(head), asio::buffer(no_body ? std::string_view{} : response.body()),
        asio::buffer(no_body ? std::string_view{} : response.static_body())};
    stream_.expires_at(began + allowance(asio::buffer_size(first)));
    error_code error;
    exchange.sent = co_await asio::async_write(stream_, first, asio::redirect_error(kAwait, error));
    if (error || no_body || !response.source()) {
      co_return !error;
    }
    std::vector<char> piece(kPiece);
    const Response::Part part = response.part();
    for (std::uint64_t done = 0; done < part.length;) {
      const auto wanted =
          static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, part.length - done));
      Result<std::size_t> got = std::size_t{0};
      auto read = [&] {
        got = response.source()->read(part.offset + done, {piece.data(), wanted});
      };
      co_await on_worker(core_, read);
      if (!got || *got == 0) {
        log_event("error", got ? "a download is shorter than it was" : got.error().message,
                  {{"id", exchange.request.id}, {"route", exchange.request.route}});
        co_return false;
      }
      stream_.expires_at(began + allowance(done));
      exchange.sent += co_await asio::async_write(stream_, asio::buffer(piece.data(), *got),
                                                  asio::redirect_error(kAwait, error));
      if (error) {
        co_return false;
      }
      done += *got;
    }
    co_return true;
  }

  void note(const Exchange& exchange) {
    const double seconds = std::chrono::duration<double>(Clock::now() - exchange.began).count();
    Metrics& metrics = core_.app.metrics();
    const std::string method(method_name(exchange.request.method));
    metrics.count("everyface_requests_total", "Requests answered.",
                  {{"route", exchange.request.route},
                   {"method", method},
                   {"status", std::to_string(exchange.response.status())}});
    metrics.observe("everyface_request_seconds", "From a request's head to the end of its answer.",
                    {{"route", exchange.request.route}}, seconds);
    metrics.count("everyface_sent_bytes_total", "Bytes of answers, heads included.", {},
                  exchange.sent);
    log_access(exchange.request, exchange.response.status(), exchange.sent, seconds);
  }

  /// Reads what the client still sends for a while: closing at once would reset the connection, and
  /// the client would lose the answer.
  Awaitable<void> linger() {
    error_code error;
    stream_.socket().shutdown(Socket::shutdown_send, error);
    std::vector<char> dropped(kPiece);
    stream_.expires_after(kLingerTime);
    for (std::size_t read = 0; !error && read < kMostLingering;) {
      read += co_await stream_.async_read_some(asio::buffer(dropped),
                                               asio::redirect_error(kAwait, error));
    }
  }

  void set_waiting(bool waiting) {
    if (waiting == waiting_) {
      return;
    }
    waiting_ = waiting;
    if (waiting) {
      place_ = core_.waiting.insert(core_.waiting.end(), this);
    } else {
      core_.waiting.erase(place_);
    }
  }

  ServerCore& core_;
  beast::basic_stream<asio::ip::tcp, Executor> stream_;
  Address peer_;
  beast::flat_buffer buffer_;
  bool waiting_ = false;
  bool gone_ = false;
  std::list<Connection*>::iterator place_;
};

Awaitable<void> serve_connection(ServerCore& core, Socket socket, Address peer) {
  Connection connection(core, std::move(socket), peer);
  co_await connection.serve();
}

void drop_all(ServerCore& core) {
  for (Connection* connection : core.connections) {
    connection->drop();
  }
}

bool drop_longest_waiting(ServerCore& core) {
  if (core.waiting.empty()) {
    return false;
  }
  core.waiting.front()->drop();
  return true;
}

}  // namespace everyface::web
