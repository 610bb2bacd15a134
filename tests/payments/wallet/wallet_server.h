// The wallet of server.mjs, run for tests.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "everyface/payments/outgoing_http.h"
#include "everyface/payments/signing_key.h"

namespace everyface::testing {

using nlohmann::json;

/// RFC 9421, appendix B.1.4: test-key-ed25519.
inline constexpr std::string_view kWalletPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n"
    "-----END PRIVATE KEY-----\n";

class WalletServer {
 public:
  /// Why it cannot run here; empty where it can.
  static std::string unavailable() {
    return std::filesystem::exists(folder() / "node_modules/@interledger")
               ? ""
               : "needs tests/payments/wallet/node_modules: make setup installs them";
  }

  /// The one that all tests of a program take turns with, as new: to start one takes a second.
  static WalletServer& as_new() {
    static WalletServer server;
    server.control("reset");
    server.control("keys",
                   {{"name", "site"}, {"keys", json::parse(server.key_.jwks()).at("keys")}});
    return server;
  }

  WalletServer(const WalletServer&) = delete;
  WalletServer& operator=(const WalletServer&) = delete;

  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] std::string wallet(const std::string& name) const {
    return origin_ + "/wallets/" + name;
  }
  /// What the wallet "site" signs with.
  [[nodiscard]] const SigningKey& key() const { return key_; }

  /// See server.mjs.
  json control(const std::string& name, const json& body = json::object()) {
    const auto answer = http_.perform({"POST", origin_ + "/control/" + name, {}, body.dump()});
    if (!answer || answer->status != 200) {
      throw std::runtime_error(answer ? answer->body : answer.error().message);
    }
    return json::parse(answer->body);
  }
  void fail(const std::string& step, const std::string& how, int times = 1) {
    control("fail", {{"step", step}, {"how", how}, {"times", times}});
  }
  json state() { return control("state"); }
  std::int64_t balance(const std::string& name) {
    return std::stoll(state().at("balances").at(name).get<std::string>());
  }
  /// How often a step was asked for, whatever came of it.
  int asked(const std::string& step) {
    int count = 0;
    const json now = state();
    for (const json& entry : now.at("log")) {
      count += entry.at("step") == step ? 1 : 0;
    }
    return count;
  }

  /// The wallet's owner answers; returns the query that they come back with.
  std::map<std::string, std::string> answer(const std::string& page, bool accept) {
    const auto answered = http_.perform({"POST", page + (accept ? "/accept" : "/reject")});
    // It redirects to the site, which is not there.
    if (answered || answered.error().code != "redirect_not_allowed") {
      throw std::runtime_error("the wallet's page does not send its owner back");
    }
    return last_back();
  }

 private:
  WalletServer() : key_(SigningKey::from_pem(kWalletPem, "site-key").value()) {
    int input[2];
    int output[2];
    if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC) != 0) {
      throw std::runtime_error("no pipes");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], 0);
    posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    std::string program = "node";
    std::string script = (folder() / "server.mjs").string();
    char* arguments[] = {program.data(), script.data(), nullptr};
    const int failed = ::posix_spawnp(&pid_, "node", &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(input[0]);
    ::close(output[1]);
    stdin_ = input[1];
    std::string line;
    char byte = 0;
    while (failed == 0 && ::read(output[0], &byte, 1) == 1 && byte != '\n') {
      line += byte;
    }
    ::close(output[0]);
    if (line.empty()) {
      throw std::runtime_error("tests/payments/wallet/server.mjs does not start");
    }
    origin_ = json::parse(line).at("origin");
  }

  ~WalletServer() {
    ::close(stdin_);
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }

  static std::filesystem::path folder() {
    return std::filesystem::path(EVERYFACE_SOURCE_DIR) / "tests/payments/wallet";
  }

  std::map<std::string, std::string> last_back() {
    std::map<std::string, std::string> query;
    const json back = control("back");
    for (const auto& [name, value] : back.items()) {
      query[name] = value;
    }
    return query;
  }

  SigningKey key_;
  OutgoingHttp http_{{.allow_loopback = true, .longest_answer = 16U << 20U}};
  pid_t pid_ = 0;
  int stdin_ = -1;
  std::string origin_;
};

}  // namespace everyface::testing
