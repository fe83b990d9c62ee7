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

std::vector<int> FaceTracker::Update(const std::vector<FaceBox>& boxes, double timestamp_s) {
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
  last_s_ = timestamp_s;
  known_.erase(std::remove_if(known_.begin(),
                              known_.end(),
                              [&](const Known& face) {
                                return face.lost && timestamp_s - face.seen_s > options_.memory_s;
                              }),
               known_.end());

  std::vector<std::size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return SideOf(boxes[a]) > SideOf(boxes[b]);
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(options_.max_faces)));

  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
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

  const auto free_boxes = std::count_if(
      order.begin(), order.end(), [&](std::size_t b) { return face_of_box[b] == kNone; });
  std::vector<std::size_t> lost;
  for (std::size_t f = 0; f < known_.size(); ++f) {
    if (!taken[f]) lost.push_back(f);
  }
  const std::size_t known_before = known_.size();
  std::vector<int> ids(boxes.size(), -1);
  for (const std::size_t b : order) {
    std::size_t f = face_of_box[b];
    if (f == kNone && free_boxes == 1 && lost.size() == 1 &&
        Distance(known_[lost[0]].box, boxes[b]) <= options_.return_distance &&
        SizeRatio(known_[lost[0]].box, boxes[b]) <= options_.max_size_ratio) {
      f = lost[0];
      taken[f] = true;
    }
    if (f == kNone) {
      Known fresh;
      fresh.id = next_id_++;
      fresh.box = boxes[b];
      fresh.seen_s = timestamp_s;
      known_.push_back(fresh);
      ids[b] = fresh.id;
      continue;
    }
    Known& face = known_[f];
    const Point2 before = CenterOf(face.box), now = CenterOf(boxes[b]);
    if (face.lost) {
      face.velocity_x = face.velocity_y = 0;
    } else {
      const double step_s = timestamp_s - face.seen_s;
      face.velocity_x += kVelocityGain * ((now.x - before.x) / step_s - face.velocity_x);
      face.velocity_y += kVelocityGain * ((now.y - before.y) / step_s - face.velocity_y);
    }
    face.box = boxes[b];
    face.seen_s = timestamp_s;
    face.lost = false;
    ids[b] = face.id;
  }
  for (std::size_t f = 0; f < known_before; ++f) {
    if (!taken[f]) known_[f].lost = true;
  }
  return ids;
}

}  // namespace circumplex
