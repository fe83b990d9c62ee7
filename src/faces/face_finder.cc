// SPDX-License-Identifier: Apache-2.0
#include "faces/face_finder.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "circumplex/error.h"

#include "video/resize.h"

namespace circumplex {
namespace {

/// Between two frames a face moves less than this share of its box and grows by less
/// than this factor.
constexpr double kMaxStep = 0.5;
constexpr double kMaxGrowth = 1.3;

}  // namespace

FaceFinder::FaceFinder(const FaceOptions& options) : options_(options) {
  RequireValid(options.Violations());
  detector_ = MakeDetector(options);
  if (options.detector == "dlib") landmarks_ = std::make_unique<LandmarkPredictor>();
}

bool FaceFinder::Locate(const Image& gray, LocatedFace& face) const {
  try {
    if (landmarks_) face.points = landmarks_->Predict(gray, face.box);
    face.frame_to_crop = CropTransform(face.points, options_.crop_size);
    return true;
  } catch (const Error& error) {
    // Points that coincide: whatever was detected is no face.
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    return false;
  }
}

std::vector<LocatedFace> FaceFinder::Find(const Image& rgb) {
  std::vector<Detection> detections = detector_->Detect(rgb);
  const auto most = static_cast<std::size_t>(options_.max_faces);
  if (detections.size() > most) detections.resize(most);
  Image gray;
  if (landmarks_ && !detections.empty()) gray = ToGray(rgb);
  std::vector<LocatedFace> faces;
  for (const Detection& detection : detections) {
    LocatedFace face;
    face.box = detection.box;
    face.confidence = detection.confidence;
    if (detection.points) face.points.assign(detection.points->begin(), detection.points->end());
    if (Locate(gray, face)) faces.push_back(std::move(face));
  }
  return faces;
}

std::vector<LocatedFace> FaceFinder::Follow(const Image& rgb,
                                            const std::vector<LocatedFace>& previous) {
  if (!landmarks_ || previous.empty()) return previous;
  const Image gray = ToGray(rgb);
  std::vector<LocatedFace> followed;
  for (const LocatedFace& face : previous) {
    if (auto found = FollowOne(gray, face)) followed.push_back(std::move(*found));
  }
  return followed;
}

std::optional<LocatedFace> FaceFinder::FollowOne(const Image& gray,
                                                 const LocatedFace& previous) const {
  const FaceBox before = BoxFromPoints(previous.points);
  LocatedFace face = previous;
  face.box = before;
  if (!Locate(gray, face)) return std::nullopt;
  face.box = BoxFromPoints(face.points);
  const Point2 from = CenterOf(before), to = CenterOf(face.box);
  const double growth = face.box.width / before.width;
  if (std::hypot(to.x - from.x, to.y - from.y) > kMaxStep * before.width || growth > kMaxGrowth ||
      growth < 1 / kMaxGrowth) {
    return std::nullopt;
  }
  return face;
}

}  // namespace circumplex
