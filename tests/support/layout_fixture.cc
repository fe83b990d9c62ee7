// SPDX-License-Identifier: Apache-2.0
#include "support/layout_fixture.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>

#include "circumplex/error.h"

#include "core/csv.h"
#include "core/files.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

/// What one trial is like. Rows and crops count from 0 here, from 1 in the files' names.
struct Spec {
  std::string name;
  std::string split;  ///< Folder of the split; "test" = no annotation.
  std::int64_t rows = 0;
  std::int64_t crops_to = 0;           ///< Crops 0 .. crops_to - 1, -1 = no folder of crops.
  std::int64_t first_crop = 0;         ///< Crops before it are missing.
  std::set<std::int64_t> missing;      ///< Crops missing inside.
  std::set<std::int64_t> unannotated;  ///< Rows with -5.
  std::string newline = "\n";
  bool last_newline = true, bom = false;
  int decimals = 3;
  std::string crop_place = "cropped_aligned";
  std::string video;  ///< Path under videos/, empty = none.
};

std::set<std::int64_t> Range(std::int64_t begin, std::int64_t end) {
  std::set<std::int64_t> rows;
  for (std::int64_t i = begin; i < end; ++i) rows.insert(i);
  return rows;
}

/// Without the flush to disk of WriteFileAtomically, which would be most of a fixture's time.
void WriteSmall(const fs::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (!file)
    throw Error(ErrorCode::kIo, "cannot write '" + path.string() + "'; check disk and permissions");
}

std::string Numbered(const char* format, std::int64_t number) {
  char text[64];
  std::snprintf(text, sizeof text, format, static_cast<long long>(number));
  return text;
}

FixtureTrial FactsOf(const Spec& spec) {
  FixtureTrial facts;
  facts.name = spec.name;
  facts.test = spec.split == "test";
  facts.rows = spec.rows;
  for (std::int64_t i = spec.first_crop; i < spec.crops_to; ++i) {
    if (spec.missing.count(i)) continue;
    ++facts.crops;
    if (facts.test || i >= spec.rows) {
      ++facts.beyond;
    } else if (!spec.unannotated.count(i)) {
      ++facts.used;
    }
  }
  if (!facts.test) facts.annotated = spec.rows - static_cast<std::int64_t>(spec.unannotated.size());
  return facts;
}

std::string AnnotationText(const Spec& spec) {
  std::string text = spec.bom ? "\xEF\xBB\xBF" : "";
  text += "valence,arousal";
  for (std::int64_t row = 0; row < spec.rows; ++row) {
    text += spec.newline;
    if (spec.unannotated.count(row)) {
      text += "-5,-5";
      continue;
    }
    const VaLabel label = FixtureLabel(spec.name, row);
    text +=
        FormatFixed(label.valence, spec.decimals) + "," + FormatFixed(label.arousal, spec.decimals);
  }
  return text + (spec.last_newline ? spec.newline : "");
}

void WriteCrops(const Spec& spec, const fs::path& folder, const char* format = "%05lld.jpg") {
  if (spec.crops_to < 0) return;
  fs::create_directories(folder);
  for (std::int64_t i = spec.first_crop; i < spec.crops_to; ++i) {
    if (!spec.missing.count(i)) WriteSmall(folder / Numbered(format, i + 1), FixtureJpeg());
  }
}

void WritePlaceholder(const fs::path& path) { WriteFileAtomically(path, "placeholder\n"); }

