// SPDX-License-Identifier: Apache-2.0
#include "experiments/claims.h"

#include <algorithm>

#include "circumplex/error.h"

#include "core/check.h"
#include "core/csv.h"
#include "core/text_table.h"
#include "metrics/student.h"
#include "run/shown_clips.h"

namespace circumplex {
namespace {

struct Claim {
  const char* text;
  ClaimMetric metric;
  const char* better;  ///< Key of the variant that should be better.
  const char* other;
  bool alone = false;  ///< The other variant predicts each window alone.
};

// How a network that recurs along the batch is named where each window is a batch of its own.
const char* const kAlone = ", each window alone";

constexpr Claim kClaims[] = {
    {"Two streams beat appearance alone on arousal",
     ClaimMetric::kCccArousal,
     "two_stream",
     "appearance"},
    {"LDS gains overall", ClaimMetric::kCccMean, "two_stream_lds", "two_stream"},
    {"LDS gains where labels are few", ClaimMetric::kFewMaeValence, "two_stream_lds", "two_stream"},
    {"LDS gains where labels are few", ClaimMetric::kFewMaeArousal, "two_stream_lds", "two_stream"},
    {"LDS gains overall", ClaimMetric::kCccMean, "appearance_lds", "appearance"},
    {"LDS gains where labels are few", ClaimMetric::kFewMaeValence, "appearance_lds", "appearance"},
    {"LDS gains where labels are few", ClaimMetric::kFewMaeArousal, "appearance_lds", "appearance"},
    {"FDS gains overall", ClaimMetric::kCccMean, "two_stream_fds", "two_stream"},
    {"FDS gains where labels are few", ClaimMetric::kFewMaeValence, "two_stream_fds", "two_stream"},
    {"FDS gains where labels are few", ClaimMetric::kFewMaeArousal, "two_stream_fds", "two_stream"},
    {"A GRU along time beats one along the batch",
     ClaimMetric::kCccMean,
     "appearance",
     "appearance_batch"},
    {"A GRU along time beats one along the batch",
     ClaimMetric::kCccMean,
     "appearance",
     "appearance_batch",
     true},
    {"A GRU along time beats one along the batch",
     ClaimMetric::kCccMean,
     "two_stream",
     "two_stream_batch"},
    {"A GRU along time beats one along the batch",
     ClaimMetric::kCccMean,
     "two_stream",
     "two_stream_batch",
     true},
};
constexpr const char* kShuffledClaim = "Shuffled labels teach nothing";
constexpr const char* kShuffled = "two_stream_shuffled";
constexpr const char* kShown = "two_stream_lds";

bool Asked(const std::string& claim, const std::string& only) {
  return claim.find(only) != std::string::npos;
}

// Every variant that the claims asked for speak of, in the order of the table of variants.
std::vector<const Variant*> VariantsNeeded(const std::string& only) {
  std::vector<const Variant*> needed;
  for (const Variant& variant : Variants()) {
    const bool wanted =
        (variant.folder == kShuffled && Asked(kShuffledClaim, only)) ||
        std::any_of(std::begin(kClaims), std::end(kClaims), [&](const Claim& c) {
          return Asked(c.text, only) && (variant.folder == c.better || variant.folder == c.other);
        });
    if (wanted) needed.push_back(&variant);
  }
  if (needed.empty()) {
    std::string known;
    for (const Claim& claim : kClaims) {
      if (known.find(claim.text) == std::string::npos)
        known += std::string("'") + claim.text + "', ";
    }
    throw Error(ErrorCode::kInvalidArgument,
                "no claim holds the text '" + only + "'; the claims are " + known + "'" +
                    kShuffledClaim + "'");
  }
  return needed;
}

const PairedRegion& Few(const std::vector<PairedRegion>& regions) {
  const auto found = std::find_if(regions.begin(), regions.end(), [](const PairedRegion& region) {
    return region.name == "few";
  });
  CIRCUMPLEX_CHECK(found != regions.end(), "a comparison has three regions");
  return *found;
}

bool SmallerIsBetter(ClaimMetric metric) {
  return metric == ClaimMetric::kFewMaeValence || metric == ClaimMetric::kFewMaeArousal;
}

const PairedScore& PairOf(ClaimMetric metric, const RunComparison& comparison) {
  switch (metric) {
    case ClaimMetric::kCccMean:
      return comparison.mean;
    case ClaimMetric::kCccValence:
      return comparison.valence;
    case ClaimMetric::kCccArousal:
      return comparison.arousal;
    case ClaimMetric::kFewMaeValence:
      return Few(comparison.valence_regions).mae;
    case ClaimMetric::kFewMaeArousal:
      break;
  }
  return Few(comparison.arousal_regions).mae;
}

// Labels shuffled between the videos: the claim is that nothing is learnt, so 0 is inside. Each
// fold has its own order of labels and its own videos, and chance is in the order: the interval is
// over the folds, not over resampled videos (docs/decisions/0021-shuffled-labels.md).
ClaimRow ShuffledClaim(const std::vector<GroupScores>& folds) {
  std::vector<double> scores;
  for (const GroupScores& fold : folds) {
    if (fold.mean_ccc) scores.push_back(*fold.mean_ccc);
  }
  Score ccc;
  if (const std::optional<Interval> interval = MeanInterval(scores))
    ccc = {interval->value, interval->low, interval->high};
  ClaimRow row;
  row.claim = kShuffledClaim;
  row.metric = "CCC mean, " + std::to_string(scores.size()) + " folds";
  row.better = FindVariant(kShuffled).name;
  row.other = "0";
  row.better_value = ccc.value;
  row.other_value = 0;
  row.difference = ccc;
  row.verdict = !ccc.low || !ccc.high             ? "undefined"
                : *ccc.low <= 0 && *ccc.high >= 0 ? "holds"
                                                  : "does not hold";
  return row;
}

bool SameClaim(const ClaimRow& a, const ClaimRow& b) {
  return a.claim == b.claim && a.metric == b.metric && a.better == b.better && a.other == b.other;
}

}  // namespace

std::string MetricName(ClaimMetric metric) {
  switch (metric) {
    case ClaimMetric::kCccMean:
      return "CCC mean";
    case ClaimMetric::kCccValence:
      return "CCC valence";
    case ClaimMetric::kCccArousal:
      return "CCC arousal";
    case ClaimMetric::kFewMaeValence:
      return "MAE of rare valence";
    case ClaimMetric::kFewMaeArousal:
      break;
  }
  return "MAE of rare arousal";
}

std::string Verdict(const Score& difference, bool smaller_is_better) {
  if (!difference.value || !difference.low || !difference.high) return "undefined";
  const double sign = smaller_is_better ? -1 : 1;
  const double low = std::min(sign * *difference.low, sign * *difference.high),
               high = std::max(sign * *difference.low, sign * *difference.high);
  if (low > 0) return "holds";
  return high < 0 ? "does not hold" : "not significant";
}

ClaimRow MakeClaim(const std::string& claim,
                   ClaimMetric metric,
                   const std::string& better,
                   const std::string& other,
                   const RunComparison& comparison) {
  const PairedScore& pair = PairOf(metric, comparison);
  ClaimRow row;
  row.claim = claim;
  row.metric = MetricName(metric);
  if (SmallerIsBetter(metric)) {
    row.metric +=
        ", " +
        std::to_string(Few(metric == ClaimMetric::kFewMaeValence ? comparison.valence_regions
                                                                 : comparison.arousal_regions)
                           .frames) +
        " frames";
  }
  row.better = better;
  row.other = other;
  row.better_value = pair.b;
  row.other_value = pair.a;
  row.difference = pair.difference;
  row.verdict = Verdict(pair.difference, SmallerIsBetter(metric));
  return row;
}

void AddClaims(const std::vector<ClaimRow>& rows, RunResults* results) {
  for (const ClaimRow& row : rows) {
    const auto same = std::find_if(results->claims.begin(),
                                   results->claims.end(),
                                   [&](const ClaimRow& known) { return SameClaim(known, row); });
    if (same == results->claims.end()) {
      results->claims.push_back(row);
    } else {
      *same = row;
    }
  }
}

std::string FormatClaims(const std::vector<ClaimRow>& rows) {
  std::vector<std::vector<std::string>> table = {
      {"claim", "score", "first", "second", "difference [95 %]", "verdict"}};
  for (const ClaimRow& row : rows) {
    table.push_back({row.claim,
                     row.metric,
                     FormatScore({row.better_value, {}, {}}),
                     FormatScore({row.other_value, {}, {}}),
                     FormatScore(row.difference),
                     row.verdict});
  }
  std::string named;
  for (const ClaimRow& row : rows) {
    const std::string line = "  " + row.claim + ": " + row.better + " against " + row.other + "\n";
    if (named.find(line) == std::string::npos) named += line;
  }
  return FormatTextTable(table, 6) + "\nFirst against second:\n" + named;
}

std::string ClaimsResult::Table() const { return FormatClaims(rows); }

ClaimsResult RunClaims(const ExperimentRequest& request, const std::string& only) {
  const std::vector<const Variant*> variants = VariantsNeeded(only);
  const ExperimentData data(request);
  const LabelDensity density = data.TrainingDensity(false);
  ClaimsResult result;
  RunResults results = ReadResults(request.out);
  AddHead(request, "Circumplex: claims put to the test", &results);
  std::map<std::string, std::vector<EvaluationTrial>> scored;
  EvaluateOptions options;
  std::string shown;
  std::vector<GroupScores> shuffled_folds;
  for (const Variant* variant : variants) {
    const std::optional<TrainedVariant> trained = TrainVariant(*variant, request);
    if (!trained) {
      result.finished = false;
      return result;
    }
    options.bootstrap = trained->options.evaluation;
    if (variant->folder == kShuffled) {
      shuffled_folds =
          EvaluateTrials(ReadOutOfFold(trained->folder, data.labels(), data.store()).trials,
                         options)
              .folds;
    }
    const UnseenPredictions unseen = PredictUnseen(*trained, request, data);
    scored[variant->folder] = data.WithPredictions(unseen.predictions);
    if (trained->options.regressor.recurrence == Recurrence::kBatch) {
      scored[variant->folder + kAlone] = data.WithPredictions(
          PredictUnseen(*trained, request, data, 1, "unseen_windows_alone").predictions);
    }
    // The page shows the full model, or the last variant where that is not asked for.
    if (variant->folder != kShown && (shown == kShown || variant != variants.back())) continue;
    shown = variant->folder;
    const std::vector<EvaluationTrial>& trials = scored.at(variant->folder);
    ShowVariant(EvaluateTrials(trials, options, density),
                data.TrainingLabels(false),
                trained->options.lds,
                ShownClips(trials, unseen.frame_rate),
                &results);
  }
  for (const Claim& claim : kClaims) {
    if (!Asked(claim.text, only)) continue;
    const std::string how = claim.alone ? kAlone : "";
    result.rows.push_back(MakeClaim(
        claim.text,
        claim.metric,
        FindVariant(claim.better).name,
        FindVariant(claim.other).name + how,
        CompareTrials(scored.at(claim.other + how), scored.at(claim.better), options, density)));
  }
  if (Asked(kShuffledClaim, only)) {
    result.rows.push_back(ShuffledClaim(shuffled_folds));
  }
  AddClaims(result.rows, &results);
  WriteResults(request.out, results);
  CopyRunFiles(request.out / shown, request.out);
  return result;
}

}  // namespace circumplex
