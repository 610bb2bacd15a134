#include "commons/face_templates.h"

#include <cstring>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>

#include "commons/photo_rows.h"
#include "everyface/commons/secret.h"

namespace everyface {
namespace {

struct TemplateRow {
  Uuid photo;
  Uuid account;
  double most_distance = 0;
  Bytes sealed;
  static constexpr auto columns =
      std::make_tuple(&TemplateRow::photo, &TemplateRow::account, &TemplateRow::most_distance,
                      &TemplateRow::sealed);
};

/// Templates read at a time, so that memory does not grow with their number.
constexpr std::int64_t kAtOnce = 1000;

Result<std::vector<float>> open_template(const Vault& vault, const TemplateRow& row) {
  const std::string_view sealed(reinterpret_cast<const char*>(row.sealed.data()),
                                row.sealed.size());
  auto plain = vault.unseal(sealed, row.account.text());
  if (!plain) {
    return Error{"face template of photo " + row.photo.text() + ": " + plain.error().message};
  }
  std::vector<float> values(plain->size() / sizeof(float));
  std::memcpy(values.data(), plain->data(), values.size() * sizeof(float));
  wipe(*plain);
  return values;
}

double distance_of(const std::vector<float>& a, const std::vector<float>& b) {
  return 1 - std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

Result<void> keep_template(Transaction& tx, const Vault& vault, const Uuid& photo,
                           const Uuid& account, const PreparedPhoto& prepared,
                           std::int64_t expires_ms) {
  std::string plain(prepared.face_template.size() * sizeof(float), '\0');
  std::memcpy(plain.data(), prepared.face_template.data(), plain.size());
  const std::string sealed = vault.seal(plain, account.text());
  wipe(plain);
  return change(
      tx,
      sql("INSERT INTO face_templates (photo_id, account_id, model, most_distance, sealed, "
          "expires_ms) VALUES (:photo, :account, :model, :distance, :sealed, :expires)"),
      photo, account, prepared.template_model, prepared.template_distance,
      Bytes(sealed.begin(), sealed.end()), expires_ms);
}

Result<std::vector<AlikeFace>> find_alike_faces(Transaction& tx, const Vault& vault,
                                                const Uuid& photo) {
  auto own = tx.find<TemplateRow>(
      sql("SELECT photo_id, account_id, most_distance, sealed FROM face_templates WHERE photo_id = "
          ":photo"),
      photo);
  if (!own) {
    return own.error();
  }
  std::vector<AlikeFace> alike;
  if (!*own) {
    return alike;
  }
  const auto face = open_template(vault, **own);
  if (!face) {
    return face.error();
  }
  Uuid after;
  for (;;) {
    auto others = tx.query<TemplateRow>(
        sql("SELECT photo_id, account_id, most_distance, sealed FROM face_templates WHERE photo_id "
            "> :after AND "
            "account_id <> :account AND model = (SELECT model FROM face_templates WHERE photo_id = "
            ":photo) ORDER BY photo_id LIMIT :at_once"),
        after, (*own)->account, photo, kAtOnce);
    if (!others) {
      return others.error();
    }
    if (others->empty()) {
      return alike;
    }
    for (const TemplateRow& row : *others) {
      const auto other = open_template(vault, row);
      if (!other) {
        return other.error();
      }
      const double distance = distance_of(*face, *other);
      if (other->size() == face->size() && distance <= (*own)->most_distance) {
        alike.push_back({row.photo, distance});
      }
    }
    after = others->back().photo;
  }
}

Result<std::int64_t> delete_expired_templates(Transaction& tx, std::int64_t now_ms) {
  auto deleted = tx.execute(sql("DELETE FROM face_templates WHERE expires_ms <= :now"), now_ms);
  if (!deleted) {
    return deleted.error();
  }
  return *deleted;
}

}  // namespace everyface