/// The trials of Aff-Wild2. The later editions have three digits-only trials in the test set.
std::vector<Spec> AffWild2Specs(bool later) {
  std::vector<Spec> specs;
  const auto add =
      [&](const char* name, const char* split, std::int64_t rows, std::int64_t crops_to) -> Spec& {
    Spec spec;
    spec.name = name;
    spec.split = split;
    spec.rows = rows;
    spec.crops_to = crops_to;
    specs.push_back(spec);
    return specs.back();
  };
  const char* train = "Train_Set";
  const char* validation = "Validation_Set";
  add("1-30-640x360", train, 40, 40).video = "batch1/1-30-640x360.mp4";
  {
    Spec& spec = add("5-25-640x480-1", train, 30, 29);
    spec.first_crop = 6;
    spec.missing = {11, 12, 13};
    spec.video = "batch1/5-25-640x480-1.avi";
  }
  {
    Spec& spec = add("5-25-640x480-2", train, 32, 30);
    spec.newline = "\r\n";
    spec.last_newline = false;
    spec.crop_place = "cropped_aligned_new_50_vids";
    spec.video = "batch1/5-25-640x480-2.avi";
  }
  {
    Spec& spec = add("10-60-1280x720", train, 50, 50);
    spec.unannotated = Range(0, 4);
    for (const std::int64_t row : {20, 21, 30, 48, 49}) spec.unannotated.insert(row);
    spec.video = "batch2/10-60-1280x720.mp4";
  }
  {
    Spec& spec = add("10-60-1280x720_right", train, 51, 30);
    spec.first_crop = 20;
    spec.missing = {25};
  }
  {
    Spec& spec = add("3-29.97-320x240", train, 25, 25);
    spec.decimals = 14;
    spec.bom = true;
  }
  {
    Spec& spec = add("8-15-480x360", train, 12, 12);
    spec.unannotated = Range(0, 12);
  }
  add("11-30-720x480", train, 10, 0);
  add("12-24-640x360", validation, 5, 5);
  add("video9_left", validation, 20, 20).video = "batch2/video9.mp4";
  add("video9_right", validation, 20, 18);
  add("video45_1", validation, 15, -1);
  add("video45_2", validation, 15, 15).unannotated = {14};
  // Digits-only: videos of v1. The crops of 466 go on long after its last row.
  add("171", later ? "test" : train, 36, 37);
  add("212", later ? "test" : train, 24, 24).missing = {0};
  add("303", later ? "test" : validation, 18, 18);
  if (later) add("466", train, 20, 71);
  add("2-30-640x360", "test", 22, 22);
  add("20-24-1920x1080_left", "test", 16, 12).first_crop = 3;
  add("21-24-1920x1080", "test", 9, -1);
  return specs;
}

/// Where an edition puts its annotations and what says which trials are tested.
struct Edition {
  const char* annotations;
  const char* test_list;
  const char* sample_tail;  ///< After `<trial>/<frame>.jpg`; null = a list of names.
};

Edition EditionOfFixture(FixtureLayout layout) {
  switch (layout) {
    case FixtureLayout::kAbaw3:
      return {"Third ABAW Annotations/VA_Estimation_Challenge",
              "names_of_videos_in_each_test_set/"
              "Valence_Arousal_Estimation_Challenge_test_set_release.txt",
              nullptr};
    case FixtureLayout::kAbaw5:
      return {"5th_ABAW_Annotations/VA_Estimation_Challenge",
              "CVPR_5th_ABAW_VA_test_set_sample.txt",
              ",\n"};
    case FixtureLayout::kAbaw6:
      return {"6th_ABAW_Annotations/VA_Estimation_Challenge",
              "CVPR_6th_ABAW_VA_test_set_example.txt",
              ",0.5,-0.5\n"};
    case FixtureLayout::kAbaw10:
      return {
          "10th_ABAW_Annotations/VA_Estimation_Challenge", "ABAW_VA_test_set_sample.txt", ",\n"};
    default:
      return {"annotations/VA_Set", "va_test_set.txt", nullptr};
  }
}

std::vector<FixtureTrial> WriteAffWild2(const fs::path& root, FixtureLayout layout) {
  const bool later = layout != FixtureLayout::kAffWild2;
  const Edition edition = EditionOfFixture(layout);
  std::vector<FixtureTrial> facts;
  std::string names, sample = "image_location,valence,arousal\n";
  for (const Spec& spec : AffWild2Specs(later)) {
    if (spec.split == "test") {
      names += spec.name + "\n";
      for (std::int64_t i = 0; edition.sample_tail != nullptr && i < spec.rows; ++i)
        sample += spec.name + Numbered("/%05lld.jpg", i + 1) + edition.sample_tail;
    } else {
      WriteFileAtomically(root / edition.annotations / spec.split / (spec.name + ".txt"),
                          AnnotationText(spec));
    }
    WriteCrops(spec, root / (later ? spec.crop_place : "cropped_aligned") / spec.name);
    if (!spec.video.empty()) WritePlaceholder(root / "videos" / spec.video);
    FixtureTrial one = FactsOf(spec);
    // A list of names does not say how many rows there are.
    if (one.test && edition.sample_tail == nullptr) one.rows = 0;
    facts.push_back(one);
  }
  // Crops that nobody annotated.
  WriteFileAtomically(root / "cropped_aligned" / "99-30-1x1" / "00001.jpg", FixtureJpeg());
  WriteFileAtomically(root / edition.test_list, edition.sample_tail == nullptr ? names : sample);
  return facts;
}

