// SPDX-License-Identifier: Apache-2.0
#include "features/feature_store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/safetensors.h"
#include "support/feature_stores.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;
using testing_support::UntrainedStore;

FeatureTrack MakeTrack(int rows) {
  FeatureTrack track;
  track.trial = "7-30-640x480_left";
  for (int t = 0; t < rows; ++t) {
    track.frame.push_back(2 * t + 5);
    for (int d = 0; d < kPool5Size; ++d)
      track.pool5.push_back(FloatToHalf(0.01f * static_cast<float>(t + d)));
    for (int p = 0; p < 48 * 48; ++p)
      track.gray.push_back(static_cast<std::uint8_t>((t + p) & 255));
  }
  track.frame_rate = 29.97;
  track.frame_rate_from = "name";
  track.num_frames = std::max(40, 2 * rows + 5);
  track.backbone = "torchvision/224";
  track.weights_hash = "untrained-1";
  track.weights_origin = "untrained, drawn from seed 1";
  return track;
}

StoreInfo Info() {
  StoreInfo info;
  info.frame_rate = 29.97;
  info.crops = CropOrigin::kFaces;
  return info;
}

// Weights of a file, as far as a store reads them.
BackboneWeights SomeWeights(const std::string& hash) {
  BackboneWeights weights;
  weights.hash = hash;
  weights.origin = "trained on \"still\" images";
  return weights;
}

TEST(FeatureStore, RoundTripKeepsEveryField) {
  const TempFolder folder;
  const FeatureStore store = UntrainedStore(folder.path());
  const FeatureTrack written = MakeTrack(3);
  store.Write(written);
  const FeatureTrack read = FeatureStore::Open(folder.path()).Track(written.trial);
  EXPECT_EQ(read.trial, written.trial);
  EXPECT_EQ(read.frame, written.frame);
  EXPECT_EQ(read.pool5, written.pool5);
  EXPECT_EQ(read.gray, written.gray);
  EXPECT_EQ(read.gray_size, 48);
  EXPECT_EQ(read.frame_rate, 29.97);
  EXPECT_EQ(read.frame_rate_from, "name");
  EXPECT_EQ(read.num_frames, 40);
  EXPECT_EQ(read.backbone, written.backbone);
  EXPECT_EQ(read.weights_hash, written.weights_hash);
  EXPECT_EQ(read.weights_origin, written.weights_origin);
  EXPECT_EQ(store.Trials(), std::vector<std::string>{written.trial});
  EXPECT_TRUE(store.Has(written.trial));
  EXPECT_FALSE(store.Has("other"));
}

TEST(FeatureStore, RowsAloneAreThoseOfTheWholeTrack) {
  const TempFolder folder;
  const FeatureStore store = UntrainedStore(folder.path());
  store.Write(MakeTrack(3));
  const std::string trial = MakeTrack(0).trial;
  const FeatureTrack rows = store.Rows(trial), whole = store.Track(trial);
  EXPECT_EQ(rows.frame, whole.frame);
  EXPECT_EQ(rows.frame_rate, whole.frame_rate);
  EXPECT_EQ(rows.num_frames, whole.num_frames);
  EXPECT_EQ(rows.gray_size, whole.gray_size);
  EXPECT_EQ(rows.trial, whole.trial);
  EXPECT_TRUE(rows.pool5.empty());
}

TEST(FeatureStore, ATrackWithoutFacesIsData) {
  const TempFolder folder;
  const FeatureStore store = UntrainedStore(folder.path());
  store.Write(MakeTrack(0));
  const FeatureTrack read = store.Track(MakeTrack(0).trial);
  EXPECT_EQ(read.size(), 0);
  EXPECT_EQ(read.num_frames, 40);
  EXPECT_TRUE(read.pool5.empty());
  EXPECT_TRUE(read.gray.empty());
}

