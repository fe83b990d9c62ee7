// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "core/json.h"
#include "report/sections/sections.h"

namespace circumplex::page {
namespace {

// Points of a clip beyond this are thinned: a screen is narrower, and pages stay openable.
constexpr std::size_t kMaxTrackPoints = 3000;

Json Rounded(const std::vector<double>& values, std::size_t step, double scale) {
  Json array = Json::array();
  for (std::size_t i = 0; i < values.size(); i += step) {
    array.push_back(std::isfinite(values[i]) ? Json(std::round(values[i] * scale) / scale)
                                             : Json(nullptr));
  }
  return array;
}

Json EpochOf(const MetricsLine& line) {
  const EpochMetrics& m = line.metrics;
  return {{"network", NetworkName(line.member)},
          {"epoch", m.epoch},
          {"train_loss", Json(m.train_loss)},
          {"val_loss", Json(m.val_loss)},
          {"valence", Json(m.ccc_valence)},
          {"arousal", Json(m.ccc_arousal)}};
}

Json TrackOf(const ClipScores& track) {
  const std::size_t step =
      std::max<std::size_t>(1, (track.time_s.size() + kMaxTrackPoints - 1) / kMaxTrackPoints);
  return {{"time", track.rate_assumed ? "time [s], if 30 frames per second" : "time [s]"},
          {"t", Rounded(track.time_s, step, 1e3)},
          {"a_valence", Rounded(track.valence, step, 1e4)},
          {"a_arousal", Rounded(track.arousal, step, 1e4)},
          {"p_valence", Rounded(track.predicted_valence, step, 1e4)},
          {"p_arousal", Rounded(track.predicted_arousal, step, 1e4)}};
}

}  // namespace

std::string ScriptData(const RunContents& run) {
  Json data = Json::object();
  for (const MetricsLine& line : run.metrics) data["epochs"].push_back(EpochOf(line));
  for (const ClipScores& track : run.results.tracks) data["tracks"].push_back(TrackOf(track));
  if (data.empty()) return "";
  std::string safe;
  for (const char c : FormatJson(data, -1)) {
    // "</script>" inside a string would end the element.
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace circumplex::page
