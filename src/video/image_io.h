// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/image.h"

namespace circumplex {

/// Decodes a picture; gray becomes RGB, transparency is dropped, EXIF rotation is applied.
/// @return  RGB (H, W, 3).
/// @throws Error kNotFound if absent; kBadData, naming the file, if it is not a whole picture; kIo.
/// Thread-safe.
Image ReadImage(const std::filesystem::path& path);

/// File content of a picture. @param extension ".jpg", ".jpeg", ".png" or ".bmp"; quality is for
/// JPEG only, 1 to 100 (JPEG stores colour at half resolution, as its usual tools do).
/// @throws Error kInvalidArgument for an empty image, another extension or quality. Thread-safe.
std::string EncodeImage(const Image& image, const std::string& extension, int quality = 95);

/// EncodeImage() by the extension of `path`, written atomically; creates parent folders.
/// @throws Error kInvalidArgument as above, kIo.
void WriteImage(const std::filesystem::path& path, const Image& image, int quality = 95);

}  // namespace circumplex
