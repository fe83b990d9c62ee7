// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "faces/face_detector.h"

namespace circumplex {

std::unique_ptr<FaceDetector> MakeDlibDetector(int max_side);
std::unique_ptr<FaceDetector> MakeYunetDetector(const std::filesystem::path& model, int max_side);

}  // namespace circumplex
