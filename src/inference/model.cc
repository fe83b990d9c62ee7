// SPDX-License-Identifier: Apache-2.0
#include "inference/model.h"

#include <limits>
#include <string>

#include "circumplex/error.h"

#include "core/check.h"
#include "inference/predict_track.h"
#include "network/checkpoint.h"
#include "network/targets.h"
#include "predictions/std_matching.h"

namespace circumplex {

Model Model::Load(const std::filesystem::path& folder, const at::Device& device) {
  Model model;
  model.card_ = ReadModelCard(folder);
  model.device_ = device;
  // A model folder carries imported backbone weights beside its card.
  std::string& weights = model.card_.options.backbone.weights;
  if (!weights.empty() && std::filesystem::path(weights).is_relative()) {
    weights = (folder / weights).string();
  }
  for (const ModelMember& member : model.card_.members) {
    TwoStreamNet net = MakeNet(OptionsOfMember(model.card_.options, member.targets));
    ReadCheckpoint(folder / member.file, *net);
    net->to(device);
    net->eval();
    model.nets_.push_back(net);
  }
  return model;
}

void Model::SetBatchWindows(int windows) {
  if (windows < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "batch_windows = " + std::to_string(windows) + "; at least 1 is needed");
  }
  card_.options.training.batch = windows;
}

void Model::RequireOwnBackbone(const FeatureTrack& features) const {
  const RunOptions& options = card_.options;
  if (features.size() == 0 || !options.appearance.enabled) return;
  if (features.weights_hash == card_.backbone_hash &&
      features.backbone == BackboneText(options.backbone)) {
    return;
  }
  throw Error(ErrorCode::kBadData,
              features.trial + ": its pool5 features come from backbone " + features.backbone +
                  " with weights " + features.weights_hash + ", the model was trained on " +
                  BackboneText(options.backbone) + " with " + card_.backbone_hash +
                  "; extract the features with the model's backbone");
}

std::vector<Va> Model::Join(const std::vector<std::vector<Va>>& by_member) const {
  CIRCUMPLEX_CHECK(by_member.size() == nets_.size(), "one prediction per member");
  const std::size_t steps = by_member.empty() ? 0 : by_member.front().size();
  std::vector<Va> sum(steps, Va{0, 0});
  Va count{0, 0};
  for (std::size_t m = 0; m < nets_.size(); ++m) {
    const ModelMember& member = card_.members[m];
    for (const int k : TargetColumns(member.targets)) {
      const StdMatching matching =
          card_.options.inference.std_matching
              ? MatchStd(member.prediction_mean[k], member.prediction_std[k], card_.label_std[k])
              : StdMatching();
      for (std::size_t i = 0; i < steps; ++i) sum[i][k] += matching.Apply(by_member[m][i][k]);
      count[k] += 1;
    }
  }
  for (Va& pair : sum) {
    for (int k = 0; k < 2; ++k) {
      pair[k] = count[k] > 0 ? pair[k] / count[k] - card_.bias[k]
                             : std::numeric_limits<double>::quiet_NaN();
    }
  }
  return sum;
}

std::vector<Va> Model::Predict(ClipTrack* track) const {
  RequireOwnBackbone(track->features());
  std::vector<std::vector<Va>> by_member;
  for (std::size_t m = 0; m < nets_.size(); ++m) {
    const Targets targets = card_.members[m].targets;
    by_member.push_back(
        PredictTrack(nets_[m], OptionsOfMember(card_.options, targets), targets, track, device_));
  }
  return Join(by_member);
}

}  // namespace circumplex