std::string PtsText(std::int64_t frame, int points) {
  std::string text = "version: 1\nn_points: " + std::to_string(points) + "\n{\n";
  for (int i = 0; i < points; ++i) {
    text += FormatShortest(10.5 + static_cast<double>(frame) + (i == 1 || i == 2 ? 64 : 0)) + " " +
            FormatShortest(20.25 + (i >= 2 ? 80 : 0) + i * 0.5) + "\n";
  }
  return text + "}\n";
}

std::vector<FixtureTrial> WriteAffWild(const fs::path& root) {
  std::vector<FixtureTrial> facts;
  for (const char* name : {"171", "212", "303", "400", "401"}) {
    Spec spec;
    spec.name = name;
    spec.split = spec.name == "401" ? "test" : "train";
    spec.rows = spec.name == "401" ? 0 : 20 + (spec.name[2] - '0');
    spec.crops_to = spec.name == "400" ? -1 : spec.name == "401" ? 6 : spec.rows;
    if (spec.name == "212") spec.first_crop = 3;
    if (spec.split == "train") {
      std::string valence, arousal;
      const std::string newline = spec.name == "303" ? "\r\n" : "\n";
      for (std::int64_t row = 0; row <= spec.rows; ++row) {
        const VaLabel label = FixtureLabel(spec.name, row);
        if (row < spec.rows) valence += FormatFixed(label.valence, 3) + newline;
        // One arousal row too many in one video.
        if (row < spec.rows || spec.name == "303")
          arousal += FormatFixed(label.arousal, 3) + newline;
      }
      WriteFileAtomically(root / "annotations/train/valence" / (spec.name + ".txt"), valence);
      WriteFileAtomically(root / "annotations/train/arousal" / (spec.name + ".txt"), arousal);
      const bool one_more = spec.name == "171";
      for (const char* place : {"bboxes/train", "landmarks/train"})
        fs::create_directories(root / place / spec.name);
      for (std::int64_t i = 0; i < spec.rows + (one_more ? 1 : 0); ++i) {
        if (i == 5) continue;
        const std::string file = std::to_string(i) + ".pts";
        WriteSmall(root / "bboxes/train" / spec.name / file, PtsText(i, 4));
        WriteSmall(root / "landmarks/train" / spec.name / file, PtsText(i, 68));
      }
    }
    WritePlaceholder(root / "videos" / spec.split / (spec.name + ".mp4"));
    // One folder as OpenFace writes it, with bmp in its names; readers look at names only.
    if (spec.name == "171") {
      WriteCrops(spec, root / "crops" / "171_aligned", "frame_det_00_%06lld.bmp");
    } else {
      WriteCrops(spec, root / "crops" / spec.name);
    }
    facts.push_back(FactsOf(spec));
  }
  return facts;
}

