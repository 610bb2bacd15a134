#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "commons/texts.h"
#include "everyface/base/base64.h"
#include "everyface/base/file.h"
#include "everyface/commons/mailer.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t kNowMs = 1'795'646'997'000;  // 25 November 2026, 22:49:57 UTC
const Clock kClock = [] { return kNowMs; };

SmtpSettings settings_to(const std::string& url) {
  SmtpSettings settings;
  settings.url = url;
  settings.sender = "no-reply@faces.example";
  return settings;
}

std::string message(const Mail& mail, const std::string& sender_name = "") {
  SmtpSettings settings = settings_to("smtp://127.0.0.1");
  settings.sender_name = sender_name;
  return mail_message(mail, settings, kNowMs, "1@faces.example");
}

TEST(PeopleMail, IsAMessageOfRfc5322) {
  EXPECT_EQ(message({"ada@example.org", "Hello", "One\nTwo\n"}),
            "From: no-reply@faces.example\r\n"
            "To: ada@example.org\r\n"
            "Subject: Hello\r\n"
            "Date: Wed, 25 Nov 2026 22:49:57 +0000\r\n"
            "Message-ID: <1@faces.example>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: base64\r\n"
            "\r\n" +
                base64("One\r\nTwo\r\n") + "\r\n");
}

TEST(PeopleMail, NoTextAddsAHeader) {
  const std::string text =
      message({"ada@example.org", "Hello\r\nBcc: eve@example.org", "\r\n.\r\nMAIL FROM:<eve>\r\n"},
              "Our\r\nBcc: eve@example.org");
  EXPECT_THAT(text, Not(HasSubstr("eve")));
  EXPECT_THAT(text, Not(HasSubstr("Bcc")));
}

TEST(PeopleMail, QuotesTheSendersName) {
  EXPECT_THAT(message({"a@b", "x", ""}, "Our \"Faces\" \\ <all>"),
              HasSubstr("From: \"Our \\\"Faces\\\" \\\\ <all>\" <no-reply@faces.example>\r\n"));
}

TEST(PeopleMail, SubjectsThatAreNotAsciiAreEncodedWordsOfWholeCharacters) {
  std::string subject;
  for (int i = 0; i < 40; ++i) {
    subject += "ä€😀";
  }
  const std::string text = message({"ada@example.org", subject, ""});
  const std::size_t start = text.find("Subject: ") + 9;
  const std::string header = text.substr(start, text.find("\r\nDate") - start);
  std::string decoded;
  for (std::size_t at = 0; at < header.size();) {
    ASSERT_EQ(header.compare(at, 10, "=?UTF-8?B?"), 0) << header.substr(at);
    const std::size_t end = header.find("?=", at);
    EXPECT_LE(end + 2 - at, 75U);
    const std::string part = from_base64(header.substr(at + 10, end - at - 10)).value();
    EXPECT_NE(static_cast<unsigned char>(part.front()) & 0xC0U, 0x80U) << "begins in a character";
    decoded += part;
    at = end + 2 + (end + 2 < header.size() ? std::string_view("\r\n ").size() : 0);
  }
  EXPECT_EQ(decoded, subject);
}

TEST(PeopleMail, EveryMailOfTheSiteIsThereInBothLanguages) {
  for (const char* name : {"join", "join-known", "reset", "reset-unknown", "change-email",
                           "change-email-known", "email-change-asked", "email-changed",
                           "password-changed", "second-factor-changed", "account-closed"}) {
    for (const char* language : {"en", "de"}) {
      const Mail mail = compose_mail(name, language, "ada@example.org",
                                     {"Our Faces", "https://faces.example", "LINK", 24});
      EXPECT_THAT(mail.subject, HasSubstr("Our Faces")) << name << language;
      EXPECT_THAT(mail.body, Not(HasSubstr("{"))) << name << language;
    }
  }
}

