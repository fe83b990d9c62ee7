// SPDX-License-Identifier: Apache-2.0
#include "datasets/affect_net.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_set>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/media_names.h"
#include "core/npy.h"
#include "core/text_fields.h"
#include "datasets/media_search.h"
#include "datasets/trial_sources.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

constexpr double kInvalid = -2;
constexpr int kNoFace = 10;
constexpr std::size_t kLandmarkValues = 136;

[[noreturn]] void Bad(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kBadData, where + what);
}

fs::path ListFile(const fs::path& root, const char* name) {
  for (const fs::path& folder : {root, root / "Manually_Annotated_file_lists"}) {
    if (IsFile(folder / name)) return folder / name;
  }
  return {};
}

bool HasLists(const fs::path& root) {
  const fs::path training = ListFile(root, "training.csv");
  return !training.empty() || !ListFile(root, "validation.csv").empty();
}

bool HasArrays(const fs::path& root) {
  for (const char* split : {"train_set", "val_set"}) {
    if (IsFolder(root / split / "images") && IsFolder(root / split / "annotations")) return true;
  }
  return false;
}

/// Counts cases of one kind of defect and remembers the first.
class Cases {
 public:
  void Add(const std::string& first) {
    if (count_++ == 0) first_ = first;
  }
  void Report(const std::string& where,
              const char* kind,
              const char* what,
              const char* action,
              std::vector<Defect>* defects) const {
    if (count_ == 0) return;
    defects->push_back({where,
                        kind,
                        std::to_string(count_) + " " + what + ", the first '" + first_ + "'",
                        action});
  }

 private:
  std::int64_t count_ = 0;
  std::string first_;
};

/// File names of folders, each folder listed once.
class NameIndex {
 public:
  bool Has(const fs::path& path) {
    const auto [it, is_new] = folders_.emplace(path.parent_path().string(), Names());
    if (is_new && IsFolder(it->first)) {
      for (const fs::path& entry : FolderEntries(it->first))
        it->second.insert(entry.filename().string());
    }
    return it->second.count(path.filename().string()) > 0;
  }

 private:
  using Names = std::unordered_set<std::string>;
  std::map<std::string, Names> folders_;
};

double Label(std::optional<double> value,
             std::string_view text,
             const char* name,
             const std::string& where) {
  if (!value || (*value != kInvalid && !(*value >= -1 && *value <= 1))) {
    Bad(where,
        std::string(name) + " " + Quoted(text) +
            " must be a number in [-1, 1], or -2 for an image without one");
  }
  return *value;
}

int Expression(std::optional<double> value, std::string_view text, const std::string& where) {
  if (!value || !(*value >= 0 && *value <= kNoFace) || *value != std::floor(*value))
    Bad(where, "expression " + Quoted(text) + " must be a whole number from 0 to 10");
  return static_cast<int>(*value);
}

void SetLabels(double valence, double arousal, StillImage* image) {
  image->valid = valence != kInvalid && arousal != kInvalid && image->expression != kNoFace;
  if (!image->valid) return;
  image->va = {valence, arousal};
}

