// SPDX-License-Identifier: Apache-2.0
#include "datasets/trained_on.h"

#include "circumplex/error.h"

#include "config/model_card.h"
#include "core/files.h"
#include "core/progress.h"
#include "datasets/training_overlap.h"
#include "labels/annotation_io.h"
#include "predictions/prediction_io.h"

namespace circumplex {
namespace fs = std::filesystem;

Provenance ProvenanceOf(const std::filesystem::path& model, const std::string& gap_fill) {
  const fs::path folder = ModelFolder(model);
  const ModelCard card = ReadModelCard(folder);
  return {
      folder.string(), Hex64(Fnv1a64(ReadFile(folder / "model.toml"))), gap_fill, card.trained_on};
}

void CheckTrainedOn(const Provenance& provenance,
                    const std::vector<std::string>& scored,
                    Seen seen,
                    bool force) {
  const TrainingOverlap overlap = FindTrainingOverlap(provenance.trained_on, scored);
  const std::string text = DescribeOverlap(overlap);
  if (text.empty()) return;
  const std::string message = "model '" + provenance.model + "': " + text;
  if (seen == Seen::kRefuse && !force && !overlap.trials.empty()) {
    throw Error(ErrorCode::kBadData,
                message + "; score trials it has not seen, or insist with --force");
  }
  Log(LogLevel::kWarning, "model", message);
}

void CheckPredictions(const std::string& predictions,
                      const std::string& annotations,
                      const std::string& model,
                      bool force) {
  std::optional<Provenance> provenance;
  if (!model.empty()) {
    provenance = ProvenanceOf(model, "");
  } else {
    provenance = FindProvenance(predictions);
  }
  if (!provenance) return;
  std::vector<std::string> annotated;
  for (const fs::path& path : AnnotationFiles(annotations))
    annotated.push_back(path.stem().string());
  // Names first: most often nothing overlaps and no prediction need be read twice.
  const TrainingOverlap possible = FindTrainingOverlap(provenance->trained_on, annotated);
  if (possible.trials.empty() && possible.same_videos.empty()) return;
  const PredictionMap predicted = ReadPredictions(predictions);
  std::vector<std::string> scored;
  for (const std::string& trial : annotated) {
    if (predicted.count(trial) != 0) scored.push_back(trial);
  }
  CheckTrainedOn(*provenance, scored, Seen::kRefuse, force);
}

}  // namespace circumplex
