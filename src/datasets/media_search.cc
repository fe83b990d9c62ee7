// SPDX-License-Identifier: Apache-2.0
#include "datasets/media_search.h"

#include <algorithm>

#include "circumplex/error.h"

#include "core/files.h"
#include "core/media_names.h"

namespace circumplex {
namespace fs = std::filesystem;

void RequireFolder(const fs::path& path, const char* what) {
  if (!IsFolder(path)) {
    throw Error(ErrorCode::kNotFound,
                std::string("no folder of ") + what + " '" + path.string() + "'; check the path");
  }
}

bool AllDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

FoundMedia FindCropFolders(const fs::path& root, const std::vector<fs::path>& given) {
  std::vector<fs::path> places = given;
  if (places.empty()) {
    for (const fs::path& entry : ListFolder(root)) {
      if (IsFolder(entry) && entry.filename().string().rfind("cropped_aligned", 0) == 0)
        places.push_back(entry);
    }
  }
  FoundMedia found;
  for (const fs::path& place : places) {
    RequireFolder(place, "crops");
    for (const fs::path& entry : ListFolder(place)) {
      if (!IsFolder(entry)) continue;
      const std::string name = entry.filename().string();
      if (!found.by_name.emplace(name, entry).second) found.twice.push_back(name);
    }
  }
  return found;
}

FoundMedia FindVideos(const fs::path& root, const std::vector<fs::path>& given) {
  std::vector<fs::path> places = given;
  if (places.empty()) {
    for (const char* name : {"videos", "video"}) {
      if (places.empty() && IsFolder(root / name)) places.push_back(root / name);
    }
  }
  FoundMedia found;
  for (const fs::path& place : places) {
    RequireFolder(place, "videos");
    for (const fs::path& file : FilesBelow(place)) {
      if (!IsVideoName(file)) continue;
      if (!found.by_name.emplace(file.stem().string(), file).second)
        found.twice.push_back(file.stem().string());
    }
  }
  return found;
}

}  // namespace circumplex
