// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "circumplex/va_track.h"

namespace circumplex {

/// One annotated (or not annotated) frame. The files' sentinel -5 ends in this layer.
/// Values lie in [-1, 1], exactly as the text gives them, and are 0 where nothing is annotated.
struct VaLabel : Va {
  bool annotated = false;
};

/// Reads an Aff-Wild2 annotation: header `valence,arousal`, then one row per frame; `-5,-5` = not
/// annotated. Accepts CRLF, blanks, a byte order mark and a missing last newline.
/// @return  Row k is frame k (zero-based).
/// @throws Error kNotFound; kBadData with file:line, the value and the rule: another header, a
///         field that is not a number, a value outside [-1, 1] that is not -5, -5 in one column
///         only, another number of fields.
std::vector<VaLabel> ReadVaAnnotation(const std::filesystem::path& path);
std::vector<VaLabel> ParseVaAnnotation(const std::string& text, const std::string& source);

/// Files `<trial>.txt` of a folder of annotations: directly in it or in split folders below it, in
/// the folder itself or in its VA_Set or VA_Estimation_Challenge; a file stands for itself.
/// Natural order of the trials. @throws Error kNotFound if there is none; kBadData if a trial
/// occurs in two folders.
std::vector<std::filesystem::path> AnnotationFiles(const std::filesystem::path& annotations);

/// Writes the same format, `decimals` digits, LF; unannotated rows as `-5,-5`. Atomic.
void WriteVaAnnotation(const std::filesystem::path& path,
                       const std::vector<VaLabel>& labels,
                       int decimals = 3);

}  // namespace circumplex
