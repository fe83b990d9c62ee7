// SPDX-License-Identifier: Apache-2.0
#include "datasets/crop_rate.h"

#include <cmath>

#include "circumplex/va_track.h"

#include "core/files.h"
#include "datasets/aff_wild2.h"
#include "predictions/prediction_io.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

constexpr double kLargestRate = 1000;  // [1/s]; beyond it a name means something else

// "a/b/" and "." have an empty or useless last part.
fs::path Normal(const fs::path& folder) {
  const fs::path path = fs::absolute(folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

// `faces --per-face` writes the crops of face 1 of talk.mp4 as talk_face1.
std::string WithoutFace(const std::string& name) {
  const std::size_t at = name.rfind("_face");
  if (at == std::string::npos || at + 5 == name.size()) return name;
  return name.find_first_not_of("0123456789", at + 5) == std::string::npos ? name.substr(0, at)
                                                                           : name;
}

// Frames per second between the first and the last frame whose times are known; 0 without two.
double RateOfTrack(const VaTrack& track) {
  const VaFrame* first = nullptr;
  const VaFrame* last = nullptr;
  for (const VaFrame& frame : track.frames) {
    if (!std::isfinite(frame.timestamp_s)) continue;
    if (first == nullptr) first = &frame;
    last = &frame;
  }
  if (first == nullptr || last->frame <= first->frame || last->timestamp_s <= first->timestamp_s)
    return 0;
  // Times have four decimals: what is within their rounding of a whole rate is that rate.
  const double seconds = last->timestamp_s - first->timestamp_s;
  const double rate = static_cast<double>(last->frame - first->frame) / seconds;
  const double whole = std::round(rate);
  return std::abs(rate - whole) <= rate * 2e-4 / seconds ? whole : rate;
}

}  // namespace

std::optional<fs::path> TrackOfCrops(const fs::path& folder) {
  const fs::path crops = Normal(folder);
  const fs::path tracks = crops.parent_path().parent_path() / "tracks";
  const std::string name = crops.filename().string();
  for (const std::string& trial : {name, WithoutFace(name)}) {
    const fs::path track = tracks / (trial + ".csv");
    std::error_code error;
    if (fs::is_regular_file(track, error)) return track;
  }
  return std::nullopt;
}

FrameRate FrameRateOfCrops(const fs::path& folder, double option, double manifest) {
  if (option > 0) return {option, "option"};
  if (manifest > 0) return {manifest, "manifest"};
  if (const auto track = TrackOfCrops(folder)) {
    const double rate = RateOfTrack(ParseTrackCsv(ReadFile(*track), track->string()));
    if (rate > 0 && rate <= kLargestRate) return {rate, "tracks"};
  }
  const double named = ParseTrialName(Normal(folder).filename().string()).frame_rate;
  if (named > 0 && named <= kLargestRate) return {named, "name"};
  return {};
}

}  // namespace circumplex