template <typename T>
std::string Bytes(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string NpyText(const std::string& descr, const std::string& shape, const std::string& data) {
  std::string header =
      "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.append((64 - (10 + header.size() + 1) % 64) % 64, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + Bytes(static_cast<std::uint16_t>(header.size())) +
         header + data;
}

/// A number as a 0-d array, its type taken in turn.
std::string NpyNumber(double value, int turn) {
  if (turn % 4 == 0) {
    const std::string text = FormatShortest(value);
    std::string data;
    for (const char c : text) data += Bytes(static_cast<std::uint32_t>(c));
    return NpyText("<U" + std::to_string(text.size()), "()", data);
  }
  if (turn % 4 == 1) return NpyText("<f4", "()", Bytes(static_cast<float>(value)));
  if (turn % 4 == 2) return NpyText("<f8", "(1,)", Bytes(value));
  if (value == std::floor(value))
    return NpyText("<i8", "()", Bytes(static_cast<std::int64_t>(value)));
  return NpyText("<f8", "()", Bytes(value));
}

void WriteAffectNetLists(const fs::path& root) {
  const char* extensions[] = {".jpg", ".JPG", ".png", ".bmp", ".jpeg"};
  const std::string newline = "\r\n";
  std::string training =
      "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,"
      "valence,arousal" +
      newline;
  std::string validation;
  for (int i = 0; i < 16; ++i) {
    const std::string file =
        std::to_string(i % 3) + "/hash" + std::to_string(i) + extensions[i % 5];
    std::string row = file + ",10,12.5,200,210,";
    if (i % 2 == 0) {
      for (int k = 0; k < 68; ++k) {
        row += (k ? ";" : "") + FormatFixed(20 + k, 2) + ";" + FormatFixed(30 + k * 0.5, 2);
      }
    }
    const VaLabel label = FixtureLabel("affectnet", i);
    // Expressions 9 and 10 carry -2, expression 8 keeps its labels.
    const int expression = i % 11;
    const bool invalid = expression >= 9;
    row +=
        "," + std::to_string(expression) + "," +
        (invalid ? "-2,-2" : FormatFixed(label.valence, 3) + "," + FormatFixed(label.arousal, 3)) +
        newline;
    (i < 12 ? training : validation) += row;
    // One image that the list names is not on disk.
    if (i != 7) WriteFileAtomically(root / "Manually_Annotated_Images" / file, FixtureJpeg());
  }
  WriteFileAtomically(root / "training.csv", training);
  WriteFileAtomically(root / "validation.csv", validation);
}

void WriteAffectNetArrays(const fs::path& root) {
  for (int i = 0; i < 10; ++i) {
    const fs::path folder = root / (i < 7 ? "train_set" : "val_set");
    const std::string stem = std::to_string(i);
    const fs::path annotations = folder / "annotations";
    // 5 has no annotation, 6 no image, 4 is invalid.
    if (i != 6) WriteFileAtomically(folder / "images" / (stem + ".jpg"), FixtureJpeg());
    if (i == 5) continue;
    const VaLabel label = FixtureLabel("affectnet", i);
    const bool invalid = i == 4;
    WriteFileAtomically(annotations / (stem + "_exp.npy"), NpyNumber(i % 8, i + 3));
    WriteFileAtomically(annotations / (stem + "_val.npy"),
                        NpyNumber(invalid ? -2 : std::stod(FormatFixed(label.valence, 3)), i));
    WriteFileAtomically(annotations / (stem + "_aro.npy"),
                        NpyNumber(invalid ? -2 : std::stod(FormatFixed(label.arousal, 3)), i + 1));
    std::string landmarks;
    for (int k = 0; k < 136; ++k) {
      landmarks += i % 2 ? Bytes(static_cast<float>(k)) : Bytes(static_cast<double>(k));
    }
    WriteFileAtomically(annotations / (stem + "_lnd.npy"),
                        NpyText(i % 2 ? "<f4" : "<f8", "(136,)", landmarks));
  }
}

std::vector<FixtureTrial> WriteAfewVa(const fs::path& root) {
  std::vector<FixtureTrial> facts;
  const char* actors[] = {"Actor A", "Actor B", "Actor A", ""};
  const char* names[] = {"01/001", "01/002", "06/300", "12/600"};
  for (int c = 0; c < 4; ++c) {
    const fs::path folder = root / names[c];
    Spec spec;
    spec.name = folder.filename().string();
    spec.rows = 10 + 3 * c;
    spec.crops_to = c == 3 ? -1 : spec.rows;
    if (c == 1) spec.unannotated = {4};
    std::string json = "{\"video_id\": \"" + spec.name + "\", " +
                       (actors[c][0] ? "\"actor\": \"" + std::string(actors[c]) + "\", " : "") +
                       "\"frames\": {";
    for (std::int64_t row = 0; row < spec.rows; ++row) {
      if (spec.unannotated.count(row)) continue;
      const VaLabel label = FixtureLabel(spec.name, row);
      json += (row ? ", \"" : "\"") + Numbered("%05lld", row) +
              "\": {\"landmarks\": [[1.5, 2.5]], \"valence\": " +
              std::to_string(std::lround(10 * label.valence)) +
              ", \"arousal\": " + std::to_string(std::lround(10 * label.arousal)) + "}";
    }
    WriteFileAtomically(folder / (spec.name + ".json"), json + "}}\n");
    // One image too many, one too few.
    const std::int64_t images = spec.rows + (c == 0 ? 1 : c == 2 ? -1 : 0);
    for (std::int64_t i = 0; i < images; ++i)
      WriteSmall(folder / Numbered("%05lld.png", i), FixtureJpeg());
    WriteCrops(spec, root / "cropped_aligned" / spec.name);
    facts.push_back(FactsOf(spec));
  }
  return facts;
}

std::vector<FixtureTrial> WriteOmg(const fs::path& root) {
  const std::string header = "link,start,end,video,utterance";
  const std::string labels = ",arousal,valence,EmotionMaxVote";
  struct List {
    const char* file;
    const char* folder;
    std::vector<const char*> videos;
    bool labelled;
  };
  const std::vector<List> lists = {{"omg_TrainVideos.csv", "train", {"3bTzfUFNhbk", "a_b-c"}, true},
                                   {"omg_ValidationVideos.csv", "validation", {"vvvvvvvvvv"}, true},
                                   {"omg_TestVideos.csv", "test", {"tttt"}, false}};
  std::vector<FixtureTrial> facts;
  for (const List& list : lists) {
    std::string text = header + (list.labelled ? labels : "") + "\r\n";
    for (const char* video : list.videos) {
      for (int k = 1; k <= 3; ++k) {
        const std::string utterance = "utterance_" + std::to_string(k);
        Spec spec;
        spec.name = std::string(video) + "_" + utterance;
        spec.split = list.labelled ? list.folder : "test";
        spec.crops_to = k == 3 ? -1 : 4 + k;
        spec.rows = !list.labelled ? 0 : spec.crops_to < 0 ? 1 : spec.crops_to;
        if (k == 2) spec.first_crop = 1;
        const VaLabel label = FixtureLabel(spec.name, 0);
        text += std::string("https://example.invalid/") + video + "," + std::to_string(10 * k) +
                "," + FormatShortest(10 * k + 7.5) + "," + video + "," + utterance + ".mp4";
        if (list.labelled) {
          text += "," + FormatFixed(label.arousal, 3) + "," + FormatFixed(label.valence, 3) + "," +
                  std::to_string(k);
        }
        text += "\r\n";
        WriteCrops(spec, root / "cropped_aligned" / spec.name);
        WritePlaceholder(root / list.folder / video / (utterance + ".mp4"));
        facts.push_back(FactsOf(spec));
      }
    }
    WriteFileAtomically(root / list.file, text);
  }
  return facts;
}

std::vector<FixtureTrial> WritePlain(const fs::path& root) {
  std::vector<FixtureTrial> facts;
  for (const char* name : {"anna", "bert", "carl"}) {
    Spec spec;
    spec.name = name;
    spec.split = "none";
    spec.rows = spec.name == "carl" ? 0 : 14;
    spec.crops_to = spec.name == "carl" ? -1 : 13;
    if (spec.name == "anna") spec.unannotated = {0, 7};
    if (spec.rows > 0) WriteFileAtomically(root / (spec.name + ".txt"), AnnotationText(spec));
    WriteCrops(spec, root / spec.name);
    if (spec.name != "bert") WritePlaceholder(root / (spec.name + ".mp4"));
    facts.push_back(FactsOf(spec));
  }
  return facts;
}

}  // namespace

