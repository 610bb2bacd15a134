#include "everyface/commons/photos.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <thread>

#include "tests/commons/commons_house.h"
#include "tests/store/databases.h"

namespace everyface {
namespace {

using testing::code_of;
using testing::drawn_photo;
using testing::House;
using testing::must;

class PhotosTest : public testing::OnEveryDatabase {
 protected:
  static std::int64_t likenesses(House& house, std::string_view kind) {
    return house.count(sql("SELECT COUNT(*) FROM photo_duplicates WHERE kind = :kind"), kind);
  }
  static std::int64_t templates(House& house) {
    return house.count(sql("SELECT COUNT(*) FROM face_templates"));
  }

  /// A unit vector of 8 dimensions near the first axis.
  static PreparedPhoto with_face(int seed, float aside) {
    PreparedPhoto photo = drawn_photo(seed);
    photo.face_template = {std::sqrt(1 - aside * aside), aside, 0, 0, 0, 0, 0, 0};
    photo.template_model = "model";
    photo.template_distance = 0.3;
    return photo;
  }
};
EVERYFACE_ON_EVERY_DATABASE(PhotosTest);

TEST_P(PhotosTest, APhotoIsKeptListedAndShownToItsContributorAlone) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  const Uuid ben = house.contributor();
  const Uuid photo = house.submit(ada, 1);
  const auto list = must(house.photos.list(ada));
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].id, photo);
  EXPECT_EQ(list[0].state, PhotoState::kPending);
  EXPECT_EQ(list[0].width, 96);
  EXPECT_EQ(must(house.photos.image(ada, photo, PhotoSize::kFull)), drawn_photo(1).jpeg);
  EXPECT_EQ(must(house.photos.image(ada, photo, PhotoSize::kThumbnail)), drawn_photo(1).thumbnail);
  EXPECT_TRUE(must(house.photos.list(ben)).empty());
  for (const Uuid& other : {ben, house.administrator()}) {
    EXPECT_EQ(code_of(house.photos.find(other, photo)), "not_found");
    EXPECT_EQ(code_of(house.photos.image(other, photo, PhotoSize::kFull)), "not_found");
    EXPECT_EQ(code_of(house.photos.withdraw(other, photo)), "not_found");
  }
  EXPECT_EQ(house.photos.find(ben, photo).error().message,
            house.photos.find(ben, Uuid::make()).error().message)
      << "nobody learns which photos there are";
}

TEST_P(PhotosTest, NothingIsKeptWithoutConsentsAndDeclaration) {
  House house(open(), folder());
  const Uuid account = house.account("contributor");
  EXPECT_EQ(code_of(house.photos.may_submit(account)), "no_consent");
  EXPECT_EQ(code_of(house.photos.submit(account, drawn_photo(1), "")), "no_consent");
  house.consent(account, "publication");
  EXPECT_EQ(code_of(house.photos.submit(account, drawn_photo(1), "")), "no_consent");
  house.consent(account, "special_category");
  EXPECT_EQ(code_of(house.photos.submit(account, drawn_photo(1), "")), "no_declaration");
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM photos")), 0);
  EXPECT_EQ(code_of(house.photos.may_submit(Uuid::make())), "not_allowed");
}

TEST_P(PhotosTest, AnAccountMaySendSoManyADayAndHaveSoMany) {
  House house(open(), folder(), {.photos = {.most_photos = 3, .most_a_day = 2}});
  const Uuid ada = house.contributor();
  const Uuid first = house.submit(ada, 1);
  house.submit(ada, 2);
  EXPECT_EQ(code_of(house.photos.submit(ada, drawn_photo(3), "")), "too_often");
  must(house.photos.withdraw(ada, first));
  EXPECT_EQ(code_of(house.photos.submit(ada, drawn_photo(3), "")), "too_often")
      << "withdrawing makes no room within the day";
  house.now_ms += kDayMs;
  house.submit(ada, 3);
  house.submit(ada, 4);
  EXPECT_EQ(code_of(house.photos.may_submit(ada)), "too_many");
}

TEST_P(PhotosTest, TheSameFileIsShownToModeratorsAndNotRefused) {
  House house(open(), folder());
  const Uuid photo = house.submit(house.contributor(), 1);
  const Uuid again = house.submit(house.contributor(), 1);
  EXPECT_EQ(likenesses(house, "file"), 1);
  const Uuid moderator = house.moderator();
  for (const Uuid& each : {photo, again}) {
    const auto item = must(house.moderation.item(moderator, house.code(each)));
    ASSERT_FALSE(item.signals.duplicates.empty());
    EXPECT_EQ(item.signals.duplicates[0].kind, "file");
    EXPECT_EQ(item.signals.duplicates[0].other, house.code(each == photo ? again : photo));
    EXPECT_FALSE(item.signals.duplicates[0].same_account);
  }
}

