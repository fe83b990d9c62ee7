// SPDX-License-Identifier: Apache-2.0
#include "circumplex/predictor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "circumplex/error.h"

#include "config/model_card.h"
#include "core/csv.h"
#include "inference/model.h"
#include "inference/track_frames.h"
#include "inference/video_pipeline.h"
#include "network/device.h"

namespace circumplex {

void FillFrame(const Va& value, bool own, VaFrame* frame) {
  frame->valence = value[0];
  frame->arousal = value[1];
  frame->filled = !own && (std::isfinite(value[0]) || std::isfinite(value[1]));
}

struct Predictor::State {
  Model model;
  PredictorOptions options;
  FrameRules rules;
  std::unique_ptr<VideoPipeline> video;

  VideoPipeline& Video() {
    if (video == nullptr) video = MakeVideoPipeline(&model, options, rules);
    return *video;
  }
};

Predictor::Predictor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Predictor::~Predictor() = default;
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;

Predictor Predictor::Load(const std::filesystem::path& model_folder,
                          const PredictorOptions& options) {
  RequireValid(options.faces.Violations());
  auto state = std::make_unique<State>(State{
      Model::Load(ModelFolder(model_folder), DeviceOf(options.device)), options, {}, nullptr});
  state->rules = FrameRulesOf(state->model.card());
  if (options.gap_fill) state->rules.gap_fill = *options.gap_fill;
  if (options.smoothing) state->rules.smoothing = *options.smoothing;
  if (options.smoothing_s) state->rules.smoothing_s = {*options.smoothing_s, *options.smoothing_s};
  if (options.frame_rate && !(*options.frame_rate > 0)) {
    throw Error(ErrorCode::kInvalidArgument,
                "frame_rate = " + FormatShortest(*options.frame_rate) +
                    ": must be above 0; leave it out where the data state it");
  }
  if (options.batch_windows) state->model.SetBatchWindows(*options.batch_windows);
  return Predictor(std::move(state));
}

VaTrack Predictor::PredictVideo(const std::filesystem::path& video) {
  return state_->Video().PredictVideo(video);
}

VaTrack Predictor::PredictCrops(const std::filesystem::path& folder) {
  return state_->Video().PredictCrops(folder);
}

VaTrack Predictor::PredictFeatures(const std::filesystem::path& store, const std::string& trial) {
  ClipTrackCache cache(FeatureStore::Open(store), state_->model.card().options.phase);
  const auto track = cache.Get(trial);
  const FeatureTrack& features = track->features();
  FeatureTrack times;  // Which frame a row is, and when: without the values.
  times.trial = trial;
  times.frame = features.frame;
  times.frame_rate = state_->options.frame_rate.value_or(features.frame_rate);
  const std::int64_t last = features.frame.empty() ? 0 : features.frame.back() + 1;
  const std::int64_t frames = std::max(features.num_frames, last);
  const FrameSeries series =
      StepsToFrames(times, state_->model.Predict(track.get()), frames, state_->rules);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  VaTrack result;
  result.name = trial;
  for (std::int64_t t = 0; t < frames; ++t) {
    VaFrame frame;
    frame.frame = t;
    frame.timestamp_s = times.frame_rate > 0 ? static_cast<double>(t) / times.frame_rate : nan;
    frame.status = series.own[t] ? FrameStatus::kOk : FrameStatus::kNoFace;
    frame.confidence = series.own[t] ? 1 : 0;
    FillFrame(series.values[t], series.own[t], &frame);
    result.frames.push_back(frame);
  }
  return result;
}

std::vector<VaFrame> Predictor::PushFrame(const std::uint8_t* rgb,
                                          int height,
                                          int width,
                                          double timestamp_s) {
  if (rgb == nullptr || height < 1 || width < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "frame of height " + std::to_string(height) + " and width " +
                    std::to_string(width) + (rgb == nullptr ? " at a null pointer" : "") +
                    ": PushFrame takes height * width * 3 RGB bytes, both sides at least 1");
  }
  return state_->Video().PushFrame(rgb, height, width, timestamp_s);
}

void Predictor::PredictCamera(int index,
                              std::int64_t max_frames,
                              const std::function<bool()>& keep_going,
                              const std::function<void(const VaFrame&)>& use) {
  state_->Video().PredictCamera(index, max_frames, keep_going, use);
}

const RunOptions& Predictor::model_options() const { return state_->model.card().options; }

std::string Predictor::backbone_origin() const {
  const ModelCard& card = state_->model.card();
  if (!card.options.appearance.enabled) return "";
  const BackboneOptions& backbone = card.options.backbone;
  if (card.backbone_origin.empty() && backbone.weights.empty())
    return "untrained, drawn from seed " + std::to_string(backbone.seed);
  return card.backbone_origin;
}

#ifndef CIRCUMPLEX_WITH_VIDEO
std::unique_ptr<VideoPipeline> MakeVideoPipeline(const Model*,
                                                 const PredictorOptions&,
                                                 const FrameRules&) {
  throw Error(ErrorCode::kUnsupported,
              "this build has no video stack (CIRCUMPLEX_WITH_VIDEO=OFF); predict from a feature "
              "store, or use a full build");
}
#endif

}  // namespace circumplex
