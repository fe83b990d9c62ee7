// SPDX-License-Identifier: Apache-2.0
#include "inference/prediction_job.h"

#include <algorithm>
#include <utility>

#include "circumplex/error.h"

#include "core/files.h"
#include "core/output_names.h"
#include "core/progress.h"
#include "datasets/trained_on.h"
#include "options/enum_names.h"
#include "predictions/prediction_io.h"
#include "predictions/track_json.h"
#ifdef CIRCUMPLEX_WITH_VIDEO
#include "video/overlay.h"
#endif

namespace circumplex {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void Refuse(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

void DrawOverlay(const fs::path& video, const VaTrack& track, const fs::path& path) {
#ifdef CIRCUMPLEX_WITH_VIDEO
  WriteOverlayVideo(video, track, path);
#else
  static_cast<void>(video), static_cast<void>(track), static_cast<void>(path);
  throw Error(ErrorCode::kUnsupported, "--overlay: this build has no video stack");
#endif
}

}  // namespace

PredictionJob::PredictionJob(PredictionRequest request)
    : request_(std::move(request)), predictor_(Predictor::Load(request_.model, request_.options)) {
  LogAppearanceNetwork();
  if (request_.inputs.size() == 1) camera_ = CameraIndex(request_.inputs[0]);
  CheckRequest();
  if (camera_) return;
  const GapFill rule =
      request_.options.gap_fill.value_or(predictor_.model_options().inference.gap_fill);
  inputs_ = FindPredictionInputs(request_.inputs, request_.trials);
  for (const PredictionInput& input : inputs_) {
    if (!request_.overlay.empty() && input.kind != InputKind::kVideo)
      Refuse("--overlay draws on videos; '" + input.path.string() + "' is none");
  }
  if (IsSubmission()) PrepareSubmission(rule);
  one_file_ = inputs_.size() == 1 && !IsFolder(request_.out, ErrorCode::kIo) &&
              !fs::path(request_.out).extension().empty();
  CheckOutputs();
  provenance_ = ProvenanceOf(request_.model, EnumName(rule));
  std::vector<std::string> trials;
  for (const PredictionInput& input : inputs_) trials.push_back(input.trial);
  CheckTrainedOn(provenance_, trials, submission_ ? Seen::kRefuse : Seen::kWarn, request_.force);
}

bool PredictionJob::IsSubmission() const {
  return request_.format == PredictionFormat::kChallenge ||
         request_.format == PredictionFormat::kSubmission;
}

void PredictionJob::LogAppearanceNetwork() const {
  if (!predictor_.model_options().appearance.enabled) return;
  const std::string origin = predictor_.backbone_origin();
  const bool untrained = origin.rfind("untrained", 0) == 0;
  Log(untrained ? LogLevel::kWarning : LogLevel::kInfo,
      "predict",
      "appearance network: ResNet-50 " +
          (origin.empty() ? "with weights that do not say how they were trained" : origin) +
          (untrained ? "; its values show the method, not affect" : ""));
}

void PredictionJob::CheckRequest() const {
  if (camera_ && (request_.out != "-" || IsSubmission() || !request_.overlay.empty())) {
    Refuse("camera:" + std::to_string(*camera_) +
           ": live estimates go to standard output, -o - with --format track or jsonl");
  }
  if (request_.out == "-" && IsSubmission())
    Refuse("--out -: a submission needs a file or a folder");
  if (!request_.rows.empty() && !IsSubmission()) {
    Refuse("--rows is for --format challenge and submission; a track has the decoded frames");
  }
  const RegressorOptions& regressor = predictor_.model_options().regressor;
  if (IsSubmission() && regressor.NumTargets() != 2) {
    Refuse("model '" + request_.model.string() + "' predicts " + EnumName(regressor.targets) +
           " only (regressor.targets); a submission needs both, use --format track or jsonl");
  }
}

// Results are named after their trial. A submission gathers trials, which may not
// come twice either.
void PredictionJob::CheckOutputs() const {
  std::vector<PlannedOutput> planned;
  for (const PredictionInput& input : inputs_) {
    if (request_.out != "-") planned.push_back({input.path.string(), OutputOf(input)});
    if (!request_.overlay.empty()) planned.push_back({input.path.string(), OverlayOf(input)});
  }
  RequireDistinctOutputs(planned);
}

void PredictionJob::PrepareSubmission(GapFill rule) {
  submission_.emplace(request_.format == PredictionFormat::kChallenge ? SubmissionForm::kPerTrial
                                                                      : SubmissionForm::kSingleFile,
                      request_.rows,
                      rule);
  const std::size_t before = inputs_.size();
  inputs_.erase(
      std::remove_if(inputs_.begin(),
                     inputs_.end(),
                     [&](const PredictionInput& input) { return !submission_->Asks(input.trial); }),
      inputs_.end());
  if (inputs_.size() < before) {
    Log(LogLevel::kInfo,
        "predict",
        std::to_string(before - inputs_.size()) + " inputs are not in '" + request_.rows +
            "' and are left out");
  }
  std::vector<std::string> trials;
  for (const PredictionInput& input : inputs_) trials.push_back(input.trial);
  submission_->RequireAll(trials, request_.allow_missing);
}

fs::path PredictionJob::OutputOf(const PredictionInput& input) const {
  if (one_file_) return request_.out;
  const char* extension = request_.format == PredictionFormat::kTrack       ? ".csv"
                          : request_.format == PredictionFormat::kJsonLines ? ".jsonl"
                                                                            : ".txt";
  return fs::path(request_.out) / (input.trial + extension);
}

fs::path PredictionJob::OverlayOf(const PredictionInput& input) const {
  return fs::path(request_.overlay) / (input.trial + ".mp4");
}

std::string PredictionJob::Format(const VaTrack& track) const {
  if (request_.format == PredictionFormat::kTrack) return FormatTrackCsv(track);
  std::string lines;
  for (const VaFrame& frame : track.frames) lines += FormatTrackJsonLine(frame);
  return lines;
}

void PredictionJob::RunCamera(const std::function<bool()>& keep_going) {
  const bool csv = request_.format == PredictionFormat::kTrack;
  if (csv) request_.text(TrackCsvHeader());
  predictor_.PredictCamera(
      camera_.value(), request_.frames, keep_going, [this, csv](const VaFrame& row) {
        request_.text(csv ? FormatTrackRow(row) : FormatTrackJsonLine(row));
      });
}

void PredictionJob::Run(const PredictionInput& input) {
  const VaTrack track = input.kind == InputKind::kStore
                            ? predictor_.PredictFeatures(input.path.parent_path(), input.trial)
                        : input.kind == InputKind::kCrops ? predictor_.PredictCrops(input.path)
                                                          : predictor_.PredictVideo(input.path);
  if (submission_) {
    submission_->Add(track, input.trial, input.kind == InputKind::kVideo);
    return;
  }
  if (request_.out == "-") {
    request_.text(Format(track));
  } else {
    WriteFileAtomically(OutputOf(input), Format(track));
    request_.written(OutputOf(input));
    any_written_ = true;
  }
  if (request_.overlay.empty()) return;
  DrawOverlay(input.path, track, OverlayOf(input));
  request_.written(OverlayOf(input));
}

void PredictionJob::Finish(bool every_input_succeeded) {
  if (submission_) {
    // A submission without some of its trials is no submission.
    if (!every_input_succeeded) return;
    submission_->Write(request_.out, one_file_);
    request_.written(request_.out);
    any_written_ = true;
  }
  if (any_written_) WriteProvenance(request_.out, provenance_);
}

}  // namespace circumplex