TEST_P(PhotosTest, OfTwoSentAtOnceAtLeastOneFindsTheOther) {
  House house(open(), folder());
  House second(open(), folder());
  for (int round = 0; round < 5; ++round) {
    const Uuid ada = house.contributor();
    const Uuid ben = house.contributor();
    std::thread other([&] { second.submit(ben, round); });
    house.submit(ada, round);
    other.join();
    EXPECT_GE(house.count(sql("SELECT COUNT(DISTINCT found.photo_id) FROM photo_duplicates found "
                              "JOIN photos ON photos.id = found.photo_id WHERE found.kind = 'file' "
                              "AND photos.account_id IN (:ada, :ben)"),
                          ada, ben),
              1);
  }
}

TEST_P(PhotosTest, PicturesAlikeAreThoseWhoseHashesDifferInFewBits) {
  House house(open(), folder(), {.photos = {.perceptual_bits = 3}});
  const Uuid ada = house.contributor();
  PreparedPhoto photo = drawn_photo(1);
  photo.perceptual_hash = 0;
  must(house.photos.submit(ada, photo, ""));
  photo = drawn_photo(2);
  photo.perceptual_hash = 0x8000000000000003;
  must(house.photos.submit(ada, photo, ""));
  EXPECT_EQ(likenesses(house, "perceptual"), 1);
  photo = drawn_photo(3);
  photo.perceptual_hash = 0xf000000000000000;
  must(house.photos.submit(ada, photo, ""));
  EXPECT_EQ(likenesses(house, "perceptual"), 1);
}

TEST_P(PhotosTest, AFaceIsComparedWithThoseOfOtherAccountsThatAgreed) {
  House house(open(), folder());
  const Uuid ada = house.contributor({"black"}, "woman", true);
  const Uuid ben = house.contributor({"black"}, "man", true);
  const Uuid eve = house.contributor({"black"}, "woman", false);
  must(house.photos.submit(ada, with_face(1, 0), ""));
  must(house.photos.submit(ada, with_face(2, 0), ""));
  EXPECT_EQ(likenesses(house, "face"), 0) << "one's own face is no duplicate";
  must(house.photos.submit(eve, with_face(3, 0), ""));
  EXPECT_EQ(templates(house), 2) << "without consent there is no template";
  EXPECT_EQ(likenesses(house, "face"), 0);
  must(house.photos.submit(ben, with_face(4, 0.9F), ""));
  EXPECT_EQ(likenesses(house, "face"), 0) << "another face";
  must(house.photos.submit(ben, with_face(5, 0.1F), ""));
  EXPECT_EQ(likenesses(house, "face"), 2) << "both of the other account's photos";
  PreparedPhoto other_model = with_face(6, 0);
  other_model.template_model = "another";
  must(house.photos.submit(ben, other_model, ""));
  EXPECT_EQ(likenesses(house, "face"), 2) << "templates of another model are not comparable";
}

TEST_P(PhotosTest, TemplatesAreSealedAndGoWithTimeConsentOrPhoto) {
  House house(open(), folder(), {.photos = {.template_days = 10}});
  const Uuid ada = house.contributor({"black"}, "woman", true);
  const Uuid photo = must(house.photos.submit(ada, with_face(1, 0.5F), ""));
  must(house.photos.submit(ada, with_face(2, 0.5F), ""));
  const auto sealed = house.database.read([&](Transaction& tx) {
    return tx.one<Bytes>(sql("SELECT sealed FROM face_templates WHERE photo_id = :photo"), photo);
  });
  ASSERT_TRUE(sealed.ok());
  const std::string bytes(sealed->begin(), sealed->end());
  EXPECT_TRUE(house.vault.unseal(bytes, ada.text()).ok());
  EXPECT_FALSE(house.vault.unseal(bytes, house.contributor().text()).ok());
  must(house.photos.withdraw(ada, photo));
  EXPECT_EQ(templates(house), 1);
  house.now_ms += 10 * kDayMs - 1;
  EXPECT_EQ(must(tidy(house.photos, house.database, *house.blobs, house.now_ms)).templates_expired,
            0);
  house.now_ms += 1;
  EXPECT_EQ(must(tidy(house.photos, house.database, *house.blobs, house.now_ms)).templates_expired,
            1);
  EXPECT_EQ(templates(house), 0);
  must(house.photos.submit(ada, with_face(3, 0.5F), ""));
  EXPECT_EQ(templates(house), 1);
  must(house.database.transact([&](Transaction& tx) {
    return house.photos.on_withdrawal(tx, ada, ConsentKind::templates);
  }));
  EXPECT_EQ(templates(house), 0);
  EXPECT_EQ(must(house.photos.list(ada)).front().state, PhotoState::kPending) << "the photos stay";
}

