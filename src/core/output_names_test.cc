// SPDX-License-Identifier: Apache-2.0
#include "core/output_names.h"

#include <gtest/gtest.h>

#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

TEST(OutputNames, TwoInputsOfOneResultAreRefusedByName) {
  RequireDistinctOutputs({{"a/talk.mp4", "out/talk.csv"}, {"b/walk.mp4", "out/walk.csv"}});
  const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [] {
    RequireDistinctOutputs({{"a/talk.mp4", "out/talk.csv"},
                            {"b/walk.mp4", "out/walk.csv"},
                            {"b/talk.mkv", "out/./talk.csv"}});
  });
  for (const char* word : {"talk.csv", "a/talk.mp4", "b/talk.mkv"})
    EXPECT_NE(message.find(word), std::string::npos) << message;
}

}  // namespace
}  // namespace circumplex
