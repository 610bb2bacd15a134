// Serves one file as releases are served, for bench/web.py. Usage: bench_web_download PATH PORT
#include <cstdlib>
#include <iostream>

#include "everyface/web/server.h"

int main(int count, char** arguments) {
  using namespace everyface::web;
  if (count != 3) {
    std::cerr << "usage: " << arguments[0] << " PATH PORT\n";
    return 2;
  }
  auto listener = Listener::open("127.0.0.1", static_cast<std::uint16_t>(std::atoi(arguments[2])));
  if (!listener) {
    std::cerr << listener.error().message << "\n";
    return 1;
  }
  AppOptions options;
  options.public_url = listener->url();
  options.site_key = std::string(32, 'k');
  App app(std::move(options));
  app.router().get("/file", Role::kAnonymous, [path = std::string(arguments[1])](Request&) {
    return Response::download(file_source(path).value(), "application/zip", "v1", "file.zip");
  });
  Server server(std::move(*listener), {}, app);
  server.run_until_signal();
}
