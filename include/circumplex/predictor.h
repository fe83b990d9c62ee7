// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "circumplex/options.h"
#include "circumplex/va_track.h"

namespace circumplex {

/// What Predictor::Load() is told beside the model; empty members follow the model.
struct PredictorOptions {
  std::string device = "cpu";  ///< "cpu" or "cuda".
  FaceOptions faces;  ///< Where faces come from; the networks' settings come from the model.
  std::optional<GapFill> gap_fill;  ///< Instead of the model's rule.
  std::optional<SmoothingKind> smoothing;
  std::optional<double> smoothing_s;  ///< [s]
  /// Windows per pass of a network that recurs along the batch, instead of training.batch: with 1
  /// it sees each window alone, as it does live. Networks that recur along time ignore it. >= 1.
  std::optional<int> batch_windows;
  /// [1/s] Of crops and feature tracks, instead of what manifest, tracks and names say.
  std::optional<double> frame_rate;
};

/// A trained model applied to videos, crop folders, feature tracks, or a live camera. One code
/// path for all:
///
///     faces -> crops -> features -> clips -> networks -> one row per decoded frame
///
///     auto predictor = circumplex::Predictor::Load("model");
///     circumplex::VaTrack track = predictor.PredictVideo("talk.mp4");
///     for (const auto& row : track.frames) use(row.timestamp_s, row.valence, row.arousal);
///
/// Thread safety: none per object.
class Predictor {
 public:
  /// @throws Error kBadModel: no model there, another version, damaged weights; kUnsupported:
  ///         no such device.
  static Predictor Load(const std::filesystem::path& model_folder,
                        const PredictorOptions& options = {});
  ~Predictor();
  /// Moves the model; the source may only be assigned to or destroyed.
  Predictor(Predictor&&) noexcept;
  /// As the constructor.
  Predictor& operator=(Predictor&&) noexcept;

  /// The face seen in most frames has a row for every decoded frame; others only where they are
  /// seen. Frames without a face are filled by the missing-frame rule and marked; in a video
  /// without any face valence and arousal stay NaN.
  /// @throws Error kNotFound, kBadData, kUnsupported as VideoReader; kUnsupported in a
  ///         build without video.
  VaTrack PredictVideo(const std::filesystem::path& video);
  /// Folder of aligned crops named by frame number, `00001.jpg` = frame 1.
  VaTrack PredictCrops(const std::filesystem::path& folder);
  /// One feature track of a store; rows = its num_frames, or up to the last known frame.
  VaTrack PredictFeatures(const std::filesystem::path& store, const std::string& trial);

  /// Live use, causal: pushes decoded RGB frames one by one and returns the estimate for the newest
  /// frame, from the model's window of frames up to it. Latency: none by look-ahead; the first
  /// frames see a short window.
  /// @param rgb           height * width * 3 bytes, row-major.
  /// @param height,width  [px] Size of the frame.
  /// @param timestamp_s   [s] Larger than the last one.
  /// @return              One row per face of this frame; empty if there is none.
  /// @throws Error kInvalidArgument: a null pointer, a side below 1, a time not above the last one.
  std::vector<VaFrame> PushFrame(const std::uint8_t* rgb,
                                 int height,
                                 int width,
                                 double timestamp_s);

  /// The same for a camera, on the stack's own reader: where predicting is slower than the camera,
  /// the oldest waiting frames are dropped. Hands each row to `use`; a frame without a face has one
  /// row without values. Ends after `max_frames` (0 = never), or when `keep_going` says no.
  /// @param index       As in `/dev/video<index>`.
  /// @param max_frames  Frames to decode at most; 0 = no limit.
  /// @param keep_going  Asked before every frame.
  /// @param use         Called with each row, in the caller's thread.
  /// @throws Error kUnsupported: no such camera, or a build without video; kIo if it stops.
  void PredictCamera(int index,
                     std::int64_t max_frames,
                     const std::function<bool()>& keep_going,
                     const std::function<void(const VaFrame&)>& use);

  /// The configuration that the model was trained with.
  const RunOptions& model_options() const;
  /// How the weights of the appearance network came to be, one phrase for people: "untrained, drawn
  /// from seed 1", "imported from FILE", "trained on still images (...)"; empty if the model does
  /// not say or has no appearance stream.
  std::string backbone_origin() const;

 private:
  struct State;
  explicit Predictor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace circumplex
