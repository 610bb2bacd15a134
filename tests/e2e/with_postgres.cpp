// Runs a command with EVERYFACE_E2E_DATABASE naming an empty PostgreSQL database of its own.
// Usage: with_postgres COMMAND...  Exit status: the command's; 77 where there can be no server.
#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <iostream>

#include "tests/store/postgres_server.h"

int main(int argc, char** argv) {
  using everyface::testing::PostgresServer;
  if (argc < 2) {
    std::cerr << "usage: with_postgres COMMAND...\n";
    return 2;
  }
  if (const std::string why = PostgresServer::unavailable(); !why.empty()) {
    std::cout << "skipped: " << why << "\n";
    return 77;
  }
  try {
    const std::string url = PostgresServer::running().create_database();
    ::setenv("EVERYFACE_E2E_DATABASE", url.c_str(), 1);
    pid_t child = 0;
    int status = 0;
    if (::posix_spawnp(&child, argv[1], nullptr, nullptr, argv + 1, environ) != 0 ||
        ::waitpid(child, &status, 0) != child) {
      std::cerr << "with_postgres: " << argv[1] << " cannot be started\n";
      return 2;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  } catch (const std::exception& problem) {
    std::cerr << "with_postgres: " << problem.what() << "\n";
    return 2;
  }
}
