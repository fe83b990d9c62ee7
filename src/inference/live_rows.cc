// SPDX-License-Identifier: Apache-2.0
#include "inference/live_rows.h"

#include <algorithm>
#include <utility>

namespace circumplex {

LiveRows::LiveRows(const Model* model, std::function<FeatureBuilder()> new_builder, bool clamp)
    : model_(model), new_builder_(std::move(new_builder)), clamp_(clamp) {}

std::vector<VaFrame> LiveRows::Push(const FrameFaces& frame) {
  if (frame.faces.empty()) return {RowWithoutFace(frame)};
  std::vector<VaFrame> rows;
  for (const Face& face : frame.faces) {
    FeatureBuilder builder = new_builder_();
    builder.Add(frame.frame, face.crop);
    LiveSequence& sequence = sequences_.try_emplace(face.face_id, model_).first->second;
    const Va value = sequence.Push(builder.Finish(0, 0));
    VaFrame row = RowOfFace(frame, face);
    row.valence = clamp_ ? std::clamp(value.valence, -1.0, 1.0) : value.valence;
    row.arousal = clamp_ ? std::clamp(value.arousal, -1.0, 1.0) : value.arousal;
    rows.push_back(row);
  }
  return rows;
}

}  // namespace circumplex
