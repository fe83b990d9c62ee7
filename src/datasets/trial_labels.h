// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "datasets/manifest.h"
#include "labels/annotation_io.h"

namespace circumplex {

/// The labels of a trial, whatever format its annotation has; the one way to read them.
///
///   kVaPerFrame  as ReadVaAnnotation
///   kTwoFiles    row k = line k of both files, cut to the shorter one
///   kAfewJson    value / 10; a frame that the file does not list is not annotated
///   kUtterance   the utterance's label in every row: as many rows as its last crop's number,
///                at least one
///
/// @return Row k is frame k (zero-based); empty for a trial without annotation.
/// @throws Error kNotFound; kBadData with file:line (JSON: file and frame), value and rule.
/// Cost O(rows), kUtterance O(size of the list). Thread-safe.
std::vector<VaLabel> ReadTrialLabels(const Trial& trial);

/// Writes labels of another format as `<folder>/<trial>.txt`, which evaluate and other programs
/// read. @param tracks  Of the manifest's trials. @return Whether there was one. @throws Error kIo.
bool WriteOtherAnnotations(const Manifest& manifest,
                           const std::vector<std::vector<VaLabel>>& tracks,
                           const std::filesystem::path& folder);

}  // namespace circumplex
