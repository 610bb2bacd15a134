// What a server on real sockets answers.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>
#include <vector>

#include "everyface/base/file.h"
#include "tests/web/server_fixture.h"

namespace everyface::web::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using Http = ServerTest;

TEST_F(Http, KeepsAConnectionForSeveralRequests) {
  start();
  Client client = connect();
  for (const char* name : {"a", "b", "c"}) {
    const Answer answer = client.ask(get("/hello?name=" + std::string(name)));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello " + std::string(name));
    EXPECT_FALSE(answer.headers.has("Connection"));
    EXPECT_TRUE(answer.headers.has("Date"));
  }
  EXPECT_EQ(client.ask(get("/hello", "Connection: close\r\n")).headers.get("Connection"), "close");
  EXPECT_TRUE(client.closed());
  Client old = connect();
  EXPECT_EQ(old.ask("GET /hello HTTP/1.0\r\nHost: faces.example\r\n\r\n").status, 200);
  EXPECT_TRUE(old.closed()) << "HTTP/1.0";
}

TEST_F(Http, AnswersPipelinedRequestsInOrder) {
  start();
  Client client = connect();
  client.send(get("/hello?name=1") + post("/form", "a=2") + get("/hello?name=3"));
  EXPECT_EQ(client.receive().body, "hello 1");
  EXPECT_EQ(client.receive().body, "2");
  EXPECT_EQ(client.receive().body, "hello 3");
}

TEST_F(Http, HeadIsGetWithoutABody) {
  start();
  Client client = connect();
  client.send("HEAD /hello?name=x HTTP/1.1\r\nHost: faces.example\r\n\r\n");
  const Answer head = client.receive(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.get("Content-Length"), "7");
  EXPECT_EQ(client.ask(get("/hello?name=y")).body, "hello y") << "nothing came in between";
}