TEST(PeopleMail, AFolderGetsAFileAMailThatOnlyItsOwnerReads) {
  const testing::TemporaryFolder parent;
  const auto folder = parent.path() / "mail";
  const auto mailer = folder_mailer(folder, kClock);
  ASSERT_TRUE(mailer->send({"ada@example.org", "Grüße", "One\nTwo\n"}).ok());
  ASSERT_TRUE(mailer->send({"bob@example.org", "Hello", ""}).ok());
  std::vector<std::string> mails;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    EXPECT_THAT(file.path().filename().string(), StartsWith("1795646997000-"));
    mails.push_back(read_file(file.path()).value());
  }
  EXPECT_THAT(mails, UnorderedElementsAre("To: ada@example.org\nSubject: Grüße\n\nOne\nTwo\n",
                                          "To: bob@example.org\nSubject: Hello\n\n"));
  EXPECT_EQ(std::filesystem::status(folder).permissions(), std::filesystem::perms::owner_all);
}

TEST(PeopleMail, ServersThatAreNoneAreRefusedWhenTheyAreSet) {
  const auto refusal = [](const SmtpSettings& settings) {
    const auto mailer = smtp_mailer(settings, kClock);
    return mailer ? "" : mailer.error().message;
  };
  EXPECT_EQ(refusal(settings_to("smtps://mail.example.org:465")), "");
  EXPECT_THAT(refusal(settings_to("mail.example.org")), HasSubstr("not a URL like"));
  EXPECT_THAT(refusal(settings_to("https://mail.example.org")), HasSubstr("not a URL like"));
  const std::string with_password = refusal(settings_to("smtp://ada:secret@mail.example.org"));
  EXPECT_THAT(with_password, HasSubstr("settings of their own"));
  EXPECT_THAT(with_password, Not(HasSubstr("secret")));
  SmtpSettings plain = settings_to("smtp://mail.example.org:25");
  plain.plain_text = true;
  EXPECT_THAT(refusal(plain), HasSubstr("without TLS"));
  plain.url = "smtp://127.0.0.1.example.org:25";
  EXPECT_THAT(refusal(plain), HasSubstr("without TLS"));
  plain.url = "smtp://[::1]:25";
  EXPECT_EQ(refusal(plain), "");
  plain.sender = "nobody";
  EXPECT_THAT(refusal(plain), HasSubstr("mail sender"));
}

/// tests/commons/smtp_peer.py in a process of its own.
class SmtpPeer {
 public:
  explicit SmtpPeer(const std::string& options) {
    const std::string command = "exec /usr/bin/python3 " +
                                (testing::source_folder() / "tests/commons/smtp_peer.py").string() +
                                " " + folder_.path().string() + " " + options;
    process_ = ::popen(command.c_str(), "w");
    port_ = waited_for("port");
  }
  SmtpPeer(const SmtpPeer&) = delete;
  SmtpPeer& operator=(const SmtpPeer&) = delete;
  ~SmtpPeer() { ::pclose(process_); }

  [[nodiscard]] SmtpSettings settings() const { return settings_to("smtp://127.0.0.1:" + port_); }
  [[nodiscard]] std::filesystem::path certificate() const {
    return folder_.path() / "certificate.pem";
  }
  [[nodiscard]] nlohmann::json mail(int number) const {
    return nlohmann::json::parse(waited_for("mail-" + std::to_string(number) + ".json"));
  }
  [[nodiscard]] bool has_mail() const {
    return std::filesystem::exists(folder_.path() / "mail-1.json");
  }

