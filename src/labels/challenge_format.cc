// SPDX-License-Identifier: Apache-2.0
#include "labels/challenge_format.h"

#include "core/csv.h"
#include "core/text_fields.h"

namespace circumplex {

bool IsHeader(std::string_view line, std::string_view header) {
  return NormalHeader(line) == header;
}

bool IsSampleHeader(std::string_view line) { return SplitFields(line)[0] == "image_location"; }

std::optional<ImageLocation> ParseImageLocation(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const std::string_view file = text.substr(slash + 1);
  const auto number = ParseInt(file.substr(0, file.find('.')));
  if (!number || *number < 1 || *number > kMaxTrialFrames) return std::nullopt;
  return ImageLocation{std::string(text.substr(0, slash)), *number - 1};
}

std::string ImageLocationDefect(std::string_view text) {
  return "image_location " + Quoted(text) +
         " must be <trial>/<number>.jpg with a number from 1 to " + std::to_string(kMaxTrialFrames);
}

std::string FormatImageLocation(const ImageLocation& location) {
  std::string number = std::to_string(location.frame + 1);
  if (number.size() < 5) number.insert(0, 5 - number.size(), '0');
  return location.trial + "/" + number + ".jpg";
}

}  // namespace circumplex
