#include "web/demo.h"

#include <algorithm>
#include <string>

#include "everyface/base/hash.h"
#include "everyface/base/random.h"
#include "everyface/commons/duplicates.h"
#include "everyface/commons/jpeg.h"
#include "everyface/commons/secret.h"
#include "everyface/commons/totp.h"
#include "everyface/money/bookings.h"
#include "web/commons.h"
#include "web/demo_portrait.h"

namespace everyface::web {
namespace {

constexpr int kContributors = 36;
constexpr int kPhotosEach = 2;
/// Of the photos, the newest this many wait; of the others every ninth was rejected.
constexpr int kWaiting = 12;
constexpr int kRejectedEvery = 9;
constexpr std::size_t kCodesShown = 4;

/// A password that somebody can type.
std::string demo_password() { return new_secret().substr(0, 20); }

/// Makes people and what they did.
class Demo {
 public:
  explicit Demo(Commons& commons) : commons_(commons), random_(20) {}

  Result<std::vector<DemoAccount>> fill() {
    std::vector<DemoAccount> shown;
    for (const auto& [email, role] :
         {std::pair{"admin@demo.example", AccountRole::administrator},
          std::pair{"moderator1@demo.example", AccountRole::moderator},
          std::pair{"moderator2@demo.example", AccountRole::moderator}}) {
      auto account = add_staff(email, role);
      if (!account) {
        return account.error();
      }
      shown.push_back(std::move(*account));
    }
    auto contributor = add_contributors();
    if (!contributor) {
      return contributor.error();
    }
    shown.push_back(std::move(*contributor));
    if (auto moderated = moderate(); !moderated) {
      return moderated.error();
    }
    if (auto given = give(); !given) {
      return given.error();
    }
    const auto release =
        commons_.releases.cut(staff_.front(), "The first one, of drawn portraits.");
    if (!release) {
      return release.error();
    }
    const auto rewarded =
        reward_releases(commons_.database, commons_.clock(), commons_.reward_settings());
    if (!rewarded) {
      return rewarded.error();
    }
    return shown;
  }

 private:
  /// A donation, a month ago.
  Result<ledger::Posted> give() {
    return commons_.database.transact([&](Transaction& tx) {
      return book_income(tx,
                         {.amount = 250'000,
                          .asset = commons_.config.money.rewards.asset,
                          .reference = "made-up",
                          .site_percent = commons_.config.money.site_percent},
                         commons_.clock() - 31 * kDayMs);
    });
  }

  Result<DemoAccount> add_staff(const std::string& email, AccountRole role) {
    DemoAccount shown{email, demo_password(), std::string(role_name(role)), {}};
    const auto account = commons_.accounts.create(email, shown.password, role, "en");
    if (!account) {
      return account.error();
    }
    staff_.push_back(*account);
    const auto session = commons_.sessions.sign_in({.email = email,
                                                    .password = shown.password,
                                                    .code = "",
                                                    .device = "demo",
                                                    .network = "demo"});
    if (!session) {
      return session.error();
    }
    const auto setup = commons_.second_factor.begin(*account, shown.password);
    if (!setup) {
      return setup.error();
    }
    const auto seed = totp_seed_of_text(setup->seed_text);
    if (!seed) {
      return Error{"the demonstration's second factor has no seed"};
    }
    const auto step = static_cast<std::uint64_t>(commons_.clock() / kTotpStepMs);
    auto confirmed = commons_.second_factor.confirm(session->token, hotp(*seed, step));
    if (!confirmed) {
      return confirmed.error();
    }
    if (auto out = commons_.sessions.sign_out_everywhere(*account); !out) {
      return out.error();
    }
    confirmed->recovery_codes.resize(kCodesShown);
    shown.one_time_codes = std::move(confirmed->recovery_codes);
    return shown;
  }

