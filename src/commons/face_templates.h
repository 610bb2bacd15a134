// Templates of faces, kept with consent, for the duplicate check and nothing else.
#pragma once

#include <cstdint>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/prepared_photo.h"
#include "everyface/commons/vault.h"
#include "everyface/store/database.h"

namespace everyface {

Result<void> keep_template(Transaction& tx, const Vault& vault, const Uuid& photo,
                           const Uuid& account, const PreparedPhoto& prepared,
                           std::int64_t expires_ms);

/// Another account's photo whose face is alike.
struct AlikeFace {
  Uuid photo;
  double distance = 0;  ///< 1 - cosine
};

/// Photos of other accounts whose template, by the same model, is at most as far from this photo's
/// as this photo's template says; none where it has no template. Opens one template after the other
/// and keeps none.
Result<std::vector<AlikeFace>> find_alike_faces(Transaction& tx, const Vault& vault,
                                                const Uuid& photo);

Result<std::int64_t> delete_expired_templates(Transaction& tx, std::int64_t now_ms);

}  // namespace everyface
