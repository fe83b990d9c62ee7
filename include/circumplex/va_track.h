// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace circumplex {

/// One value for each target: a label, an estimate, or a statistic of either. The only type of a
/// pair in this library; what is not known is NaN.
struct Va {
  double valence = 0;
  double arousal = 0;

  /// By target: 0 valence, 1 arousal.
  double& operator[](std::size_t target) { return target == 0 ? valence : arousal; }
  /// The same of a constant pair.
  const double& operator[](std::size_t target) const { return target == 0 ? valence : arousal; }
  /// Equal bits but for the sign of 0; NaN equals nothing.
  friend bool operator==(const Va& a, const Va& b) {
    return a.valence == b.valence && a.arousal == b.arousal;
  }
  /// Not operator==.
  friend bool operator!=(const Va& a, const Va& b) { return !(a == b); }
};

/// Why a frame has, or lacks, an estimate of its own.
enum class FrameStatus {
  kOk,             ///< A face was found and evaluated.
  kNoFace,         ///< No face in the frame.
  kLowConfidence,  ///< A face below the confidence threshold.
  kUndecodable,    ///< The frame could not be decoded.
};

/// Axis-aligned box in pixels of the decoded frame; x, y is the top left corner.
struct FaceBox {
  double x = 0, y = 0, width = 0, height = 0;
};

/// Valence and arousal of one face in one frame.
struct VaFrame {
  std::int64_t frame = 0;  ///< Zero-based index of the decoded frame (files count from 1).
  int face_id = 0;         ///< Stable within a video; 0 is the first face seen.
  double timestamp_s = 0;  ///< [s] Presentation time from the container; NaN if not known.
  double confidence = 0;   ///< Detector confidence in [0, 1]; 0 without a face.
  FrameStatus status = FrameStatus::kNoFace;
  double valence = 0;   ///< [-1, 1], or NaN where nothing is known.
  double arousal = 0;   ///< [-1, 1], or NaN where nothing is known.
  bool filled = false;  ///< True if valence and arousal come from the missing-frame rule.
  FaceBox box;
};

/// Every decoded frame of one video, in frame order; several rows per frame if it shows several
/// faces, at least one row per frame.
struct VaTrack {
  std::string name;  ///< Trial name: the file stem of the video, or the folder of the crops.
  std::vector<VaFrame> frames;
};

}  // namespace circumplex