 private:
  /// The content of a file that the peer is about to write.
  [[nodiscard]] std::string waited_for(const std::string& name) const {
    constexpr int kPauses = 3000;
    for (int i = 0; i < kPauses && !std::filesystem::exists(folder_.path() / name); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const auto content = read_file(folder_.path() / name);
    return content ? *content : throw std::runtime_error(content.error().message);
  }

  testing::TemporaryFolder folder_;
  FILE* process_;
  std::string port_;
};

TEST(PeopleSmtp, SendsWhatAnotherImplementationReads) {
  const SmtpPeer peer("");
  SmtpSettings settings = peer.settings();
  settings.plain_text = true;
  settings.sender_name = "Unsere Gesichter für alle";
  const auto mailer = std::move(smtp_mailer(settings, kClock)).value();
  std::string body = "Grüße!\n\n.\nA line with a dot alone is above, a long one below.\n";
  body += std::string(3000, 'x') + "\n";
  const auto sent =
      mailer->send({"ada@example.org", "Wählen Sie Ihr Passwort für unsere Seite", body});
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  const auto read = peer.mail(1);
  EXPECT_EQ(read["sender"], "no-reply@faces.example");
  EXPECT_EQ(read["recipients"], nlohmann::json::array({"ada@example.org"}));
  EXPECT_EQ(read["headers"]["To"], "ada@example.org");
  EXPECT_EQ(read["headers"]["From"], "Unsere Gesichter für alle <no-reply@faces.example>");
  EXPECT_EQ(read["headers"]["Subject"], "Wählen Sie Ihr Passwort für unsere Seite");
  EXPECT_THAT(read["headers"]["Message-ID"].get<std::string>(), EndsWith("@faces.example>"));
  EXPECT_LE(read["longest_line"], 100);
  std::string unix_lines = read["body"];
  std::erase(unix_lines, '\r');
  EXPECT_EQ(unix_lines, body);
  EXPECT_FALSE(read["tls"]);
}

TEST(PeopleSmtp, TellsRefusedMailFromMailToTryLater) {
  const SmtpPeer peer("");
  SmtpSettings settings = peer.settings();
  settings.plain_text = true;
  const auto mailer = std::move(smtp_mailer(settings, kClock)).value();
  const auto refused = mailer->send({"refused@example.org", "Hello", "Hello"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "mail_refused");
  EXPECT_THAT(refused.error().message, Not(HasSubstr("refused@")));
  const auto later = mailer->send({"later@example.org", "Hello", "Hello"});
  ASSERT_FALSE(later.ok());
  EXPECT_EQ(later.error().code, "");
  EXPECT_TRUE(mailer->send({"ada@example.org", "Hello", "Hello"}).ok());
}

TEST(PeopleSmtp, InsistsOnTlsByATrustedAuthority) {
  const SmtpPeer plain_peer("");
  const auto to_plain = std::move(smtp_mailer(plain_peer.settings(), kClock)).value();
  EXPECT_FALSE(to_plain->send({"ada@example.org", "Hello", "Hello"}).ok());
  EXPECT_FALSE(plain_peer.has_mail());

  const SmtpPeer peer("tls");
  const auto distrusting = std::move(smtp_mailer(peer.settings(), kClock)).value();
  EXPECT_FALSE(distrusting->send({"ada@example.org", "Hello", "Hello"}).ok());
  EXPECT_FALSE(peer.has_mail());
  SmtpSettings settings = peer.settings();
  settings.authorities = peer.certificate();
  const auto trusting = std::move(smtp_mailer(settings, kClock)).value();
  const auto sent = trusting->send({"ada@example.org", "Hello", "Hello"});
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  EXPECT_TRUE(peer.mail(1)["tls"]);
}

TEST(PeopleSmtp, SignsInAndKeepsThePasswordToItself) {
  const SmtpPeer peer("tls login");
  SmtpSettings settings = peer.settings();
  settings.authorities = peer.certificate();
  settings.user = "ada";
  settings.password = "a wrong secret";
  const auto wrong = std::move(smtp_mailer(settings, kClock)).value();
  const auto refused = wrong->send({"ada@example.org", "Hello", "Hello"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "");  // the mail is not to blame: it waits
  EXPECT_THAT(refused.error().message, Not(HasSubstr("secret")));
  settings.password = "a secret";
  const auto right = std::move(smtp_mailer(settings, kClock)).value();
  const auto sent = right->send({"ada@example.org", "Hello", "Hello"});
  EXPECT_TRUE(sent.ok()) << sent.error().message;
}

TEST(PeopleSmtp, AServerThatIsNotThereIsForLater) {
  SmtpSettings settings = settings_to("smtp://127.0.0.1:1");
  settings.plain_text = true;
  const auto mailer = std::move(smtp_mailer(settings, kClock)).value();
  const auto sent = mailer->send({"ada@example.org", "Hello", "Hello"});
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().code, "");
}

}  // namespace
}  // namespace everyface