TEST_F(Http, DownloadsAreResumable) {
  std::string content(300'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) {
    content[i] = static_cast<char>(i * 7 % 253);
  }
  const auto path = folder_.path() / "release.zip";
  ASSERT_TRUE(write_file_atomic(path, content).ok());
  app_.router().get("/release", Role::kAnonymous, [path](Request&) {
    return Response::download(file_source(path).value(), "application/zip", "v1", "release.zip");
  });
  start();
  Client client = connect();
  EXPECT_EQ(client.ask(get("/release")).body, content);
  const Answer middle = client.ask(get("/release", "Range: bytes=100000-199999\r\n"));
  EXPECT_EQ(middle.status, 206);
  EXPECT_EQ(middle.body, content.substr(100'000, 100'000));
  EXPECT_EQ(client.ask(get("/release", "Range: bytes=-5\r\n")).body, content.substr(299'995));
  const Answer beyond = client.ask(get("/release", "Range: bytes=300000-\r\n"));
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.headers.get("Content-Range"), "bytes */300000");
  EXPECT_EQ(client.ask(get("/release", "If-None-Match: \"v1\"\r\n")).status, 304);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST_F(Http, AFileThatShrinksEndsTheConnection) {
  const auto path = folder_.path() / "f";
  ASSERT_TRUE(write_file_atomic(path, std::string(1'000'000, 'x')).ok());
  app_.router().get("/f", Role::kAnonymous, [path](Request&) {
    auto source = file_source(path).value();
    std::filesystem::resize_file(path, 10);
    return Response::download(std::move(source), "text/plain", "v", "f");
  });
  start();
  Client client = connect();
  const Answer answer = client.ask(get("/f"));
  EXPECT_EQ(answer.headers.get("Content-Length"), "1000000");
  EXPECT_EQ(answer.body.size(), 10U);
  EXPECT_TRUE(client.closed());
}

TEST_F(Http, FormsInBothEncodings) {
  start();
  Client client = connect();
  EXPECT_EQ(client.ask(post("/form", "a=%C3%A9+x")).body, "\xc3\xa9 x");
  const std::string part = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nyes\r\n--B--\r\n";
  EXPECT_EQ(client.ask(post("/form", part, "multipart/form-data; boundary=B")).body, "yes");
  EXPECT_EQ(client.ask(post("/form", "", "text/plain")).status, 200) << "nothing sent";
  const std::string file =
      "--B\r\nContent-Disposition: form-data; name=a; filename=x\r\n\r\nyes\r\n--B--\r\n";
  EXPECT_EQ(client.ask(post("/form", file, "multipart/form-data; boundary=B")).status, 413)
      << "this form takes no files";
}

TEST_F(Http, UploadsOfSeveralMegabytes) {
  constexpr std::uint64_t kMost = 8 << 20;
  add_post("/upload", {.body = BodyKind::kMultipart, .max_body_bytes = kMost},
           [](Request& request) {
             std::string answer;
             for (const Upload& upload : request.uploads) {
               answer += upload.file_name + " " + std::to_string(upload.content.size()) + "\n";
             }
             return Response::text(answer);
           });
  start();
  Client client = connect();
  std::string body;
  for (const std::size_t size : {10U, 3'000'000U}) {
    body += "--B\r\nContent-Disposition: form-data; name=photo; filename=x.jpg\r\n\r\n" +
            std::string(size, 'x') + "\r\n";
  }
  EXPECT_EQ(client.ask(post("/upload", body + "--B--\r\n", "multipart/form-data; boundary=B")).body,
            "x.jpg 10\nx.jpg 3000000\n");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Http, ChunkedBodies) {
  start();
  Client client = connect();
  const std::string head = "POST /form HTTP/1.1\r\n" + std::string(kHost) +
                           "Content-Type: application/x-www-form-urlencoded\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(client.ask(head + "2\r\na=\r\n3;ext=1\r\nxyz\r\n0\r\n\r\n").body, "xyz");
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
  EXPECT_EQ(client.ask(head + "zz\r\n").status, 400);
  EXPECT_TRUE(client.closed());
  std::string chunks;
  for (int i = 0; i < 20; ++i) {
    chunks += "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
  }
  EXPECT_EQ(connect().ask(head + chunks).status, 413) << "chunks add up";
}

TEST_F(Http, BodiesThatAreNotWantedAreNotRead) {
  start();
  const auto status = [this](const std::string& request) {
    const Answer answer = connect().ask(request);
    EXPECT_EQ(answer.headers.get("Connection"), "close") << request;
    return answer.status;
  };
  EXPECT_EQ(status(post_head("/json", "application/json", 1001) + "\r\n"), 413);
  EXPECT_EQ(status(post_head("/json", "application/json", 99'999'999'999) + "\r\n"), 413);
  EXPECT_EQ(status(post_head("/json", "text/plain", 2) + "\r\n"), 415);
  EXPECT_EQ(status(post_head("/form", "application/json", 2) + "\r\n"), 415);
  EXPECT_EQ(status(post_head("/nothing", kForm, 2) + "\r\n"), 404);
  EXPECT_EQ(status(get("/hello", "Content-Length: 1\r\n")), 413);
}

TEST_F(Http, ContinueIsSaidOnlyWhereTheBodyWillBeRead) {
  start();
  const auto head = [](const std::string& path, std::size_t length) {
    return post_head(path, "application/json", length) + "Expect: 100-continue\r\n\r\n";
  };
  Client client = connect();
  EXPECT_EQ(client.ask(head("/json", 2)).status, 100);
  EXPECT_EQ(client.ask("{}").body, "{}");
  EXPECT_EQ(client.ask(head("/json", 2000)).status, 413);
  EXPECT_EQ(connect().ask(head("/nothing", 2)).status, 404);
}

TEST_F(Http, WhatIsNoHttpIsRefused) {
  start();
  const auto status = [this](const std::string& request) {
    Client client = connect();
    const Answer answer = client.ask(request);
    EXPECT_TRUE(client.closed()) << request;
    return answer.status;
  };
  EXPECT_EQ(status("hello\r\n\r\n"), 400);
  EXPECT_EQ(status("GET / HTTP/1.1\r\n\r\n"), 400) << "no Host";
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(status("GET http://faces.example/ HTTP/1.1\r\nHost: faces.example\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), 400);
  EXPECT_EQ(status(get("/hello?a=%zz")), 400);
  EXPECT_EQ(status("BREW / HTTP/1.1\r\nHost: faces.example\r\n\r\n"), 501);
  EXPECT_EQ(status("GET / HTTP/2.0\r\nHost: faces.example\r\n\r\n"), 400);
  EXPECT_EQ(status(get("/" + std::string(5000, 'a'))), 414);
  EXPECT_EQ(status(get("/hello", "X: " + std::string(20'000, 'a') + "\r\n")), 431);
  std::string many;
  for (int i = 0; i < 150; ++i) {
    many += "X-" + std::to_string(i) + ": 1\r\n";
  }
  EXPECT_EQ(status(get("/hello", many)), 431);
}

TEST_F(Http, RequestsThatTwoReadersCouldEndDifferentlyAreRefused) {
  start();
  const auto status = [this](const std::string& headers) {
    Client client = connect();
    const Answer answer =
        client.ask("POST /form HTTP/1.1\r\n" + std::string(kHost) + headers + "\r\n0\r\n\r\n");
    EXPECT_TRUE(client.closed()) << headers;
    return answer.status;
  };
  for (const char* headers :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n", "Content-Length: +5\r\n",
        "Content-Length: 5x\r\n", "Content-Length: 5, 5\r\n",
        "Content-Length: 99999999999999999999\r\n"}) {
    EXPECT_EQ(status(headers), 400) << headers;
  }
}

TEST_F(Http, ProxiesThatAreTrustedNameTheClient) {
  app_.router().get("/whoami", Role::kAnonymous, [](Request& request) {
    return Response::text(request.client.text() + (request.secure ? " secure" : ""));
  });
  const std::string forwarded = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
  start();
  EXPECT_EQ(connect().ask(get("/whoami", forwarded)).body, "127.0.0.1");
  server_.reset();
  options_.trusted_proxies = {*Network::parse("127.0.0.1")};
  start();
  EXPECT_EQ(connect().ask(get("/whoami", forwarded)).body, "203.0.113.9 secure");
}

TEST_F(Http, ManyClientsAtOnce) {
  start();
  constexpr int kClients = 8;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int c = 0; c < kClients; ++c) {
    threads.emplace_back([this, c, &wrong] {
      Client client = connect();
      for (int i = 0; i < 50; ++i) {
        const std::string name = std::to_string(c) + "-" + std::to_string(i);
        wrong += client.ask(get("/hello?name=" + name)).body == "hello " + name ? 0 : 1;
        wrong += client.ask(post("/form", "a=" + name)).body == name ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, 0);
}

TEST(ListenerTest, SaysWhyItCannotListen) {
  const auto taken = Listener::open("127.0.0.1", 0);
  ASSERT_TRUE(taken.ok());
  EXPECT_THAT(Listener::open("127.0.0.1", taken->port()).error().message, HasSubstr("in use"));
  EXPECT_THAT(Listener::open("no.such.host", 0).error().message, HasSubstr("must be an address"));
  EXPECT_THAT(Listener::open("localhost", 0)->url(), StartsWith("http://127.0.0.1:"));
}

}  // namespace
}  // namespace everyface::web::testing