TEST(FeatureStore, InfoIsKeptAndWhoeverComesLaterMustAgree) {
  const TempFolder folder;
  const FeatureStore made = FeatureStore::Create(folder.path(), Info(), SomeWeights("untrained-7"));
  const StoreInfo info = FeatureStore::Open(folder.path()).info();
  EXPECT_TRUE(Differences(info, made.info()).empty());
  EXPECT_EQ(info.weights_origin, "trained on \"still\" images");
  EXPECT_EQ(info.crops, CropOrigin::kFaces);
  EXPECT_EQ(info.frame_rate, 29.97);
  FeatureStore::Create(folder.path(), Info(), SomeWeights("untrained-7"));

  StoreInfo other = Info();
  other.layout = BackboneLayout::kCaffe;
  other.input_size = 64;
  other.crops = CropOrigin::kGiven;
  other.crop_size = 100;
  other.phase_size = 32;
  other.frame_rate = 0;
  const std::string before = ReadFile(folder / "store.toml");
  const std::string message = ErrorOf(ErrorCode::kInvalidOptions, [&] {
    FeatureStore::Create(folder.path(), other, SomeWeights("untrained-8"));
  });
  for (const char* part : {"backbone.layout is torchvision in the store, caffe here",
                           "backbone.input_size is 224 in the store, 64 here",
                           "untrained-7 in the store, untrained-8 here",
                           "phase.size is 48 in the store, 32 here",
                           "crops is circumplex faces in the store, given here",
                           "faces.crop_size is 112 in the store, 100 here",
                           "frame rate is 29.97 in the store, 0 here",
                           "another folder"})
    EXPECT_NE(message.find(part), std::string::npos) << part << "\n" << message;
  EXPECT_EQ(ReadFile(folder / "store.toml"), before);
}

TEST(FeatureStore, WeightsOfAFileLieBesideTheTracksAndAreNoTrial) {
  const TempFolder folder;
  BackboneWeights weights = DrawBackboneWeights(BackboneLayout::kCaffe, 3);
  WriteBackboneWeights(folder / "w.safetensors", weights);
  weights = ReadBackboneWeights(folder / "w.safetensors", BackboneLayout::kCaffe);
  StoreInfo info;
  info.layout = BackboneLayout::kCaffe;
  info.input_size = 32;
  const FeatureStore store = FeatureStore::Create(folder / "store", info, weights);
  ErrorOf(ErrorCode::kNotFound, [&] { store.Trials(); });
  const auto backbone = FeatureStore::Open(folder / "store").Backbone();
  ASSERT_TRUE(backbone);
  EXPECT_EQ(backbone->input_size, 32);
  EXPECT_EQ(LoadBackboneWeights(*backbone).hash, weights.hash);
}

TEST(FeatureStore, TracksOfAnotherStoreAreRefused) {
  const TempFolder folder, other;
  const FeatureStore store = UntrainedStore(folder.path());
  StoreInfo info;
  info.input_size = 64;
  const FeatureStore foreign = FeatureStore::Create(other.path(), info, SomeWeights("untrained-2"));
  FeatureTrack track = MakeTrack(2);
  ErrorOf(ErrorCode::kBadData, [&] { foreign.Write(track); });
  track.backbone = "torchvision/64";
  track.weights_hash = "untrained-2";
  foreign.Write(track);
  const std::string name = track.trial + ".safetensors";
  WriteFileAtomically(folder / name, ReadFile(other / name));
  for (const bool rows : {false, true}) {
    const std::string message = ErrorOf(
        ErrorCode::kBadData, [&] { rows ? store.Rows(track.trial) : store.Track(track.trial); });
    EXPECT_NE(message.find("backbone torchvision/64, the store says torchvision/224; weights "
                           "untrained-2, the store says untrained-1"),
              std::string::npos)
        << message;
  }
}

TEST(FeatureStore, DamagedInfoIsNamed) {
  const TempFolder folder;
  UntrainedStore(folder.path());
  const std::string good = ReadFile(folder / "store.toml");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    WriteFileAtomically(folder / "store.toml", text);
    return ErrorOf(ErrorCode::kBadData, [&] { FeatureStore::Open(folder.path()); });
  };
  EXPECT_NE(
      with("schema = 2", "schema = 3").find("store.schema = 3: must be a whole number from 2"),
      std::string::npos);
  EXPECT_NE(with("'torchvision'", "'vgg'").find("must be one of torchvision, caffe"),
            std::string::npos);
  EXPECT_NE(with("input_size = 224", "input_size = 1000000000").find("backbone.input_size"),
            std::string::npos);
  EXPECT_NE(with("weights = ''", "weights = '../x'").find("inside the store"), std::string::npos);
  EXPECT_NE(with("[phase]", "[phase").find("not TOML"), std::string::npos);
  EXPECT_NE(with("rate = 0", "rate = -1").find("frames.rate = -1"), std::string::npos);
}

