// SPDX-License-Identifier: Apache-2.0
#include "labels/annotation_io.h"

#include <algorithm>
#include <map>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"
#include "core/text_fields.h"
#include "labels/challenge_format.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

constexpr char kRemedy[] = "; write a value in [-1, 1], or -5,-5 for a frame that is not annotated";

double ParseLabel(std::string_view field, const char* name, const std::string& where) {
  const auto value = ParseDouble(field);
  if (!value) {
    throw Error(ErrorCode::kBadData,
                where + name + " " + Quoted(field) + " is not a number" + kRemedy);
  }
  if (*value != kChallengeSentinel && !(*value >= -1 && *value <= 1)) {
    throw Error(ErrorCode::kBadData,
                where + name + " " + Quoted(field) + " is outside [-1, 1]" + kRemedy);
  }
  return *value;
}

}  // namespace

std::vector<VaLabel> ParseVaAnnotation(const std::string& text, const std::string& source) {
  const std::vector<std::string_view> lines = TextRows(text);
  if (lines.empty()) {
    throw Error(ErrorCode::kBadData,
                At(source, 1) + "the file is empty; its first line must be " + kTrialHeader);
  }
  if (!IsHeader(lines[0], kTrialHeader)) {
    throw Error(ErrorCode::kBadData,
                At(source, 1) + "the header is " + Quoted(lines[0]) + "; it must be '" +
                    kTrialHeader + "'");
  }
  std::vector<VaLabel> labels;
  labels.reserve(lines.size() - 1);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string where = At(source, i + 1);
    const std::vector<std::string_view> fields = SplitFields(lines[i]);
    if (fields.size() != 2) {
      throw Error(ErrorCode::kBadData,
                  where + std::to_string(fields.size()) +
                      (fields.size() == 1 ? " field" : " fields") + " in " + Quoted(lines[i]) +
                      " where valence,arousal are needed");
    }
    const double valence = ParseLabel(fields[0], "valence", where);
    const double arousal = ParseLabel(fields[1], "arousal", where);
    if ((valence == kChallengeSentinel) != (arousal == kChallengeSentinel)) {
      throw Error(ErrorCode::kBadData,
                  where + Quoted(lines[i]) +
                      " has -5 in one column only; a frame is annotated in both or in none");
    }
    VaLabel label;
    if (valence != kChallengeSentinel) {
      label = {{valence, arousal}, true};
    }
    labels.push_back(label);
  }
  return labels;
}

std::vector<VaLabel> ReadVaAnnotation(const std::filesystem::path& path) {
  return ParseVaAnnotation(ReadFile(path), path.string());
}

std::vector<std::filesystem::path> AnnotationFiles(const std::filesystem::path& annotations) {
  if (IsFile(annotations)) return {annotations};
  fs::path root = annotations;
  // The folder above also holds the sets of the other challenges, in other formats.
  for (const char* challenge : {"VA_Set", "VA_Estimation_Challenge"}) {
    if (IsFolder(root / challenge)) {
      root /= challenge;
      break;
    }
  }
  std::vector<fs::path> files;
  std::map<std::string, fs::path> seen;
  const auto take = [&](const fs::path& path) {
    if (path.extension() != ".txt" || !IsFile(path)) return;
    const auto [first, inserted] = seen.emplace(path.stem().string(), path);
    if (!inserted) {
      throw Error(ErrorCode::kBadData,
                  "trial '" + path.stem().string() +
                      "' has two annotations: " + first->second.string() + " and " + path.string() +
                      "; score one split at a time or remove one");
    }
    files.push_back(path);
  };
  for (const fs::path& entry : ListFolder(root)) {
    if (IsFolder(entry)) {
      for (const fs::path& inner : ListFolder(entry)) take(inner);
    } else {
      take(entry);
    }
  }
  if (files.empty()) {
    throw Error(ErrorCode::kNotFound,
                root.string() +
                    " and its folders hold no annotation <trial>.txt; give the folder VA_Set or "
                    "VA_Estimation_Challenge, or one split of it");
  }
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return NaturalLess(a.stem().string(), b.stem().string());
  });
  return files;
}

void WriteVaAnnotation(const std::filesystem::path& path,
                       const std::vector<VaLabel>& labels,
                       int decimals) {
  if (decimals < 0 || decimals > 17) {
    throw Error(ErrorCode::kInvalidArgument,
                "annotation '" + path.string() + "': " + std::to_string(decimals) +
                    " decimals; choose 0 to 17");
  }
  std::string text = std::string(kTrialHeader) + "\n";
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const VaLabel& label = labels[i];
    if (!label.annotated) {
      text += "-5,-5\n";
      continue;
    }
    for (const double value : {label.valence, label.arousal}) {
      if (!(value >= -1 && value <= 1)) {
        throw Error(ErrorCode::kInvalidArgument,
                    "annotation '" + path.string() + "': frame " + std::to_string(i + 1) +
                        " has the label " + FormatShortest(value) + ", outside [-1, 1]");
      }
    }
    text +=
        FormatFixed(label.valence, decimals) + "," + FormatFixed(label.arousal, decimals) + "\n";
  }
  WriteFileAtomically(path, text);
}

}  // namespace circumplex
