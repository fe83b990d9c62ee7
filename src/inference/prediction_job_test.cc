// SPDX-License-Identifier: Apache-2.0
#include "inference/prediction_job.h"

#include <gtest/gtest.h>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "support/feature_stores.h"
#include "support/test_files.h"
#include "support/tiny_model.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::RandomTrack;
using testing_support::TempFolder;
using testing_support::TinyOptions;
using testing_support::UntrainedStore;
using testing_support::WriteTinyModel;
using testing_support::WriteTrack;

PredictionRequest RequestOf(const TempFolder& folder, const std::vector<std::string>& inputs) {
  PredictionRequest request;
  request.model = folder.path();
  request.inputs = inputs;
  request.out = (folder / "out").string();
  request.text = [](const std::string&) {};
  request.written = [](const std::filesystem::path&) {};
  return request;
}

TEST(PredictionJob, TwoInputsOfOneNameAreRefusedBeforeTheFirstIsOpened) {
  const TempFolder folder;
  WriteTinyModel(folder.path(), TinyOptions());
  // Neither file is there: opening one would be another error.
  PredictionRequest request = RequestOf(folder, {"a/clip.mp4", "b/clip.mkv"});
  const auto refused = [&] {
    const std::string message =
        ErrorOf(ErrorCode::kInvalidArgument, [&] { PredictionJob job(request); });
    EXPECT_NE(message.find("a/clip.mp4"), std::string::npos) << message;
    EXPECT_NE(message.find("b/clip.mkv"), std::string::npos) << message;
  };
  for (const PredictionFormat format : {PredictionFormat::kTrack,
                                        PredictionFormat::kJsonLines,
                                        PredictionFormat::kChallenge,
                                        PredictionFormat::kSubmission}) {
    request.format = format;
    refused();
  }
  request.format = PredictionFormat::kTrack;
  request.out = "-";
  request.overlay = (folder / "drawn").string();
  refused();
  EXPECT_FALSE(PathExists(folder / "out"));
  // On standard output nothing is overwritten.
  request.overlay.clear();
  EXPECT_EQ(PredictionJob(request).inputs().size(), 2u);
}

TEST(PredictionJob, ASubmissionNeedsAModelOfBothTargets) {
  const TempFolder folder;
  RunOptions options = TinyOptions();
  options.regressor.targets = Targets::kArousal;
  WriteTinyModel(folder.path(), options);
  PredictionRequest request = RequestOf(folder, {"clip.mp4"});
  request.format = PredictionFormat::kSubmission;
  EXPECT_NE(ErrorOf(ErrorCode::kInvalidArgument, [&] { PredictionJob job(request); })
                .find("predicts arousal only"),
            std::string::npos);
  request.format = PredictionFormat::kTrack;
  EXPECT_EQ(PredictionJob(request).inputs().size(), 1u);
}

TEST(PredictionJob, AStoreBecomesTracksWithTheirProvenance) {
  const TempFolder folder;
  WriteTinyModel(folder.path(), TinyOptions());
  WriteTrack(UntrainedStore(folder / "store", 16), RandomTrack(6));
  PredictionRequest request = RequestOf(folder, {(folder / "store").string()});
  std::vector<std::filesystem::path> written;
  request.written = [&](const std::filesystem::path& path) { written.push_back(path); };
  PredictionJob job(request);
  ASSERT_EQ(job.inputs().size(), 1u);
  job.Run(job.inputs()[0]);
  job.Finish(true);
  EXPECT_EQ(written, (std::vector<std::filesystem::path>{folder / "out/clip.csv"}));
  EXPECT_EQ(ReadCsv(folder / "out/clip.csv").rows.size(), 8u);
  EXPECT_TRUE(PathExists(ProvenancePath(request.out)));
}

}  // namespace
}  // namespace circumplex
