// SPDX-License-Identifier: Apache-2.0
#include "video/overlay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "circumplex/error.h"

#include "support/test_files.h"
#include "video/video_reader.h"
#include "video/video_writer.h"

namespace circumplex {
namespace {

using testing_support::ErrorOf;
using testing_support::TempFolder;

VaFrame Face(double valence, double arousal) {
  VaFrame face;
  face.valence = valence;
  face.arousal = arousal;
  face.status = FrameStatus::kOk;
  return face;
}

Image Gray(int height, int width) {
  Image image(height, width, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), std::uint8_t{100});
  return image;
}

// Centre of the pixels that are blue: the first face's dot and trail, and nothing else.
struct Blob {
  double x = 0, y = 0;
  int pixels = 0;
};
Blob BluePixels(const Image& image) {
  Blob blob;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* rgb = image.Row(y) + 3 * x;
      if (rgb[2] < 200 || rgb[0] > 120) continue;
      blob.x += x;
      blob.y += y;
      ++blob.pixels;
    }
  }
  if (blob.pixels > 0) {
    blob.x /= blob.pixels;
    blob.y /= blob.pixels;
  }
  return blob;
}

TEST(Overlay, TheDotStandsWhereValenceAndArousalAre) {
  const auto dot = [](double valence, double arousal) {
    Image image = Gray(400, 600);
    Overlay().Draw({Face(valence, arousal)}, &image);
    return BluePixels(image);
  };
  const Blob center = dot(0, 0), right = dot(0.5, 0), up = dot(0, 0.5), outside = dot(3, 0);
  EXPECT_GT(center.pixels, 20);
  // The plane's radius is 0.13 of the shorter side: 52 px.
  EXPECT_NEAR(right.x - center.x, 26, 1.5);
  EXPECT_NEAR(right.y, center.y, 1.5);
  EXPECT_NEAR(up.y - center.y, -26, 1.5);
  EXPECT_NEAR(outside.x - center.x, 52, 1.5);
}

TEST(Overlay, FilledEstimatesAreHollowAndTheWayShowsForASecond) {
  Image own = Gray(400, 600), filled = Gray(400, 600);
  VaFrame face = Face(0.2, 0.3);
  Overlay().Draw({face}, &own);
  face.filled = true;
  Overlay().Draw({face}, &filled);
  EXPECT_LT(BluePixels(filled).pixels, BluePixels(own).pixels);

  Overlay overlay;
  Image moved = Gray(400, 600);
  overlay.Draw({Face(-0.5, 0)}, &moved);
  VaFrame later = Face(0.5, 0);
  later.timestamp_s = 0.5;
  moved = Gray(400, 600);
  overlay.Draw({later}, &moved);
  EXPECT_GT(BluePixels(moved).pixels, BluePixels(own).pixels + 20);  // dot and trail
  later.timestamp_s = 2;
  moved = Gray(400, 600);
  overlay.Draw({later}, &moved);
  EXPECT_NEAR(BluePixels(moved).pixels, BluePixels(own).pixels, 8);
}

TEST(Overlay, LeavesThePictureAloneBesideBoxAndPlane) {
  Image image = Gray(400, 600);
  VaFrame face = Face(std::nan(""), std::nan(""));
  face.box = {100, 100, 80, 90};
  Overlay().Draw({face}, &image);
  for (int x = 0; x < 90; ++x) EXPECT_EQ(image.Row(150)[3 * x], 100) << x;
  EXPECT_EQ(image.Row(150)[3 * 140], 100);  // inside the box
  EXPECT_NE(image.Row(150)[3 * 100], 100);  // its edge
}

TEST(Overlay, AVideoKeepsItsFramesAndATrackMustCoverThem) {
  const TempFolder folder;
  VideoWriter writer(folder / "in.mp4", 20, 96, 128);
  for (int i = 0; i < 12; ++i) writer.Write(Gray(96, 128));
  writer.Finish();
  VaTrack track;
  track.name = "in";
  for (int i = 0; i < 12; ++i) {
    track.frames.push_back(Face(0.1, 0.2));
    track.frames.back().frame = i;
    track.frames.back().timestamp_s = i / 20.0;
  }
  WriteOverlayVideo(folder / "in.mp4", track, folder / "out.mp4");
  VideoReader reader = VideoReader::Open(folder / "out.mp4");
  EXPECT_EQ(reader.info().width, 128);
  int frames = 0;
  while (reader.Next()) ++frames;
  EXPECT_EQ(frames, 12);
  track.frames.erase(track.frames.begin() + 5);
  const std::string message = ErrorOf(ErrorCode::kInvalidArgument, [&] {
    WriteOverlayVideo(folder / "in.mp4", track, folder / "short.mp4");
  });
  EXPECT_NE(message.find("frame 6"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(folder / "short.mp4"));
}

}  // namespace
}  // namespace circumplex