const char* FixtureLayoutName(FixtureLayout layout) {
  switch (layout) {
    case FixtureLayout::kAffWild2:
      return "aff-wild2";
    case FixtureLayout::kAbaw3:
      return "abaw3";
    case FixtureLayout::kAbaw5:
      return "abaw5";
    case FixtureLayout::kAbaw6:
      return "abaw6";
    case FixtureLayout::kAbaw10:
      return "abaw10";
    case FixtureLayout::kAffWild:
      return "aff-wild";
    case FixtureLayout::kAffectNetLists:
      return "affectnet-lists";
    case FixtureLayout::kAffectNetArrays:
      return "affectnet-arrays";
    case FixtureLayout::kAfewVa:
      return "afew-va";
    case FixtureLayout::kOmg:
      return "omg";
    case FixtureLayout::kPlain:
      return "plain";
  }
  return "plain";
}

std::vector<FixtureLayout> AllFixtureLayouts() {
  return {FixtureLayout::kAffWild2,
          FixtureLayout::kAbaw3,
          FixtureLayout::kAbaw5,
          FixtureLayout::kAbaw6,
          FixtureLayout::kAbaw10,
          FixtureLayout::kAffWild,
          FixtureLayout::kAffectNetLists,
          FixtureLayout::kAffectNetArrays,
          FixtureLayout::kAfewVa,
          FixtureLayout::kOmg,
          FixtureLayout::kPlain};
}

