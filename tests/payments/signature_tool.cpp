// Signs and verifies for npm/http_signature.test.mjs: a JSON object a line in, one a line out.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "everyface/base/base64.h"
#include "everyface/payments/http_signature.h"
#include "everyface/payments/stringify.h"

namespace {

using namespace everyface;
using nlohmann::ordered_json;

ordered_json answer(const ordered_json& asked) {
  SignedRequest request{asked.at("method"), asked.at("url"), {}, asked.at("body")};
  for (const auto& [name, value] : asked.at("headers").items()) {
    request.headers.emplace_back(name, value.get<std::string>());
  }
  const std::int64_t time = asked.at("time");
  if (asked.at("do") == "verify") {
    const auto key = from_base64(asked.at("key").get<std::string>());
    const auto verified = verify_request(
        request, [&](std::string_view) { return key; }, time);
    return {{"code", verified ? "" : verified.error().code}};
  }
  const auto key = SigningKey::from_pem(asked.at("pem").get<std::string>(), asked.at("key_id"));
  if (!request.body.empty()) {
    request.body = stringify(ordered_json::parse(request.body)).value();
  }
  if (const auto done = sign_request(request, key.value(), time); !done) {
    return {{"code", done.error().code}};
  }
  ordered_json headers;
  for (const auto& [name, value] : request.headers) {
    headers[name] = value;
  }
  return {{"headers", headers}, {"body", request.body}, {"jwks", key->jwks()}};
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << answer(ordered_json::parse(line)).dump() << std::endl;
  }
}
