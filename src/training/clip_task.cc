// SPDX-License-Identifier: Apache-2.0
#include "training/clip_task.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include "core/rng.h"
#include "inference/predict_track.h"
#include "network/device.h"
#include "network/targets.h"
#include "training/losses.h"

namespace circumplex {
namespace {

// Tensors of FDS in last.safetensors.
constexpr char kSmoothing[] = "fds/";

}  // namespace

ClipTask::ClipTask(const RunOptions& options,
                   const MemberId& id,
                   const TrainingData& data,
                   const std::vector<std::string>& validation,
                   const LabelMap& row_labels,
                   ClipTrackCache* cache,
                   const std::string& device)
    : id_(id),
      options_(OptionsOfMember(options, id.targets)),
      data_(data),
      validation_(validation),
      row_labels_(row_labels),
      cache_(cache),
      device_(DeviceOf(device)) {
  at::manual_seed(Rng(id_.seed, "weights/" + PlainName()).Next() >> 1);
  net_ = MakeNet(options_);
  if (options_.appearance.enabled && options_.appearance.standardize) {
    const auto [mean, spread] = data_.Pool5Statistics();
    net_->appearance->SetStandardization(mean, spread);
  }
  net_->to(device_);
  if (options_.fds.enabled) {
    smoothing_.emplace(options_.fds,
                       options_.regressor.NumTargets(),
                       static_cast<int>(net_->head->fc->weight.size(1)));
  }
}

std::string ClipTask::PlainName() const {
  MemberId plain = id_;
  plain.several_seeds = false;
  return plain.Name();
}

std::string ClipTask::DropoutStream() const { return "dropout/" + PlainName() + "/"; }

ModuleState ClipTask::Network() const { return NamedState(*net_); }

void ClipTask::LoadNetwork(const ModuleState& state, const std::string& source) {
  LoadState(*net_, state, source);
}

at::Tensor ClipTask::Forward(const TrainingBatch& tensors, int epoch) {
  const at::Tensor features = net_->Features(On(tensors.inputs.pool5_btd),
                                             On(tensors.inputs.phase1_btchw),
                                             On(tensors.inputs.phase2_btchw));
  if (!smoothing_) return net_->Outputs(features);
  const at::Tensor output = smoothing_->Acts(epoch)
                                ? net_->OutputsEach(smoothing_->Smooth(
                                      features, tensors.label_btk, tensors.valid_bt, epoch))
                                : net_->Outputs(features);
  smoothing_->Observe(features, tensors.label_btk, tensors.valid_bt);
  return output;
}

void ClipTask::TrainEpoch(int epoch, const TrainingStep& step) {
  net_->train();
  const auto batches = data_.Batches(epoch, id_.seed);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const TrainingBatch tensors = data_.Build(batches[i], id_.targets);
    // Batch norm needs two rows; a lone one-row clip teaches nothing.
    if (tensors.valid_bt.numel() < 2) continue;
    const double share_done = static_cast<double>(i) / static_cast<double>(batches.size());
    const auto loss = [&] {
      return Loss(Forward(tensors, epoch),
                  On(tensors.label_btk),
                  On(tensors.weight_btk),
                  On(tensors.valid_bt),
                  options_.loss);
    };
    if (!step(share_done, static_cast<std::int64_t>(batches[i].size()), loss)) return;
  }
}

void ClipTask::EndEpoch(int epoch) {
  if (smoothing_) smoothing_->EndEpoch(epoch);
}

RowPredictions ClipTask::PredictValidation() {
  net_->eval();
  RowPredictions predictions;
  for (const std::string& trial : validation_) {
    const auto track = cache_->Get(trial);
    predictions[trial] = PredictTrack(net_, options_, id_.targets, track.get(), device_);
  }
  return predictions;
}

ValidationScores ClipTask::Validate() {
  const RowPredictions predictions = PredictValidation();
  ValidationScores scores;
  scores.score = ScoreRows(predictions, row_labels_, id_.targets);
  scores.label_std = data_.label_std();
  scores.loss =
      ValidationLoss(predictions, row_labels_, id_.targets, options_.loss, data_.weights());
  return scores;
}

void ClipTask::SaveExtra(TensorFile* file) const {
  if (smoothing_) smoothing_->Save(kSmoothing, file);
}

void ClipTask::LoadExtra(const TensorFile& file, const std::string& source) {
  if (smoothing_) smoothing_->Load(kSmoothing, file, source);
}

at::Tensor ClipTask::On(const at::Tensor& tensor) const {
  return tensor.defined() ? tensor.to(device_) : tensor;
}

}  // namespace circumplex
