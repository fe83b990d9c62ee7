// SPDX-License-Identifier: Apache-2.0
#include "predictions/track_json.h"

#include <cmath>
#include <cstdint>

#include "core/csv.h"

namespace circumplex {
namespace {

constexpr int kDecimals = 4, kBoxDecimals = 2;

std::string Number(double value, int decimals) {
  return std::isfinite(value) ? FormatFixed(value, decimals) : "null";
}

std::string Truth(bool value) { return value ? "true" : "false"; }

}  // namespace

std::string FormatTrackJsonLine(const VaFrame& frame) {
  return "{\"frame\":" + std::to_string(frame.frame + 1) +
         ",\"face_id\":" + std::to_string(frame.face_id) +
         ",\"timestamp\":" + Number(frame.timestamp_s, kDecimals) +
         ",\"confidence\":" + Number(frame.confidence, kDecimals) +
         ",\"success\":" + Truth(frame.status == FrameStatus::kOk) +
         ",\"valence\":" + Number(frame.valence, kDecimals) +
         ",\"arousal\":" + Number(frame.arousal, kDecimals) + ",\"filled\":" + Truth(frame.filled) +
         ",\"box\":[" + Number(frame.box.x, kBoxDecimals) + "," +
         Number(frame.box.y, kBoxDecimals) + "," + Number(frame.box.width, kBoxDecimals) + "," +
         Number(frame.box.height, kBoxDecimals) + "]}\n";
}

}  // namespace circumplex