std::vector<float> Landmarks(std::string_view text, const std::string& where) {
  std::vector<float> values;
  text = Trim(text);
  if (text.empty()) return values;
  const std::string_view all = text;
  for (;;) {
    const std::size_t end = text.find(';');
    const auto value = ParseDouble(Trim(text.substr(0, end)));
    if (!value || !std::isfinite(*value) || values.size() == kLandmarkValues)
      Bad(where, "facial_landmarks " + Quoted(all) + " must be empty or 68 pairs x;y of numbers");
    values.push_back(static_cast<float>(*value));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  if (values.size() != kLandmarkValues) {
    Bad(where,
        "facial_landmarks has " + std::to_string(values.size()) +
            " numbers where 68 pairs x;y or nothing is needed");
  }
  return values;
}

fs::path ImageFolder(const fs::path& root, const fs::path& list, const fs::path& given) {
  if (!given.empty()) {
    RequireFolder(given, "images");
    return given;
  }
  for (const fs::path& place : {root / "Manually_Annotated_Images",
                                root / "Manually_Annotated" / "Manually_Annotated_Images"}) {
    if (IsFolder(place)) return place;
  }
  return list.parent_path();
}

void ReadList(const fs::path& list,
              Split split,
              const AffectNetOptions& options,
              NameIndex* names,
              StillSet* set) {
  const std::string text = ReadFile(list), source = list.string();
  const std::vector<std::string_view> lines = TextRows(text);
  const fs::path folder = ImageFolder(set->root, list, options.images);
  Cases invalid, missing, repeated;
  std::unordered_set<std::string> seen;
  const bool has_header =
      !lines.empty() && SplitFields(lines[0])[0].rfind("subDirectory_filePath", 0) == 0;
  for (std::size_t i = has_header ? 1 : 0; i < lines.size(); ++i) {
    const std::string where = At(source, i + 1);
    const std::vector<std::string_view> fields = SplitFields(lines[i]);
    if (fields.size() != 9) {
      Bad(where,
          std::to_string(fields.size()) + " fields in " + Quoted(lines[i]) +
              " where 9 are needed: file, face_x, face_y, face_width, face_height, landmarks, "
              "expression, valence, arousal");
    }
    StillImage image;
    const std::string file(fields[0]);
    if (file.empty()) Bad(where, "no file name in " + Quoted(lines[i]));
    image.path = folder / file;
    image.split = split;
    double box[4] = {};
    bool has_box = true;
    for (std::size_t k = 0; k < 4; ++k) {
      if (fields[k + 1].empty()) {
        has_box = false;
        continue;
      }
      const auto value = ParseDouble(fields[k + 1]);
      if (!value || !std::isfinite(*value))
        Bad(where, "face box field " + Quoted(fields[k + 1]) + " must be a number or empty");
      box[k] = *value;
    }
    if (has_box && box[2] > 0 && box[3] > 0) image.face = StillBox{box[0], box[1], box[2], box[3]};
    std::vector<float> landmarks = Landmarks(fields[5], where);
    if (options.landmarks) image.landmarks = std::move(landmarks);
    image.expression = Expression(ParseDouble(fields[6]), fields[6], where);
    SetLabels(Label(ParseDouble(fields[7]), fields[7], "valence", where),
              Label(ParseDouble(fields[8]), fields[8], "arousal", where),
              &image);
    image.exists = names->Has(image.path);
    if (!image.valid) invalid.Add(file);
    if (!image.exists) missing.Add(file);
    if (!seen.insert(file).second) repeated.Add(file);
    set->images.push_back(std::move(image));
  }
  const std::string name = list.filename().string();
  invalid.Report(
      name, "invalid_labels", "images without labels", "kept, never used", &set->defects);
  missing.Report(
      name, "missing_images", "images are not on disk", "kept, never used", &set->defects);
  repeated.Report(name, "repeated_images", "rows repeat an image", "kept", &set->defects);
}

/// Single number of `<N>_<what>.npy`.
double OneNumber(const fs::path& path) {
  const std::vector<double> values = ReadNpyNumbers(path);
  if (values.size() != 1) {
    Bad(path.string() + ": ", std::to_string(values.size()) + " elements where one is needed");
  }
  return values[0];
}

void ReadArrays(const fs::path& folder,
                Split split,
                const AffectNetOptions& options,
                NameIndex* names,
                StillSet* set) {
  Cases invalid, without_annotation, without_image;
  const fs::path annotations = folder / "annotations";
  std::set<std::string> stems;
  for (const fs::path& path : ListFolder(folder / "images")) {
    if (!IsPictureName(path)) continue;
    const std::string stem = path.stem().string();
    const auto file = [&](const char* what) { return annotations / (stem + "_" + what + ".npy"); };
    stems.insert(stem);
    if (!names->Has(file("val")) || !names->Has(file("aro"))) {
      without_annotation.Add(path.filename().string());
      continue;
    }
    StillImage image;
    image.path = path;
    image.split = split;
    image.exists = true;
    if (names->Has(file("exp"))) {
      const double value = OneNumber(file("exp"));
      image.expression = Expression(value, FormatShortest(value), file("exp").string() + ": ");
    }
    const double valence = OneNumber(file("val")), arousal = OneNumber(file("aro"));
    SetLabels(Label(valence, FormatShortest(valence), "valence", file("val").string() + ": "),
              Label(arousal, FormatShortest(arousal), "arousal", file("aro").string() + ": "),
              &image);
    if (options.landmarks && names->Has(file("lnd"))) {
      const std::vector<double> values = ReadNpyNumbers(file("lnd"));
      if (values.size() != kLandmarkValues) {
        Bad(file("lnd").string() + ": ",
            std::to_string(values.size()) + " elements where 136 landmark values are needed");
      }
      image.landmarks.assign(values.begin(), values.end());
    }
    if (!image.valid) invalid.Add(path.filename().string());
    set->images.push_back(std::move(image));
  }
  for (const fs::path& path : ListFolder(annotations)) {
    const std::string stem = path.stem().string();
    const std::size_t line = stem.rfind('_');
    if (path.extension() != ".npy" || line == std::string::npos || stem.substr(line) != "_val")
      continue;
    if (!stems.count(stem.substr(0, line))) without_image.Add(path.filename().string());
  }
  const std::string name = folder.filename().string();
  invalid.Report(
      name, "invalid_labels", "images without labels", "kept, never used", &set->defects);
  without_annotation.Report(
      name, "missing_annotation", "images have no _val or _aro file", "left out", &set->defects);
  without_image.Report(
      name, "annotation_without_image", "annotations have no image", "left out", &set->defects);
}

}  // namespace

