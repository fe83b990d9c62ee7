// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace circumplex {

// Looking for media by name; shared by the readers of this layer.

/// @throws Error kNotFound naming `what`.
void RequireFolder(const std::filesystem::path& path, const char* what);
bool AllDigits(std::string_view text);  ///< ASCII digits only, at least one.

/// Files or folders by trial name; of two with one name the first is used.
struct FoundMedia {
  std::map<std::string, std::filesystem::path> by_name;
  std::vector<std::string> twice;
};

/// Folders `<place>/<name>`; without `given`, places are every `cropped_aligned*` in `root`.
/// @throws Error kNotFound if a given place is missing.
FoundMedia FindCropFolders(const std::filesystem::path& root,
                           const std::vector<std::filesystem::path>& given);

/// Video files by stem, searched recursively; without `given`, in `videos`, else `video`.
/// @throws Error kNotFound if a given place is missing, kIo.
FoundMedia FindVideos(const std::filesystem::path& root,
                      const std::vector<std::filesystem::path>& given);

}  // namespace circumplex