  /// All of them; the first can be signed in to.
  Result<DemoAccount> add_contributors() {
    DemoAccount shown{"contributor1@demo.example", demo_password(), "contributor", {}};
    const std::string nobody = demo_password();
    for (int i = 1; i <= kContributors; ++i) {
      const std::string email = "contributor" + std::to_string(i) + "@demo.example";
      const auto account =
          commons_.accounts.create(email, i == 1 ? shown.password : nobody,
                                   AccountRole::contributor, i % 3 == 0 ? "de" : "en");
      if (!account) {
        return account.error();
      }
      const int tone = 1 + (i * 7) % 10;
      if (auto ready = declare_for(*account, i, tone); !ready) {
        return ready.error();
      }
      for (int n = 0; n < kPhotosEach; ++n) {
        if (auto sent = send(*account, tone, n % 2 == 1); !sent) {
          return sent.error();
        }
      }
    }
    return shown;
  }

  Result<void> declare_for(const Uuid& account, int i, int tone) {
    for (const ConsentKind kind : {ConsentKind::publication, ConsentKind::special_category}) {
      if (auto given = give_consent(commons_.database, commons_.clock, account, kind,
                                    current_consent_text(kind, "en").sha256);
          !given) {
        return given;
      }
    }
    const DeclarationChoices& choices = commons_.choices;
    // A handful of groups, so that each is large enough to be shown.
    const std::size_t group = static_cast<std::size_t>(i % 4) * 4 % (choices.groups.size() - 1);
    Declaration declaration;
    declaration.groups = {choices.groups[group].code};
    declaration.gender = choices.genders[static_cast<std::size_t>(i) % 2].code;
    declaration.age_band =
        choices.age_bands[static_cast<std::size_t>(i) % (choices.age_bands.size() - 1)].code;
    declaration.monk_tone = tone;
    const auto declared = declare(commons_.database, commons_.clock, choices, account, declaration);
    return declared ? Result<void>() : declared.error();
  }

  Result<void> send(const Uuid& account, int tone, bool night) {
    const DemoPortrait portrait = draw_portrait(tone, night, random_.bits());
    PreparedPhoto photo;
    photo.jpeg = encode_jpeg(portrait.pixels, kKeptJpegQuality);
    photo.thumbnail = encode_jpeg(reduced_to(portrait.pixels, 320), kSmallJpegQuality);
    photo.width = portrait.pixels.cols;
    photo.height = portrait.pixels.rows;
    photo.face = portrait.face;
    photo.quality = 0.8;
    photo.sha256 = sha256_hex(photo.jpeg);
    photo.perceptual_hash = perceptual_hash(portrait.pixels);
    photo.camera = !night;
    const auto sent = commons_.photos.submit(account, photo, account.text());
    return sent ? Result<void>() : sent.error();
  }

  Result<void> moderate() {
    const int decided = kContributors * kPhotosEach - kWaiting;
    for (const Uuid& moderator : {staff_.at(1), staff_.at(2)}) {
      auto queue = commons_.moderation.queue(moderator, {.limit = 200});
      if (!queue) {
        return queue.error();
      }
      for (int n = 0; n < std::min(decided, static_cast<int>(queue->size())); ++n) {
        ReviewInput input;
        input.quality = 3 + n % 3;
        if (n % kRejectedEvery == kRejectedEvery - 1) {
          input = {.verdict = Verdict::kReject, .quality = 0, .reason = "unclear", .words = ""};
        }
        const auto done = commons_.moderation.review(
            moderator, queue->at(static_cast<std::size_t>(n)).code, input);
        if (!done && done.error().code != "not_found") {  // rejected by the first one already
          return done;
        }
      }
    }
    return {};
  }

  Commons& commons_;
  Random random_;
  std::vector<Uuid> staff_;  // the administrator first
};

}  // namespace

Result<std::vector<DemoAccount>> fill_demo(Commons& commons) { return Demo(commons).fill(); }

}  // namespace everyface::web
