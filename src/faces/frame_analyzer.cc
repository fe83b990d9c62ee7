// SPDX-License-Identifier: Apache-2.0
#include "faces/frame_analyzer.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace circumplex {
namespace {

TrackerOptions TrackerOptionsOf(const std::shared_ptr<FaceFinder>& finder) {
  CIRCUMPLEX_CHECK(finder != nullptr, "no face finder");
  TrackerOptions options;
  options.max_faces = finder->options().max_faces;
  return options;
}

}  // namespace

FrameAnalyzer::FrameAnalyzer(std::shared_ptr<FaceFinder> finder)
    : finder_(std::move(finder)), tracker_(TrackerOptionsOf(finder_)) {}

std::vector<Face> FrameAnalyzer::Analyze(const Image& rgb, double timestamp_s) {
  const FaceOptions& options = finder_->options();
  std::vector<LocatedFace> located;
  if (since_detection_ == 0) {
    located = finder_->Find(rgb);
  } else {
    located = finder_->Follow(rgb, previous_);
  }
  since_detection_ = (since_detection_ + 1) % options.detect_every;

  std::vector<FaceBox> boxes;
  for (const LocatedFace& face : located) boxes.push_back(face.box);
  const std::vector<int> ids = tracker_.Update(boxes, timestamp_s);
  std::vector<Face> faces;
  for (std::size_t i = 0; i < located.size(); ++i) {
    if (ids[i] < 0) continue;
    Face face;
    face.face_id = ids[i];
    face.box = located[i].box;
    face.confidence = located[i].confidence;
    face.low_confidence = face.confidence < options.min_confidence;
    face.crop = CutCrop(rgb, located[i].frame_to_crop, options.crop_size);
    faces.push_back(std::move(face));
  }
  std::sort(faces.begin(), faces.end(), [](const Face& a, const Face& b) {
    return a.face_id < b.face_id;
  });
  previous_ = std::move(located);
  return faces;
}

}  // namespace circumplex
