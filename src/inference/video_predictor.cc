// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/progress.h"
#include "datasets/crop_rate.h"
#include "faces/crop_folder_source.h"
#include "faces/frame_analyzer.h"
#include "faces/video_face_source.h"
#include "features/feature_builder.h"
#include "features/store_info.h"
#include "inference/live_rows.h"
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

  void PredictCamera(int index,
                     std::int64_t max_frames,
                     const std::function<bool()>& keep_going,
                     const std::function<void(const VaFrame&)>& use) override;

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

  LiveRows NewLiveRows() {
    return LiveRows(
        model_, [this] { return NewBuilder("live"); }, rules_.clamp);
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
  std::optional<LiveRows> live_rows_;
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
      frames.push_back(RowWithoutFace(*frame));
      for (const Face& face : frame->faces) {
        auto builder = builders.find(face.face_id);
        if (builder == builders.end())
          builder = builders.emplace(face.face_id, NewBuilder(result.name)).first;
        builder->second.Add(frame->frame, face.crop);
        seen.push_back(RowOfFace(*frame, face));
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
    series[id] = StepsToFrames(track.features(), model_->Predict(&track), count, rules_);
  }
  if (main < 0) series[main] = StepsToFrames(FeatureTrack(), {}, count, rules_);

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
  if (live_analyzer_ == nullptr) {
    live_analyzer_ = std::make_unique<FrameAnalyzer>(Finder());
    live_rows_.emplace(NewLiveRows());
  }
  Image image(height, width, 3);
  std::copy_n(rgb, image.pixels.size(), image.pixels.data());
  FrameFaces frame;
  frame.frame = live_frames_;
  frame.timestamp_s = timestamp_s;
  frame.faces = live_analyzer_->Analyze(image, timestamp_s);
  ++live_frames_;
  return frame.faces.empty() ? std::vector<VaFrame>() : live_rows_->Push(frame);
}

void FullPipeline::PredictCamera(int index,
                                 std::int64_t max_frames,
                                 const std::function<bool()>& keep_going,
                                 const std::function<void(const VaFrame&)>& use) {
  VideoFaceSource source(VideoReader::OpenCamera(index), Finder());
  LiveRows rows = NewLiveRows();
  for (std::int64_t frames = 0; keep_going() && (max_frames == 0 || frames < max_frames);
       ++frames) {
    const auto frame = source.Next();
    if (!frame) return;
    for (const VaFrame& row : rows.Push(*frame)) use(row);
  }
}

}  // namespace

std::unique_ptr<VideoPipeline> MakeVideoPipeline(const Model* model,
                                                 const PredictorOptions& options,
                                                 const FrameRules& rules) {
  return std::make_unique<FullPipeline>(model, options, rules);
}

}  // namespace circumplex