bool HasAffectNet(const fs::path& root) {
  if (HasArrays(root)) return true;
  // training.csv is a common name: the first field of its first line must be a path of an image.
  for (const char* name : {"training.csv", "validation.csv"}) {
    const fs::path list = ListFile(root, name);
    if (list.empty()) continue;
    const std::string text = ReadFile(list);
    const std::string line = text.substr(0, text.find('\n'));
    const std::vector<std::string_view> fields = SplitFields(line);
    const std::string first(fields[0]);
    if (fields.size() == 9 && (first.find("subDirectory_filePath") != std::string::npos ||
                               first.find('.') != std::string::npos)) {
      return true;
    }
  }
  return false;
}

StillSet ReadAffectNet(const fs::path& root, const AffectNetOptions& options) {
  RequireFolder(root, "a data set");
  StillSet set;
  set.layout = "affectnet";
  set.root = root;
  NameIndex names;
  const bool lists = HasLists(root), arrays = HasArrays(root);
  if (lists && arrays) {
    Bad("",
        "two releases in '" + root.string() +
            "': lists (training.csv, validation.csv) and arrays (train_set, val_set) hold the same "
            "photographs; move one away");
  }
  if (!lists && !arrays) {
    Bad("",
        "no AffectNet in '" + root.string() +
            "': neither training.csv or validation.csv (also tried in "
            "Manually_Annotated_file_lists) nor {train_set,val_set}/{images,annotations}");
  }
  const std::pair<const char*, Split> files[] = {{"training.csv", Split::kTrain},
                                                 {"validation.csv", Split::kValidation}};
  const std::pair<const char*, Split> folders[] = {{"train_set", Split::kTrain},
                                                   {"val_set", Split::kValidation}};
  for (const auto& [name, split] : files) {
    const fs::path list = ListFile(root, name);
    if (!list.empty()) ReadList(list, split, options, &names, &set);
  }
  for (const auto& [name, split] : folders) {
    if (arrays && IsFolder(root / name / "images") && IsFolder(root / name / "annotations"))
      ReadArrays(root / name, split, options, &names, &set);
  }
  return set;
}

}  // namespace circumplex
