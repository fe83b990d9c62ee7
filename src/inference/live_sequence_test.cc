// SPDX-License-Identifier: Apache-2.0
#include "inference/live_sequence.h"

#include <gtest/gtest.h>

#include "support/test_files.h"
#include "support/tiny_model.h"

namespace circumplex {
namespace {

using testing_support::RandomTrack;
using testing_support::TempFolder;
using testing_support::TinyOptions;
using testing_support::WriteTinyModel;

TEST(LiveSequence, EqualsThePredictionOfTheFramesSoFar) {
  for (const int step : {1, 3}) {
    const TempFolder folder;
    RunOptions options = TinyOptions();
    options.phase.snippet_frames = 5;
    options.clips.frame_step = step;
    WriteTinyModel(folder.path(), options);
    const Model model = Model::Load(folder.path());
    FeatureTrack track = RandomTrack(options.clips.window * step);
    for (std::size_t row = 5; row < track.frame.size(); ++row) track.frame[row] += 4;  // a gap
    LiveSequence live(&model);
    for (std::int64_t row = 0; row < track.size(); ++row) {
      const Va newest = live.Push(track.Rows(row, 1));
      ClipTrack so_far(track.Rows(0, row + 1), options.phase);
      const Va expected = model.Predict(&so_far).back();
      EXPECT_NEAR(newest[0], expected[0], 1e-5) << "row " << row << ", step " << step;
      EXPECT_NEAR(newest[1], expected[1], 1e-5) << "row " << row << ", step " << step;
    }
  }
}

TEST(LiveSequence, ForgetsWhatLiesBeforeTheWindow) {
  const TempFolder folder;
  RunOptions options = TinyOptions();
  options.motion.enabled = false;  // no snippets: the window alone decides
  WriteTinyModel(folder.path(), options);
  const Model model = Model::Load(folder.path());
  const FeatureTrack track = RandomTrack(20);
  LiveSequence live(&model);
  Va newest{};
  for (std::int64_t row = 0; row < track.size(); ++row) newest = live.Push(track.Rows(row, 1));
  FeatureTrack window = track;
  window.KeepLast(options.clips.window);
  ClipTrack clip(window, options.phase);
  EXPECT_NEAR(newest[1], model.Predict(&clip).back()[1], 1e-5);
}

}  // namespace
}  // namespace circumplex
