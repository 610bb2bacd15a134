// What a server on real sockets endures: the slow, the many, the busy, and its own end.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <future>
#include <latch>
#include <thread>
#include <vector>

#include "tests/web/server_fixture.h"

namespace everyface::web::testing {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

using Endurance = ServerTest;

TEST_F(Endurance, SlowHeadsAndBodiesAreEnded) {
  options_.limits.header_time = 50ms;
  options_.limits.transfer_grace = 50ms;
  options_.limits.least_bytes_per_second = 1'000'000;
  start();
  Client head = connect();
  head.send("GET /hello HT");
  EXPECT_TRUE(head.closed());
  Client body = connect();
  body.send(post_head("/form", kForm, 10) + "\r\na=1");
  EXPECT_TRUE(body.closed());
  EXPECT_THAT(connect().ask(get("/metrics")).body, HasSubstr("everyface_timeouts_total 2"));
}

TEST_F(Endurance, AHeadThatTricklesMustBeWholeInTime) {
  options_.limits.header_time = 100ms;
  start();
  Client client = connect();
  client.send("GET /hello HTTP/1.1\r\nX: ");
  // Every byte is progress; only the time of the whole head ends this. Questions of another client
  // set the pace: the head's limit of bytes would take thousands of them.
  Client pace = connect();
  while (!client.readable()) {
    client.send("x");
    ASSERT_EQ(pace.ask(get("/healthz")).status, 200);
  }
  EXPECT_TRUE(client.closed());
}

TEST_F(Endurance, SilentConnectionsAreClosed) {
  options_.limits.idle_time = 50ms;
  start();
  EXPECT_TRUE(connect().closed());
  Client served = connect();
  EXPECT_EQ(served.ask(get("/hello")).status, 200);
  EXPECT_TRUE(served.closed());
}

TEST_F(Endurance, ThoseWhoDoNotReadTheirAnswerAreDropped) {
  constexpr std::size_t kLarge = 50'000'000;
  app_.router().get("/large", Role::kAnonymous,
                    [](Request&) { return Response::text(std::string(kLarge, 'x')); });
  options_.limits.transfer_grace = 50ms;
  options_.limits.least_bytes_per_second = 1'000'000'000;
  start();
  Client client = connect();
  client.send(get("/large"));
  server_->stop();  // returns once the connection has been given up
  EXPECT_LT(client.receive().body.size(), kLarge);
}

TEST_F(Endurance, HalfOpenConnectionsDoNotStopService) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  constexpr std::size_t kHalfOpen = 2000;
  if (files.rlim_cur < 2 * kHalfOpen + 100) {
    GTEST_SKIP() << "needs " << 2 * kHalfOpen + 100 << " open files (ulimit -n)";
  }
  options_.limits.header_time = 60s;
  start();
  std::vector<Client> half_open;
  for (std::size_t i = 0; i < kHalfOpen; ++i) {
    half_open.push_back(connect());
    half_open.back().send("GET /hello HTTP/1.1\r\nX: ");
  }
  Client client = connect();
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(client.ask(get("/hello")).status, 200);
    ASSERT_EQ(connect().ask(get("/hello")).status, 200);
  }
  EXPECT_THAT(client.ask(get("/metrics")).body, HasSubstr("everyface_connections_open 20"));
}

TEST_F(Endurance, WhenAllPlacesAreTakenTheLongestWaitingGoes) {
  options_.limits.connections = 20;
  start();
  std::vector<Client> waiting;
  for (int i = 0; i < 50; ++i) {
    waiting.push_back(connect());
    waiting.back().send("GET ");
  }
  EXPECT_EQ(connect().ask(get("/hello")).status, 200);
  EXPECT_TRUE(waiting.front().closed());
}

TEST_F(Endurance, OneAddressHasSoManyConnections) {
  options_.limits.connections_per_address = 3;
  start();
  std::vector<Client> mine;
  for (int i = 0; i < 3; ++i) {
    mine.push_back(connect());
    ASSERT_EQ(mine.back().ask(get("/hello")).status, 200);
  }
  EXPECT_TRUE(connect().closed());
  EXPECT_EQ(mine.front().ask(get("/hello")).status, 200);
}

TEST_F(Endurance, BusyHandlersHoldUpNeitherTheNetworkNorTheQueueWithoutEnd) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::latch busy(2);
  app_.router().get("/busy", Role::kAnonymous, [&busy, released](Request&) {
    busy.count_down();
    released.wait();
    return Response::text("done");
  });
  options_.workers = 2;
  options_.limits.queue = 3;
  start();
  Client first = connect();
  Client second = connect();
  first.send(get("/busy"));
  second.send(get("/busy"));
  busy.wait();
  Client watcher = connect();
  EXPECT_EQ(watcher.ask(get("/healthz")).status, 200) << "quick routes need no worker";
  Client third = connect();
  third.send(get("/hello"));
  while (watcher.ask(get("/metrics")).body.find("everyface_requests_in_progress 3") ==
         std::string::npos) {  // until the third is in the queue
  }
  const Answer refused = connect().ask(get("/hello"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.headers.has("Retry-After"));
  release.set_value();
  EXPECT_EQ(first.receive().body, "done");
  EXPECT_EQ(second.receive().body, "done");
  EXPECT_EQ(third.receive().status, 200);
}

TEST_F(Endurance, StoppingLetsRequestsUnderWayFinish) {
  std::promise<void> release;
  std::latch busy(1);
  app_.router().get("/busy", Role::kAnonymous, [&](Request&) {
    busy.count_down();
    release.get_future().wait();
    return Response::text("done");
  });
  start();
  Client idle = connect();
  EXPECT_EQ(idle.ask(get("/hello")).status, 200);
  Client client = connect();
  client.send(get("/busy"));
  busy.wait();
  std::thread stopping([this] { server_->stop(); });
  EXPECT_TRUE(idle.closed()) << "those who wait for nothing go at once";
  EXPECT_THROW(connect(), std::runtime_error) << "nobody is let in";
  release.set_value();
  const Answer answer = client.receive();
  EXPECT_EQ(answer.body, "done");
  EXPECT_EQ(answer.headers.get("Connection"), "close");
  stopping.join();
}

TEST_F(Endurance, StoppingDoesNotWaitForEver) {
  options_.limits.shutdown_time = 50ms;
  start();
  Client client = connect();
  client.send(post_head("/form", kForm, 10) + "\r\na=1");
  server_->stop();
  EXPECT_TRUE(client.closed());
}

}  // namespace
}  // namespace everyface::web::testing
