// SPDX-License-Identifier: Apache-2.0
#include "features/feature_store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/safetensors.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

FeatureTrack MakeTrack(int rows) {
  FeatureTrack track;
  track.trial = "7-30-640x480_left";
  for (int t = 0; t < rows; ++t) {
    track.frame.push_back(2 * t + 5);
    for (int d = 0; d < FeatureTrack::kPool5; ++d)
      track.pool5.push_back(FloatToHalf(0.01f * static_cast<float>(t + d)));
    for (int p = 0; p < 48 * 48; ++p)
      track.gray.push_back(static_cast<std::uint8_t>((t + p) & 255));
  }
  track.frame_rate = 29.97;
  track.num_frames = 40;
  track.backbone = "torchvision/224";
  track.weights_hash = "untrained-1";
  track.weights_origin = "untrained, drawn from seed 1";
  return track;
}

TEST(FeatureStore, RoundTripKeepsEveryField) {
  const TempFolder folder;
  const FeatureTrack written = MakeTrack(3);
  const auto path = FeatureTrackPath(folder.path(), written.trial);
  WriteFeatureTrack(path, written);
  const FeatureTrack read = ReadFeatureTrack(path);
  EXPECT_EQ(read.trial, written.trial);
  EXPECT_EQ(read.frame, written.frame);
  EXPECT_EQ(read.pool5, written.pool5);
  EXPECT_EQ(read.gray, written.gray);
  EXPECT_EQ(read.gray_size, 48);
  EXPECT_EQ(read.frame_rate, 29.97);
  EXPECT_EQ(read.num_frames, 40);
  EXPECT_EQ(read.backbone, written.backbone);
  EXPECT_EQ(read.weights_hash, written.weights_hash);
  EXPECT_EQ(read.weights_origin, written.weights_origin);
  EXPECT_EQ(ListFeatureTracks(folder.path()), std::vector<std::string>{written.trial});
}

TEST(FeatureStore, RowsAloneAreThoseOfTheWholeTrack) {
  const TempFolder folder;
  const auto path = folder / "x.safetensors";
  WriteFeatureTrack(path, MakeTrack(3));
  const FeatureTrack rows = ReadFeatureRows(path), whole = ReadFeatureTrack(path);
  EXPECT_EQ(rows.frame, whole.frame);
  EXPECT_EQ(rows.frame_rate, whole.frame_rate);
  EXPECT_EQ(rows.num_frames, whole.num_frames);
  EXPECT_EQ(rows.trial, whole.trial);
  EXPECT_TRUE(rows.pool5.empty());
}

TEST(FeatureStore, ATrackWithoutFacesIsData) {
  const TempFolder folder;
  WriteFeatureTrack(folder / "empty.safetensors", MakeTrack(0));
  EXPECT_EQ(ReadFeatureTrack(folder / "empty.safetensors").size(), 0);
}

TEST(FeatureStore, DefectsAreNamed) {
  const TempFolder folder;
  const auto path = folder / "x.safetensors";
  FeatureTrack track = MakeTrack(3);
  track.frame = {5, 5, 9};
  WriteFeatureTrack(path, track);
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadFeatureTrack(path); })
                .find("'frame' does not increase at row 1 (5)"),
            std::string::npos);

  TensorFile file;
  file.metadata["schema"] = "99";
  WriteSafetensors(path, file);
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadFeatureTrack(path); })
                .find("feature store schema '99', this program reads schema 1"),
            std::string::npos);

  WriteFeatureTrack(path, MakeTrack(3));
  TensorFile short_pool5 = ReadSafetensors(path);
  const std::vector<std::uint16_t> values(2 * 2048);
  short_pool5.tensors["pool5"] = Tensor::From(DType::kF16, {2, 2048}, values.data());
  WriteSafetensors(path, short_pool5);
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadFeatureTrack(path); })
                .find("'pool5' is F16 (2, 2048), not F16 (3, 2048)"),
            std::string::npos);

  const std::string bytes = ReadFile(path);
  WriteFileAtomically(path, bytes.substr(0, bytes.size() / 2));
  ErrorOf(ErrorCode::kBadData, [&] { ReadFeatureTrack(path); });
  ErrorOf(ErrorCode::kNotFound, [&] { ReadFeatureTrack(folder / "absent.safetensors"); });
  ErrorOf(ErrorCode::kNotFound, [&] { ListFeatureTracks(folder / "absent"); });
}

// Two processes that extract the same trials at once, as two array jobs do that were given the same
// shard by mistake, while a third reads.
TEST(FeatureStore, TwoProcessesWritingAtOnceLoseNothingAndShowNoPartialFile) {
  const TempFolder folder;
  constexpr int kTrials = 12, kRounds = 6;
  const auto name = [](int trial) { return "trial-" + std::to_string(trial); };
  const auto write_all = [&](int writer) {
    for (int round = 0; round < kRounds; ++round) {
      for (int i = 0; i < kTrials; ++i) {
        const int trial = writer == 0 ? i : kTrials - 1 - i;
        FeatureTrack track = MakeTrack(20 + trial);
        track.trial = name(trial);
        WriteFeatureTrack(FeatureTrackPath(folder.path(), track.trial), track);
      }
    }
  };
  std::vector<pid_t> writers;
  for (int writer = 0; writer < 2; ++writer) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      write_all(writer);
      ::_exit(0);
    }
    writers.push_back(child);
  }
  int reads = 0, running = 2;
  while (running > 0) {
    int status = 0;
    if (::waitpid(-1, &status, WNOHANG) > 0) {
      EXPECT_EQ(status, 0);
      --running;
    }
    for (int trial = 0; trial < kTrials; ++trial) {
      const auto path = FeatureTrackPath(folder.path(), name(trial));
      if (!std::filesystem::exists(path)) continue;
      EXPECT_EQ(ReadFeatureTrack(path).size(), 20 + trial);
      ++reads;
    }
  }
  EXPECT_GT(reads, kTrials);
  EXPECT_EQ(ListFeatureTracks(folder.path()).size(), static_cast<std::size_t>(kTrials));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    files += entry.exists();
  EXPECT_EQ(files, kTrials) << "a temporary file was left behind";
}

}  // namespace
}  // namespace circumplex
