// Goal: every code has one name, which leads back to it.
#include "model/error.hpp"

#include <gtest/gtest.h>

using namespace floe;

TEST(error_code, has_a_name_that_leads_back_to_it) {
  for (auto code : {error_code::none, error_code::unsupported, error_code::no_podman,
                    error_code::no_such_file, error_code::database_damaged,
                    error_code::database_unknown, error_code::changed_while_read}) {
    EXPECT_NE(to_string(code), "unknown");
    EXPECT_EQ(error_code_from_string(to_string(code)), code);
  }
}

TEST(error_code, keeps_its_number) {
  EXPECT_EQ(static_cast<int>(error_code::no_podman), 47);
  EXPECT_EQ(static_cast<int>(error_code::database_damaged), 56);
  EXPECT_EQ(static_cast<int>(error_code::database_unknown), 57);
}
