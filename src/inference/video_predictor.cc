// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "core/progress.h"
#include "datasets/crop_rate.h"
#include "faces/crop_folder_source.h"
#include "faces/frame_analyzer.h"
#include "faces/video_face_source.h"
#include "features/feature_builder.h"
#include "features/store_info.h"
#include "inference/video_pipeline.h"
#include "predictions/main_face.h"

namespace circumplex {
namespace {

class FullPipeline : public VideoPipeline {
 public:
  FullPipeline(const Model* model, const PredictorOptions& options, const FrameRules& rules)
      : model_(model),
        faces_(options.faces),
        rules_(rules),
        frame_rate_(options.frame_rate.value_or(0)),
        backbone_(model->card().options.backbone) {
    faces_.crop_size = model->card().options.faces.crop_size;
  }

  VaTrack PredictVideo(const std::filesystem::path& video) override {
    WarnOfOtherCrops();
    VideoFaceSource source(VideoReader::Open(video), Finder());
    return PredictSource(&source);
  }

  VaTrack PredictCrops(const std::filesystem::path& folder) override {
    CropFolderOptions options;
    options.crop_size = faces_.crop_size;
    options.frame_rate = FrameRateOfCrops(folder, frame_rate_).value;
    CropFolderSource source(folder, options);
    return PredictSource(&source);
  }

  std::vector<VaFrame> PushFrame(const std::uint8_t* rgb,
                                 int height,
                                 int width,
                                 double timestamp_s) override;

 private:
  const RunOptions& options() const { return model_->card().options; }

  std::shared_ptr<FaceFinder> Finder() {
    if (finder_ == nullptr) finder_ = std::make_shared<FaceFinder>(faces_);
    return finder_;
  }

  // The crops of a video are cut here; others look different to the networks.
  void WarnOfOtherCrops() {
    const std::string& origin = model_->card().crop_origin;
    if (warned_ || origin.empty() || origin == EnumName(CropOrigin::kFaces)) return;
    warned_ = true;
    Log(LogLevel::kInfo,
        "predict",
        "the model was trained on crops of another aligner (" + origin +
            "), this video's are cut by this program; scores on such crops do not carry over");
  }

  FeatureBuilder NewBuilder(const std::string& trial) {
    if (extractor_ == nullptr && options().appearance.enabled)
      extractor_ = std::make_unique<Pool5Extractor>(backbone_);
    return FeatureBuilder(extractor_.get(), options().phase.size, trial);
  }

  VaTrack PredictSource(FaceSource* source);

  const Model* model_;
  FaceOptions faces_;
  FrameRules rules_;
  double frame_rate_;
  bool warned_ = false;
  BackboneOptions backbone_;
  std::shared_ptr<FaceFinder> finder_;
  std::unique_ptr<Pool5Extractor> extractor_;

  // Live use.
  std::unique_ptr<FrameAnalyzer> live_analyzer_;
  std::map<int, LiveSequence> live_sequences_;
  std::int64_t live_frames_ = 0;
};

VaTrack FullPipeline::PredictSource(FaceSource* source) {
  VaTrack result;
  result.name = source->name();
  std::map<int, FeatureBuilder> builders;
  std::vector<VaFrame> seen;    // one entry per frame and face
  std::vector<VaFrame> frames;  // one entry per frame, without a face
  {
    Progress progress(result.name, source->expected_frames());
    while (auto frame = source->Next()) {
      VaFrame row;
      row.frame = frame->frame;
      row.timestamp_s = frame->timestamp_s;
      row.status = frame->decodable ? FrameStatus::kNoFace : FrameStatus::kUndecodable;
      frames.push_back(row);
      for (const Face& face : frame->faces) {
        auto builder = builders.find(face.face_id);
        if (builder == builders.end())
          builder = builders.emplace(face.face_id, NewBuilder(result.name)).first;
        builder->second.Add(frame->frame, face.crop);
        row.face_id = face.face_id;
        row.confidence = face.confidence;
        row.status = face.low_confidence ? FrameStatus::kLowConfidence : FrameStatus::kOk;
        row.box = face.box;
        seen.push_back(row);
      }
      progress.Advance();
    }
  }
  const auto count = static_cast<std::int64_t>(frames.size());
  std::map<int, FeatureTrack> tracks;
  std::map<int, std::int64_t> frames_of_face;
  for (auto& [id, builder] : builders) {
    tracks[id] = builder.Finish(source->frame_rate(), count);
    frames_of_face[id] = tracks[id].size();
  }
  const int main = MainFaceId(frames_of_face).value_or(-1);
  std::map<int, FrameSeries> series;
  for (auto& [id, features] : tracks) {
    ClipTrack track(std::move(features), options().phase);
    series[id] = RowsToFrames(track.features(), model_->Predict(&track), count, rules_);
  }
  if (main < 0) series[main] = RowsToFrames(FeatureTrack(), {}, count, rules_);

  std::size_t next = 0;
  for (const VaFrame& frame : frames) {
    // The main face has a row for every frame, others where they are seen.
    bool main_seen = false;
    std::vector<VaFrame> rows;
    for (; next < seen.size() && seen[next].frame == frame.frame; ++next) {
      rows.push_back(seen[next]);
      FillFrame(series.at(seen[next].face_id).values[frame.frame], true, &rows.back());
      main_seen = main_seen || seen[next].face_id == main;
    }
    if (!main_seen) {
      VaFrame absent = frame;
      absent.face_id = std::max(main, 0);
      FillFrame(series.at(main).values[frame.frame], false, &absent);
      rows.push_back(absent);
    }
    std::sort(rows.begin(), rows.end(), [](const VaFrame& a, const VaFrame& b) {
      return a.face_id < b.face_id;
    });
    result.frames.insert(result.frames.end(), rows.begin(), rows.end());
  }
  return result;
}

std::vector<VaFrame> FullPipeline::PushFrame(const std::uint8_t* rgb,
                                             int height,
                                             int width,
                                             double timestamp_s) {
  if (live_analyzer_ == nullptr) live_analyzer_ = std::make_unique<FrameAnalyzer>(Finder());
  Image image(height, width, 3);
  std::copy_n(rgb, image.pixels.size(), image.pixels.data());
  std::vector<VaFrame> rows;
  for (const Face& face : live_analyzer_->Analyze(image, timestamp_s)) {
    FeatureBuilder builder = NewBuilder("live");
    builder.Add(live_frames_, face.crop);
    auto sequence = live_sequences_.try_emplace(face.face_id, model_).first;
    Va value = sequence->second.Push(builder.Finish(0, 0));
    VaFrame row;
    row.frame = live_frames_;
    row.face_id = face.face_id;
    row.timestamp_s = timestamp_s;
    row.confidence = face.confidence;
    row.status = face.low_confidence ? FrameStatus::kLowConfidence : FrameStatus::kOk;
    row.box = face.box;
    if (rules_.clamp) {
      for (std::size_t k = 0; k < 2; ++k) value[k] = std::clamp(value[k], -1.0, 1.0);
    }
    FillFrame(value, true, &row);
    rows.push_back(row);
  }
  ++live_frames_;
  return rows;
}

}  // namespace

std::unique_ptr<VideoPipeline> MakeVideoPipeline(const Model* model,
                                                 const PredictorOptions& options,
                                                 const FrameRules& rules) {
  return std::make_unique<FullPipeline>(model, options, rules);
}

}  // namespace circumplex
