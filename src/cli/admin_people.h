// People's part of a site for the command line.
#pragma once

#include <memory>

#include "cli/admin.h"
#include "everyface/commons/people.h"
#include "everyface/commons/photos.h"
#include "everyface/store/blobs.h"

namespace everyface::cli {

class AdminPeople {
 public:
  /// Opens the site's vault and blobs as its server does.
  static Result<std::unique_ptr<AdminPeople>> open(AdminSite& site);
  AdminPeople(const AdminPeople&) = delete;
  AdminPeople& operator=(const AdminPeople&) = delete;

  People& people() { return people_; }

 private:
  AdminPeople(AdminSite& site, Vault vault, std::unique_ptr<BlobStore> blobs);

  Vault vault_;
  std::unique_ptr<BlobStore> blobs_;
  PasswordHasher passwords_;
  Photos photos_;
  People people_;
};

}  // namespace everyface::cli