// A store that an earlier program wrote: no store.toml, schema 1 in its tracks.
TEST(FeatureStore, AStoreOfSchema1IsReadAndTakenOver) {
  const TempFolder folder;
  const std::string track =
      ReadFile(std::string(CIRCUMPLEX_GOLDEN_DIR) + "/store_schema1/t0.safetensors");
  WriteFileAtomically(folder / "t0.safetensors", track);
  const FeatureStore old = FeatureStore::Open(folder.path());
  EXPECT_EQ(old.info().schema, 1);
  EXPECT_EQ(old.info().input_size, 48);
  EXPECT_EQ(old.info().phase_size, 16);
  EXPECT_EQ(old.Track("t0").frame, (std::vector<std::int64_t>{0, 1, 3}));
  EXPECT_EQ(old.Rows("t0").frame_rate, 25);
  EXPECT_EQ(old.Track("t0").pool5[2048 + 3], FloatToHalf(1.5f));
  ASSERT_TRUE(old.Backbone());
  EXPECT_EQ(old.Backbone()->seed, 5u);

  StoreInfo info;
  info.input_size = 48;
  info.phase_size = 32;
  ErrorOf(ErrorCode::kInvalidOptions,
          [&] { FeatureStore::Create(folder.path(), info, SomeWeights("untrained-5")); });
  info.phase_size = 16;
  FeatureStore::Create(folder.path(), info, SomeWeights("untrained-5"));
  const FeatureStore now = FeatureStore::Open(folder.path());
  EXPECT_EQ(now.info().schema, 2);
  EXPECT_EQ(now.Track("t0").gray, old.Track("t0").gray);
  EXPECT_EQ(ReadFile(folder / "t0.safetensors"), track);
}

TEST(FeatureTrack, DefectsAreNamed) {
  const TempFolder folder;
  const auto path = folder / "x.safetensors";
  const auto message = [&] {
    const std::string rows = ErrorOf(ErrorCode::kBadData, [&] { ReadFeatureRows(path); });
    EXPECT_EQ(rows, ErrorOf(ErrorCode::kBadData, [&] { ReadFeatureTrack(path); }));
    return rows;
  };
  FeatureTrack track = MakeTrack(3);
  track.frame = {5, 5, 9};
  WriteFeatureTrack(path, track);
  EXPECT_NE(message().find("'frame' does not increase at row 1 (5)"), std::string::npos);
  track.frame = {5, 7, 40};
  WriteFeatureTrack(path, track);
  EXPECT_NE(message().find("'frame' is 40 at row 2, beyond the 40 frames that the video has"),
            std::string::npos);
  track.frame = {5, 7, 1'000'000'000};
  track.num_frames = 0;
  WriteFeatureTrack(path, track);
  EXPECT_NE(message().find("beyond the 10000000 frames that a video may have"), std::string::npos);

  const auto with = [&](const std::string& key, const std::string& value) {
    WriteFeatureTrack(path, MakeTrack(3));
    TensorFile file = ReadSafetensors(path);
    file.metadata[key] = value;
    WriteSafetensors(path, file);
    return message();
  };
  EXPECT_NE(with("schema", "99").find("schema '99'; this program reads 1 to 2"), std::string::npos);
  EXPECT_NE(with("num_frames", "1000000000").find("num_frames '1000000000'"), std::string::npos);
  EXPECT_NE(with("num_frames", "-1").find("num_frames '-1'"), std::string::npos);
  EXPECT_NE(with("frame_rate", "nan").find("frame_rate 'nan'"), std::string::npos);
  EXPECT_NE(with("frame_rate", "1e9").find("frame_rate '1e9'"), std::string::npos);
  EXPECT_NE(with("gray_size", "100000").find("gray_size '100000'"), std::string::npos);

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
  ErrorOf(ErrorCode::kNotFound, [&] { FeatureStore::Open(folder / "absent"); });
}

// Two processes that extract the same trials at once, as two array jobs do that were given the same
// shard by mistake, while a third reads.
TEST(FeatureStore, TwoProcessesWritingAtOnceLoseNothingAndShowNoPartialFile) {
  const TempFolder folder;
  constexpr int kTrials = 12, kRounds = 6;
  const auto name = [](int trial) { return "trial-" + std::to_string(trial); };
  const auto write_all = [&](int writer) {
    const FeatureStore store = UntrainedStore(folder.path());
    for (int round = 0; round < kRounds; ++round) {
      for (int i = 0; i < kTrials; ++i) {
        const int trial = writer == 0 ? i : kTrials - 1 - i;
        FeatureTrack track = MakeTrack(20 + trial);
        track.trial = name(trial);
        store.Write(track);
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
      if (!std::filesystem::exists(folder / (name(trial) + ".safetensors"))) continue;
      EXPECT_EQ(FeatureStore::Open(folder.path()).Track(name(trial)).size(), 20 + trial);
      ++reads;
    }
  }
  EXPECT_GT(reads, kTrials);
  EXPECT_EQ(FeatureStore::Open(folder.path()).Trials().size(), static_cast<std::size_t>(kTrials));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    files += entry.exists();
  EXPECT_EQ(files, kTrials + 1) << "a temporary file was left behind";
}

}  // namespace
}  // namespace circumplex