VaLabel FixtureLabel(const std::string& trial, std::int64_t row) {
  const std::int64_t k = static_cast<std::int64_t>(Fnv1a64(trial) % 1000);
  return {{static_cast<double>((7 * row + 131 * k) % 2001 - 1000) / 1000,
           static_cast<double>((11 * row + 37 * k) % 1001) / 1000},
          true};
}

const std::string& FixtureJpeg() {
  // Baseline JPEG of one 8 x 8 block: a table of ones, Huffman tables of one code each, and the two
  // bits "difference 0, end of block", which decode to mid grey.
  static const std::string jpeg = [] {
    const auto table = [](char id) {
      return std::string("\xFF\xC4\x00\x14", 4) + id + '\x01' + std::string(15, '\0') + '\0';
    };
    return std::string("\xFF\xD8", 2) + std::string("\xFF\xDB\x00\x43\x00", 5) +
           std::string(64, '\x01') +
           std::string("\xFF\xC0\x00\x0B\x08\x00\x08\x00\x08\x01\x01\x11\x00", 13) + table('\x00') +
           table('\x10') + std::string("\xFF\xDA\x00\x08\x01\x01\x00\x00\x3F\x00", 10) + "\x3F" +
           std::string("\xFF\xD9", 2);
  }();
  return jpeg;
}

std::vector<FixtureTrial> WriteFixture(const fs::path& root, FixtureLayout layout) {
  std::error_code ignored;
  if (fs::exists(root, ignored) && !fs::is_empty(root, ignored)) {
    throw Error(ErrorCode::kInvalidArgument,
                "'" + root.string() + "' is not empty; give a new folder for the fixture");
  }
  fs::create_directories(root);
  std::vector<FixtureTrial> facts;
  switch (layout) {
    case FixtureLayout::kAffWild2:
    case FixtureLayout::kAbaw3:
    case FixtureLayout::kAbaw5:
    case FixtureLayout::kAbaw6:
    case FixtureLayout::kAbaw10:
      facts = WriteAffWild2(root, layout);
      break;
    case FixtureLayout::kAffWild:
      facts = WriteAffWild(root);
      break;
    case FixtureLayout::kAffectNetLists:
      WriteAffectNetLists(root);
      break;
    case FixtureLayout::kAffectNetArrays:
      WriteAffectNetArrays(root);
      break;
    case FixtureLayout::kAfewVa:
      facts = WriteAfewVa(root);
      break;
    case FixtureLayout::kOmg:
      facts = WriteOmg(root);
      break;
    case FixtureLayout::kPlain:
      facts = WritePlain(root);
      break;
  }
  std::sort(facts.begin(), facts.end(), [](const FixtureTrial& a, const FixtureTrial& b) {
    return NaturalLess(a.name, b.name);
  });
  return facts;
}

}  // namespace circumplex
