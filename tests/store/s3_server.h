// An S3-compatible server of the tests' own, from npm: tests/store/s3/server.js.
#pragma once

#include <curl/curl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "everyface/store/blobs.h"
#include "tests/testing.h"

namespace everyface::testing {

class S3Server {
 public:
  static std::filesystem::path script() {
    return std::filesystem::path(EVERYFACE_SOURCE_DIR) / "tests/store/s3/server.js";
  }

  /// Why there can be no server here; empty where there can.
  static std::string unavailable() {
    if (!std::filesystem::exists(script().parent_path() / "node_modules/s3rver")) {
      return "s3rver is not installed in tests/store/s3: make setup installs it";
    }
    return "";
  }

  /// Started when it is first asked for; ends with the program.
  static S3Server& running() {
    static S3Server server;
    return server;
  }

  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;
  ~S3Server() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

  [[nodiscard]] S3Options options() const {
    S3Options options;
    options.endpoint = "http://127.0.0.1:" + std::to_string(port_);
    options.region = "eu-central-1";
    options.bucket = "photos";
    options.access_key = "tester";
    options.secret_key = "not a secret";
    options.part_bytes = 5U << 20U;
    return options;
  }

  /// An empty bucket; nothing fails, pages are as large as they are.
  void reset() { control("POST", "/-/reset"); }
  void list_in_pages_of(int keys) { control("POST", "/-/pages?keys=" + std::to_string(keys)); }
  /// The next requests fail: "503", "cut" (in the middle of a GET's answer) or "reset".
  void fail(const std::string& how, int count) {
    control("POST", "/-/fail?how=" + how + "&count=" + std::to_string(count));
  }
  int requests_seen() { return std::atoi(control("GET", "/-/seen").c_str()); }

 private:
  S3Server() {
    int out[2];
    if (::pipe(out) != 0) {
      throw std::runtime_error("no pipe");
    }
    process_ = ::fork();
    if (process_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(out[1], STDOUT_FILENO);
      ::close(out[0]);
      // s3rver's tokens of lists are encrypted by DES, of all things.
      ::execlp("node", "node", "--openssl-legacy-provider", script().c_str(),
               folder_.path().c_str(), "photos", "tester", "not a secret", "eu-central-1",
               static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(out[1]);
    const std::unique_ptr<FILE, int (*)(FILE*)> lines(::fdopen(out[0], "r"), &::fclose);
    if (std::fscanf(lines.get(), "%d", &port_) != 1) {
      throw std::runtime_error("the S3 server of the tests did not start");
    }
  }
  std::string control(const char* method, const std::string& path) {
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(::curl_easy_init(), &::curl_easy_cleanup);
    std::string body;
    const std::string url = options().endpoint + path;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(
        curl.get(), CURLOPT_WRITEFUNCTION,
        +[](const char* data, std::size_t size, std::size_t count, void* to) {
          static_cast<std::string*>(to)->append(data, size * count);
          return size * count;
        });
    if (::curl_easy_perform(curl.get()) != CURLE_OK) {
      throw std::runtime_error("the S3 server of the tests does not answer");
    }
    return body;
  }

  TemporaryFolder folder_;
  pid_t process_ = -1;
  int port_ = 0;
};

}  // namespace everyface::testing
