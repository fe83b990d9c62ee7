// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "circumplex/va_track.h"

namespace circumplex {

struct TrackerOptions {
  int max_faces = 4;            ///< Boxes kept per frame, largest first; >= 1.
  double memory_s = 5;          ///< [s] How long a lost face may return under its id; >= 0.
  double min_iou = 0.1;         ///< Overlap with the predicted box that continues a face ...
  double max_distance = 0.7;    ///< ... or distance of centres over mean box side.
  double max_size_ratio = 1.8;  ///< Of the sides of two boxes of the same face.
  /// Distance, over mean side, at which a single lost face may return.
  double return_distance = 1.5;
};

/// Gives the faces of successive frames stable ids, 0, 1, 2, ... in the order of first sight
/// (largest first within a frame).
///
/// A known face's box is predicted with its smoothed velocity, so faces that cross keep their ids.
/// Of all admissible pairs of known face and box (options) those are taken that pair the most faces
/// at the smallest sum of 1 - IoU + distance / mean side (AssignBest()), faces of the previous
/// frame before lost ones. A box left over gets the id of a lost face if that is the only lost face
/// and the only box left, both are near and of similar size, and it was seen within `memory_s`;
/// else a new id.
///
/// One thread at a time. Cost O(faces^3) per frame.
class FaceTracker {
 public:
  /// @throws Error kInvalidOptions if an option is out of range.
  explicit FaceTracker(const TrackerOptions& options = {});

  /// @param boxes        [px] Faces of the frame, in any order; none is fine.
  /// @param timestamp_s  [s] Above the last one.
  /// @return  The id of each box; -1 for boxes beyond `max_faces`.
  /// @throws Error kInvalidArgument: time does not increase, a box is empty or not finite.
  std::vector<int> Update(const std::vector<FaceBox>& boxes, double timestamp_s);

  int ids_given() const { return next_id_; }

 private:
  struct Known {
    int id = 0;
    FaceBox box;
    double velocity_x = 0, velocity_y = 0;  ///< [px/s]
    double seen_s = 0;
    bool lost = false;

    void MoveTo(const FaceBox& now, double timestamp_s);
  };
  FaceBox Predict(const Known& face, double timestamp_s) const;
  void RequireUsable(const std::vector<FaceBox>& boxes, double timestamp_s) const;
  /// Indices of at most max_faces boxes.
  std::vector<std::size_t> LargestFirst(const std::vector<FaceBox>& boxes) const;
  /// For each box the index of its known face, or none.
  std::vector<std::size_t> Match(const std::vector<FaceBox>& boxes,
                                 const std::vector<std::size_t>& order,
                                 double timestamp_s) const;

  TrackerOptions options_;
  std::vector<Known> known_;
  int next_id_ = 0;
  double last_s_ = -1e300;
};

}  // namespace circumplex
