// People's part of a site for the command line.
#pragma once

#include <memory>

#include "cli/admin.h"
#include "everyface/commons/people.h"

namespace everyface::cli {

class AdminPeople {
 public:
  /// Opens the site's vault, which is made where the site has none yet.
  static Result<std::unique_ptr<AdminPeople>> open(AdminSite& site);
  AdminPeople(const AdminPeople&) = delete;
  AdminPeople& operator=(const AdminPeople&) = delete;

  People& people() { return people_; }

 private:
  AdminPeople(AdminSite& site, Vault vault);

  Vault vault_;
  PasswordHasher passwords_;
  People people_;
};

}  // namespace everyface::cli
