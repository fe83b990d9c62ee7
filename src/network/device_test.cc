// SPDX-License-Identifier: Apache-2.0
#include "network/device.h"

#include <ATen/Context.h>
#include <gtest/gtest.h>

#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;

TEST(Device, NamesOneThatThisLibTorchHasOrSaysWhatToDo) {
  EXPECT_EQ(DeviceOf("cpu"), at::Device(at::kCPU));
  for (const char* name : {"gpu", "typo", "cuda:7x", ""}) {
    EXPECT_EQ(ErrorOf(ErrorCode::kInvalidArgument, [&] { DeviceOf(name); }),
              "device '" + std::string(name) + "': choose cpu or cuda");
  }
  if (at::globalContext().hasCUDA()) {
    EXPECT_TRUE(DeviceOf("cuda").is_cuda());
  } else {
    EXPECT_NE(
        ErrorOf(ErrorCode::kUnsupported, [] { DeviceOf("cuda"); }).find("finds no CUDA GPU; use"),
        std::string::npos);
  }
}

}  // namespace
}  // namespace circumplex
