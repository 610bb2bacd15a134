// A PostgreSQL server of the tests' own: a new cluster in a temporary folder, reached by a socket
// in that folder, gone when the test program ends. One a program, started when it is first asked
// for.
#pragma once

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace everyface::testing {

class PostgresServer {
 public:
  /// Why there can be no server here; empty where there can.
  static std::string unavailable() {
    if (programs().empty()) {
      return "PostgreSQL's server is not installed: make setup installs it";
    }
    return ::geteuid() == 0 && ::getpwnam("postgres") == nullptr
               ? "as root, the tests start PostgreSQL as the user postgres, who is missing"
               : "";
  }

  /// Throws std::runtime_error with the server's log where it does not start.
  static PostgresServer& running() {
    static PostgresServer server;
    return server;
  }

  /// A new, empty database; returns its URL.
  std::string create_database() {
    const std::string name = "test_" + std::to_string(++databases_);
    execute("CREATE DATABASE " + name + " TEMPLATE template0");
    return url(name);
  }

  [[nodiscard]] std::string url(const std::string& database) const {
    return "postgresql://everyface@/" + database + "?host=" + folder_.string();
  }

  /// Runs a command of the server's administrator.
  void execute(const std::string& command) {
    const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(
        ::PQconnectdb(url("postgres").c_str()), &::PQfinish);
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
        ::PQexec(connection.get(), command.c_str()), &::PQclear);
    const ExecStatusType status = ::PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw std::runtime_error(command + ": " + ::PQerrorMessage(connection.get()));
    }
  }

  /// Where psql, pg_dump and the like are.
  static std::filesystem::path programs() {
    const std::filesystem::path root = "/usr/lib/postgresql";
    std::filesystem::path newest;
    std::error_code none;
    for (const auto& version : std::filesystem::directory_iterator(root, none)) {
      if (std::filesystem::exists(version.path() / "bin/initdb")) {
        newest = std::max(newest, version.path() / "bin");
      }
    }
    return newest;
  }

  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

 private:
  PostgresServer() : owner_(::getpid()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "everyface-pg-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw std::runtime_error("no temporary folder for PostgreSQL");
    }
    folder_ = pattern;
    if (::geteuid() == 0) {
      const passwd* user = ::getpwnam("postgres");
      if (::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) {
        throw std::runtime_error("cannot give a folder to the user postgres");
      }
    }
    const std::string data = (folder_ / "data").string();
    int status = 0;
    ::waitpid(launch({"initdb", "-D", data, "-U", "everyface", "--auth=trust", "--encoding=UTF8",
                      "--locale=C", "--no-sync"}),
              &status, 0);
    if (status != 0) {
      throw std::runtime_error("initdb failed:\n" + log());
    }
    server_ = launch({"postgres", "-D", data, "-k", folder_.string(), "-c",
                      "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"});
    while (::PQping(url("postgres").c_str()) != PQPING_OK) {
      if (::waitpid(server_, &status, WNOHANG) == server_) {
        throw std::runtime_error("PostgreSQL did not start:\n" + log());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  ~PostgresServer() {
    if (::getpid() != owner_) {
      return;  // a child of the tests
    }
    ::kill(server_, SIGINT);
    ::waitpid(server_, nullptr, 0);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  /// Starts one of PostgreSQL's programs as a user who is not root, its output in the log.
  pid_t launch(std::vector<std::string> command) {
    const std::string program = (programs() / command[0]).string();
    const passwd* user = ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr;
    std::vector<char*> arguments;
    for (std::string& word : command) {
      arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child != 0) {
      return child;
    }
    const bool ready =
        user == nullptr || (::setgid(user->pw_gid) == 0 && ::setuid(user->pw_uid) == 0);
    const int out = ::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // should the tests be killed
    if (ready && ::chdir(folder_.c_str()) == 0) {
      ::execv(program.c_str(), arguments.data());
    }
    ::_exit(127);
  }

  [[nodiscard]] std::string log() const {
    std::ifstream file(folder_ / "log");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  pid_t owner_;
  std::filesystem::path folder_;
  pid_t server_ = -1;
  int databases_ = 0;
};

}  // namespace everyface::testing