TEST_P(PhotosTest, WithdrawingErasesFilesAndWhatWasKnownOfThem) {
  House house(open(), folder());
  const Uuid ada = house.contributor({"black"}, "woman", true);
  const Uuid photo = must(house.photos.submit(ada, with_face(1, 0), ""));
  house.submit(house.contributor(), 1);
  EXPECT_EQ(house.blob_count(), 4);
  must(house.photos.withdraw(ada, photo));
  EXPECT_EQ(house.blob_count(), 2);
  EXPECT_EQ(code_of(house.photos.image(ada, photo, PhotoSize::kFull)), "not_found");
  EXPECT_EQ(code_of(house.photos.withdraw(ada, photo)), "withdrawn");
  const MyPhoto mine = must(house.photos.find(ada, photo));
  EXPECT_EQ(mine.state, PhotoState::kWithdrawn);
  EXPECT_EQ(mine.withdrawn_ms, house.now_ms);
  EXPECT_EQ(mine.width, 0);
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM photos WHERE id = :photo AND sha256 IS NULL AND "
                            "perceptual_hash IS NULL AND network IS NULL AND photo_key IS NULL"),
                        photo),
            1);
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM photo_duplicates")), 0);
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM blob_trash")), 0);
}

TEST_P(PhotosTest, EndingAConsentOrTheAccountWithdrawsEverything) {
  for (const ConsentKind kind : {ConsentKind::publication, ConsentKind::special_category}) {
    House house(open(), folder());
    const Uuid ada = house.contributor();
    house.submit(ada, 1);
    house.submit(ada, 2);
    must(house.database.transact(
        [&](Transaction& tx) { return house.photos.on_withdrawal(tx, ada, kind); }));
    for (const MyPhoto& photo : must(house.photos.list(ada))) {
      EXPECT_EQ(photo.state, PhotoState::kWithdrawn);
    }
    EXPECT_EQ(must(tidy(house.photos, house.database, *house.blobs, house.now_ms)).blobs_erased, 4);
    EXPECT_EQ(house.blob_count(), 0);
  }
}

TEST_P(PhotosTest, EverythingCanBeWithdrawnAtOnce) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  house.submit(ada, 1);
  house.submit(ada, 2);
  const Uuid bens = house.submit(house.contributor(), 3);
  EXPECT_EQ(must(house.photos.withdraw_all(ada)), 2);
  EXPECT_EQ(must(house.photos.withdraw_all(ada)), 0);
  EXPECT_EQ(house.blob_count(), 2);
  EXPECT_EQ(
      house.count(sql("SELECT COUNT(*) FROM photos WHERE id = :photo AND state = 'pending'"), bens),
      1);
}

TEST_P(PhotosTest, ABlobStoreThatFailsLeavesNothing) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  std::filesystem::remove_all(folder() / "blobs");
  std::ofstream(folder() / "blobs") << "in the way";
  EXPECT_FALSE(house.photos.submit(ada, drawn_photo(1), "").ok());
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM photos")), 0);
}

TEST_P(PhotosTest, ThePhotosOfADeadServerAreScreenedLater) {
  House house(open(), folder());
  house.submit(house.contributor(), 1);
  const Uuid again = house.submit(house.contributor(), 1);
  house.change(sql("DELETE FROM photo_duplicates"));
  house.change(sql("UPDATE photos SET screened_ms = NULL WHERE id = :photo"), again);
  EXPECT_EQ(code_of(house.moderation.item(house.moderator(), house.code(again))), "not_found")
      << "moderators see it when it has been screened";
  EXPECT_EQ(must(tidy(house.photos, house.database, *house.blobs, house.now_ms)).photos_screened,
            1);
  EXPECT_EQ(likenesses(house, "file"), 1);
}

TEST_P(PhotosTest, TheDigestOfTheNetworkIsForgottenAfterAWhile) {
  House house(open(), folder(), {.photos = {.network_days = 30}});
  house.submit(house.contributor(), 1, "198.51.100.7");
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM photos WHERE network IS NOT NULL")), 1);
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM photos WHERE network LIKE '%198.51%'")), 0);
  house.now_ms += 30 * kDayMs;
  EXPECT_EQ(must(tidy(house.photos, house.database, *house.blobs, house.now_ms)).networks_forgotten,
            1);
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM photos WHERE network IS NOT NULL")), 0);
}

TEST_P(PhotosTest, BlobsThatNoRowKnowsAreFoundAndErased) {
  House house(open(), folder());
  house.submit(house.contributor(), 1);
  must(house.blobs->put("photos/left-over.jpg", "bytes"));
  EXPECT_EQ(must(trash_orphans(house.database, *house.blobs, house.now_ms)), 1);
  EXPECT_EQ(must(tidy(house.photos, house.database, *house.blobs, house.now_ms)).blobs_erased, 1);
  EXPECT_EQ(house.blob_count(), 2);
  EXPECT_EQ(must(trash_orphans(house.database, *house.blobs, house.now_ms)), 0);
}

TEST_P(PhotosTest, TheExportHoldsPhotosAndWhatIsKnownOfThem) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  const Uuid photo = house.submit(ada, 1);
  must(house.photos.withdraw(ada, house.submit(ada, 2)));
  std::string zip;
  must(export_account(ada, {photos_export(house.photos)}, [&zip](std::string_view bytes) {
    zip += bytes;
    return Result<void>();
  }));
  EXPECT_NE(zip.find("photos.json"), std::string::npos);
  EXPECT_NE(zip.find("photos/" + photo.text() + ".jpg"), std::string::npos);
}

}  // namespace
}  // namespace everyface
