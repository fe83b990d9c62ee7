// SPDX-License-Identifier: Apache-2.0
#include "faces/tracker.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "circumplex/error.h"

#include "faces/assignment.h"
#include "faces/geometry.h"

namespace circumplex {
namespace {

/// Share of a new velocity measurement; detections jitter by some pixels.
constexpr double kVelocityGain = 0.3;
/// [s] A velocity is not trusted longer than this.
constexpr double kPredictionLimit = 0.5;
/// Above every cost of an admissible pair, 1 - IoU + distance: each pair is a gain.
constexpr double kLargestCost = 10;
/// One face of the previous frame outweighs all lost ones.
constexpr double kSeenWeight = 1000;
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

double SideOf(const FaceBox& box) { return std::sqrt(box.width * box.height); }

double Distance(const FaceBox& a, const FaceBox& b) {
  const Point2 p = CenterOf(a), q = CenterOf(b);
  return std::hypot(p.x - q.x, p.y - q.y) / (0.5 * (SideOf(a) + SideOf(b)));
}

double SizeRatio(const FaceBox& a, const FaceBox& b) {
  return std::max(SideOf(a), SideOf(b)) / std::min(SideOf(a), SideOf(b));
}

}  // namespace

FaceTracker::FaceTracker(const TrackerOptions& options) : options_(options) {
  if (options.max_faces < 1 || !(options.memory_s >= 0) || !(options.max_size_ratio >= 1) ||
      !(options.max_distance >= 0) || !(options.return_distance >= 0) || !(options.min_iou > 0)) {
    throw Error(ErrorCode::kInvalidOptions,
                "face tracker: max_faces = " + std::to_string(options.max_faces) +
                    " (>= 1), memory_s = " + std::to_string(options.memory_s) +
                    " (>= 0), max_size_ratio (>= 1), distances (>= 0), min_iou (> 0)");
  }
}

FaceBox FaceTracker::Predict(const Known& face, double timestamp_s) const {
  const double ahead_s = std::min(timestamp_s - face.seen_s, kPredictionLimit);
  FaceBox box = face.box;
  box.x += face.velocity_x * ahead_s;
  box.y += face.velocity_y * ahead_s;
  return box;
}

void FaceTracker::RequireUsable(const std::vector<FaceBox>& boxes, double timestamp_s) const {
  if (!(timestamp_s > last_s_)) {
    throw Error(ErrorCode::kInvalidArgument,
                "face tracker: time " + std::to_string(timestamp_s) + " s does not follow " +
                    std::to_string(last_s_) + " s");
  }
  for (const FaceBox& box : boxes) {
    if (!(box.width > 0 && box.height > 0) ||
        !std::isfinite(box.x + box.y + box.width + box.height)) {
      throw Error(ErrorCode::kInvalidArgument, "face tracker: a box is empty or not finite");
    }
  }
}

std::vector<std::size_t> FaceTracker::LargestFirst(const std::vector<FaceBox>& boxes) const {
  std::vector<std::size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return SideOf(boxes[a]) > SideOf(boxes[b]);
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(options_.max_faces)));
  return order;
}

std::vector<std::size_t> FaceTracker::Match(const std::vector<FaceBox>& boxes,
                                            const std::vector<std::size_t>& order,
                                            double timestamp_s) const {
  std::vector<std::size_t> face_of_box(boxes.size(), kNone);
  std::vector<bool> taken(known_.size(), false);
  std::vector<std::vector<double>> gain(known_.size(), std::vector<double>(boxes.size(), 0));
  for (std::size_t f = 0; f < known_.size(); ++f) {
    const FaceBox predicted = Predict(known_[f], timestamp_s);
    for (const std::size_t b : order) {
      const double iou = Iou(predicted, boxes[b]);
      const double distance = Distance(predicted, boxes[b]);
      const bool near = iou >= options_.min_iou || distance <= options_.max_distance;
      if (near && SizeRatio(predicted, boxes[b]) <= options_.max_size_ratio) {
        gain[f][b] = (known_[f].lost ? 1 : kSeenWeight) * (kLargestCost - (1 - iou + distance));
      }
    }
  }
  const std::vector<std::size_t> box_of_face = AssignBest(gain);
  for (std::size_t f = 0; f < known_.size(); ++f) {
    if (box_of_face[f] == kUnassigned) continue;
    taken[f] = true;
    face_of_box[box_of_face[f]] = f;
  }
  // The only face that is missing is likely the only one that nobody knows.
  std::vector<std::size_t> strangers, missing;
  for (const std::size_t b : order) {
    if (face_of_box[b] == kNone) strangers.push_back(b);
  }
  for (std::size_t f = 0; f < known_.size(); ++f) {
    if (!taken[f]) missing.push_back(f);
  }
  if (strangers.size() == 1 && missing.size() == 1) {
    const FaceBox& last = known_[missing[0]].box;
    const FaceBox& box = boxes[strangers[0]];
    if (Distance(last, box) <= options_.return_distance &&
        SizeRatio(last, box) <= options_.max_size_ratio) {
      face_of_box[strangers[0]] = missing[0];
    }
  }
  return face_of_box;
}

void FaceTracker::Known::MoveTo(const FaceBox& now, double timestamp_s) {
  if (lost) {
    velocity_x = velocity_y = 0;
  } else {
    const Point2 from = CenterOf(box), to = CenterOf(now);
    const double step_s = timestamp_s - seen_s;
    velocity_x += kVelocityGain * ((to.x - from.x) / step_s - velocity_x);
    velocity_y += kVelocityGain * ((to.y - from.y) / step_s - velocity_y);
  }
  box = now;
  seen_s = timestamp_s;
  lost = false;
}

std::vector<int> FaceTracker::Update(const std::vector<FaceBox>& boxes, double timestamp_s) {
  RequireUsable(boxes, timestamp_s);
  last_s_ = timestamp_s;
  known_.erase(std::remove_if(known_.begin(),
                              known_.end(),
                              [&](const Known& face) {
                                return face.lost && timestamp_s - face.seen_s > options_.memory_s;
                              }),
               known_.end());
  const std::vector<std::size_t> order = LargestFirst(boxes);
  const std::vector<std::size_t> face_of_box = Match(boxes, order, timestamp_s);
  std::vector<int> ids(boxes.size(), -1);
  std::vector<Known> fresh;
  for (const std::size_t b : order) {
    if (face_of_box[b] != kNone) {
      known_[face_of_box[b]].MoveTo(boxes[b], timestamp_s);
      ids[b] = known_[face_of_box[b]].id;
      continue;
    }
    Known face;
    face.id = next_id_++;
    face.box = boxes[b];
    face.seen_s = timestamp_s;
    ids[b] = face.id;
    fresh.push_back(face);
  }
  for (Known& face : known_) face.lost = face.seen_s < timestamp_s;
  known_.insert(known_.end(), fresh.begin(), fresh.end());
  return ids;
}

}  // namespace circumplex
