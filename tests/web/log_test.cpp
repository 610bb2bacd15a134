#include "web/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace everyface::web {
namespace {

TEST(AccessLog, NamesRoutesAndNetworksAndNothingThatIsSecret) {
  Request request;
  request.method = Method::kPost;
  request.id = "0123456789abcdef";
  request.path = "/confirm/TOKEN-OF-SOMEONE";
  request.route = "/confirm/{token}";
  request.query.add("email", "someone@example.org");
  request.form.add("password", "hunter2");
  request.cookies.add("__Host-session", "SESSION");
  request.headers.add("Authorization", "Bearer API-TOKEN");
  request.client = *Address::parse("192.0.2.77");
  request.visitor.account = "ACCOUNT";
  request.visitor.secret = "SECRET";
  ::testing::internal::CaptureStderr();
  log_access(request, 200, 1234, 0.0125);
  log_event("error", "two\nlines and a \"quote\"\x1b", {{"reason", "a\\b\xff"}});
  const std::string log = ::testing::internal::GetCapturedStderr();
  for (const char* secret : {"TOKEN-OF", "example.org", "hunter2", "SESSION", "API-TOKEN",
                             "192.0.2.77", "ACCOUNT", "SECRET"}) {
    EXPECT_EQ(log.find(secret), std::string::npos) << secret;
  }
  const std::size_t end = log.find('\n');
  const auto access = nlohmann::json::parse(log.substr(0, end));
  EXPECT_EQ(access["route"], "/confirm/{token}");
  EXPECT_EQ(access["network"], "192.0.2.0/24");
  EXPECT_EQ(access["status"], 200);
  EXPECT_EQ(access["bytes"], 1234);
  EXPECT_EQ(access["ms"], 12.5);
  EXPECT_TRUE(access["time"].get<std::string>().ends_with("Z"));
  const auto event = nlohmann::json::parse(log.substr(end + 1));
  EXPECT_EQ(event["message"], "two\nlines and a \"quote\"\x1b") << "on one line of the log";
  EXPECT_EQ(event["reason"], "a\\b\xef\xbf\xbd");
}

}  // namespace
}  // namespace everyface::web
