// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "core/files.h"
#include "core/npy.h"
#include "datasets/afew_va.h"
#include "datasets/aff_wild.h"
#include "datasets/affect_net.h"
#include "datasets/layout.h"
#include "datasets/omg.h"
#include "datasets/trial_labels.h"
#include "support/find_trial.h"
#include "support/layout_fixture.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::FindTrial;
using testing_support::SharedFolder;
using testing_support::TempFolder;

std::map<std::string, std::string> DetailsOf(const std::vector<Defect>& defects) {
  std::map<std::string, std::string> details;
  for (const Defect& defect : defects) details[defect.trial + "/" + defect.kind] = defect.detail;
  return details;
}

// ------------------------------------------------------------------------------------ Aff-Wild v1

TEST(AffWild, CountsBoxesAndCutsUnequalFiles) {
  TempFolder folder;
  WriteFixture(folder / "set", FixtureLayout::kAffWild);
  const Manifest manifest = ReadAffWild(folder / "set");
  std::map<std::string, std::string> details = DetailsOf(manifest.defects);
  EXPECT_EQ(details["303/unequal_annotations"], "23 rows of valence, 24 of arousal");
  EXPECT_EQ(details["171/missing_boxes"], "1 of 21 rows have no .pts file");
  EXPECT_EQ(details["171/boxes_beyond_rows"], "1 .pts files after row 21");
  EXPECT_EQ(details["171/landmarks_beyond_rows"], "1 .pts files after row 21");
  EXPECT_EQ(details.count("212/boxes_beyond_rows"), 0u);
  EXPECT_EQ(details.count("400/no_crops"), 1u);
  const Trial& trial = FindTrial(manifest, "171");
  EXPECT_EQ(trial.annotation_format, AnnotationFormat::kTwoFiles);
  EXPECT_EQ(trial.crops.filename(), "171_aligned");
  EXPECT_EQ(trial.video_file.filename(), "171.mp4");
  EXPECT_EQ(FindTrial(manifest, "401").split, Split::kTest);
}

TEST(AffWild, SpellsBboxsAndCountsFromOne) {
  TempFolder folder;
  for (const char* target : {"valence", "arousal"})
    WriteFileAtomically(folder / "annotations/train" / target / "7.txt", "0.5\n0.25\n-1\n");
  for (const char* name : {"1.pts", "2.pts", "3.pts"})
    WriteFileAtomically(folder / "bboxs/train/7" / name, "x");
  const Manifest manifest = ReadAffWild(folder.path());
  std::map<std::string, std::string> details = DetailsOf(manifest.defects);
  EXPECT_EQ(details.count("7/missing_boxes"), 0u);
  EXPECT_EQ(details.count("7/boxes_beyond_rows"), 0u);
  EXPECT_EQ(details.count("/no_crop_folder"), 1u);
  const std::vector<VaLabel> labels = ReadTrialLabels(manifest.trials.at(0));
  ASSERT_EQ(labels.size(), 3u);
  EXPECT_EQ(labels[2].valence, -1.0);
}

TEST(AffWild, RefusesBadFilesWithLine) {
  TempFolder folder;
  const fs::path valence = folder / "annotations/train/valence/7.txt";
  const fs::path arousal = folder / "annotations/train/arousal/7.txt";
  const auto message = [&](const char* v, const char* a) {
    WriteFileAtomically(valence, v);
    WriteFileAtomically(arousal, a);
    return ErrorOf(ErrorCode::kBadData, [&] { ReadAffWild(folder.path()); });
  };
  EXPECT_EQ(message("0.5\nx\n", "0\n0\n"),
            valence.string() +
                ":2: valence 'x' must be a number in [-1, 1], or -5 in both files for a frame that "
                "is not annotated");
  EXPECT_NE(message("0.5\n0\n", "0\n1.5\n").find("arousal/7.txt:2: arousal '1.5'"),
            std::string::npos);
  EXPECT_EQ(message("0.5\n-5\n", "0\n0\n"),
            valence.string() + ":2: -5 here but not in '" + arousal.string() +
                "'; a frame is annotated in both or in none");
  WriteFileAtomically(valence, "-5\n0.5\n");
  WriteFileAtomically(arousal, "-5.0\n0.5");
  EXPECT_EQ(ReadAffWild(folder.path()).trials.at(0).annotated, 1);
  fs::remove(arousal);
  WriteFileAtomically(folder / "annotations/train/valence/8.txt", "0\n");
  WriteFileAtomically(folder / "annotations/train/arousal/8.txt", "0\n");
  const Manifest manifest = ReadAffWild(folder.path());
  EXPECT_EQ(manifest.trials.size(), 1u);
  EXPECT_EQ(DetailsOf(manifest.defects).count("7/annotation_unpaired"), 1u);
  WriteFileAtomically(folder / "annotations/val/valence/8.txt", "0\n");
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadAffWild(folder.path()); })
                .find("video '8' is annotated in 'train' and in 'val'"),
            std::string::npos);
  TempFolder empty;
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadAffWild(empty.path()); })
                .find("no Aff-Wild annotations"),
            std::string::npos);
}

// ------------------------------------------------------------------------------------- AffectNet

TEST(AffectNet, ReadsListsWithAndWithoutHeader) {
  TempFolder folder;
  WriteFixture(folder / "set", FixtureLayout::kAffectNetLists);
  const StillSet set = ReadAffectNet(folder / "set");
  ASSERT_EQ(set.images.size(), 16u);
  for (int i = 0; i < 16; ++i) {
    SCOPED_TRACE(i);
    const StillImage& image = set.images[static_cast<std::size_t>(i)];
    EXPECT_EQ(image.split, i < 12 ? Split::kTrain : Split::kValidation);
    EXPECT_EQ(image.expression, i % 11);
    EXPECT_EQ(image.valid, i % 11 < 9);
    EXPECT_EQ(image.exists, i != 7);
    const VaLabel want = FixtureLabel("affectnet", i);
    EXPECT_NEAR(image.va.valence, image.valid ? want.valence : 0, 1e-7);
    EXPECT_NEAR(image.va.arousal, image.valid ? want.arousal : 0, 1e-7);
    ASSERT_TRUE(image.face.has_value());
    EXPECT_EQ(image.face->y, 12.5);
    EXPECT_EQ(image.face->height, 210);
    ASSERT_EQ(image.landmarks.size(), i % 2 ? 0u : 136u);
    if (i % 2 == 0) {
      EXPECT_EQ(image.landmarks[134], 87);
      EXPECT_EQ(image.landmarks[135], 63.5f);
    }
  }
  std::map<std::string, std::string> details = DetailsOf(set.defects);
  EXPECT_EQ(details["training.csv/invalid_labels"],
            "2 images without labels, the first '0/hash9.jpeg'");
  EXPECT_EQ(details["training.csv/missing_images"],
            "1 images are not on disk, the first '1/hash7.png'");
  AffectNetOptions options;
  options.landmarks = false;
  EXPECT_TRUE(ReadAffectNet(folder / "set", options).images[0].landmarks.empty());
}

TEST(AffectNet, ReadsArraysOfEveryType) {
  TempFolder folder;
  WriteFixture(folder / "set", FixtureLayout::kAffectNetArrays);
  const StillSet set = ReadAffectNet(folder / "set");
  // Of ten, 5 has no annotation and 6 no image.
  ASSERT_EQ(set.images.size(), 8u);
  for (const StillImage& image : set.images) {
    const int i = std::atoi(image.path.stem().c_str());
    SCOPED_TRACE(i);
    EXPECT_EQ(image.split, i < 7 ? Split::kTrain : Split::kValidation);
    EXPECT_EQ(image.expression, i % 8);
    EXPECT_EQ(image.valid, i != 4);
    const VaLabel want = FixtureLabel("affectnet", i);
    EXPECT_NEAR(image.va.valence, image.valid ? want.valence : 0, 1e-7);
    EXPECT_NEAR(image.va.arousal, image.valid ? want.arousal : 0, 1e-7);
    ASSERT_EQ(image.landmarks.size(), 136u);
    EXPECT_EQ(image.landmarks[135], 135);
  }
  std::map<std::string, std::string> details = DetailsOf(set.defects);
  EXPECT_EQ(details["train_set/missing_annotation"],
            "1 images have no _val or _aro file, the first '5.jpg'");
  EXPECT_EQ(details["train_set/annotation_without_image"],
            "1 annotations have no image, the first '6_val.npy'");
  EXPECT_EQ(details["train_set/invalid_labels"], "1 images without labels, the first '4.jpg'");
}

TEST(AffectNet, RefusesBadRows) {
  TempFolder folder;
  const auto message = [&](const std::string& row) {
    WriteFileAtomically(folder / "training.csv", "a/0.jpg,0,0,1,1,,0,0.5,0.5\n" + row + "\n");
    return ErrorOf(ErrorCode::kBadData, [&] { ReadAffectNet(folder.path()); });
  };
  const std::string at = (folder / "training.csv").string() + ":2: ";
  EXPECT_EQ(message("a/1.jpg,0,0,1,1,,0,0.5,1.5"),
            at + "arousal '1.5' must be a number in [-1, 1], or -2 for an image without one");
  EXPECT_EQ(message("a/1.jpg,0,0,1,1,,11,0.5,0.5"),
            at + "expression '11' must be a whole number from 0 to 10");
  EXPECT_EQ(message("a/1.jpg,0,0,1,1,1;2;3,0,0.5,0.5"),
            at + "facial_landmarks has 3 numbers where 68 pairs x;y or nothing is needed");
  EXPECT_NE(message("a/1.jpg,0,0,1,1,0,0.5,0.5").find(at + "8 fields in"), std::string::npos);
  EXPECT_NE(message("a/1.jpg,0,0,x,1,,0,0.5,0.5").find(at + "face box field 'x'"),
            std::string::npos);
  TempFolder empty;
  EXPECT_NE(
      ErrorOf(ErrorCode::kBadData, [&] { ReadAffectNet(empty.path()); }).find("no AffectNet in"),
      std::string::npos);
  fs::create_directories(folder / "val_set/images");
  fs::create_directories(folder / "val_set/annotations");
  EXPECT_NE(
      ErrorOf(ErrorCode::kBadData, [&] { ReadAffectNet(folder.path()); }).find("two releases"),
      std::string::npos);
}

TEST(AffectNet, ReadsTheSharedPhotographs) {
  if (SharedFolder().empty()) GTEST_SKIP() << "the folder of real samples is not here";
  const fs::path archive = SharedFolder() / "samples" / "ferplus_va.tar.gz";
  if (!fs::exists(archive)) GTEST_SKIP() << "the archive of photographs is not here";
  TempFolder folder;
  const std::string command =
      "tar -C '" + folder.path().string() + "' -xzf '" + archive.string() + "'";
  if (std::system(command.c_str()) != 0) GTEST_SKIP() << "tar cannot unpack the archive";
  ASSERT_EQ(DetectLayout(folder / "ferplus"), Layout::kAffectNet);
  const StillSet set = ReadAffectNet(folder / "ferplus");
  std::map<Split, std::int64_t> rows, valid;
  for (const StillImage& image : set.images) {
    ++rows[image.split];
    valid[image.split] += image.valid;
    ASSERT_TRUE(image.exists) << image.path;
    EXPECT_EQ(image.valid, image.expression < 9);
  }
  // Counts stated by the samples' own description.
  EXPECT_EQ(rows[Split::kTrain], 28558);
  EXPECT_EQ(rows[Split::kValidation], 3579);
  EXPECT_EQ(valid[Split::kTrain], 28487);
  EXPECT_EQ(valid[Split::kValidation], 3569);
}

std::string Npy(const std::string& header, const std::string& data) {
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
         data;
}

TEST(Npy, ChecksLengthsBeforeUse) {
  const std::string f4 = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
  const std::string one("\x00\x00\x00\x3f", 4);
  EXPECT_EQ(ParseNpyNumbers(Npy(f4 + "(), }", one), "a"), std::vector<double>{0.5});
  EXPECT_EQ(ParseNpyNumbers(Npy(f4 + "(2,), }", one + one), "a").size(), 2u);
  EXPECT_EQ(ParseNpyNumbers(Npy(f4 + "(0,), }", ""), "a").size(), 0u);
  const std::string u1 = "{'descr': '<U1', 'fortran_order': False, 'shape': (2,), }";
  EXPECT_EQ(ParseNpyNumbers(Npy(u1,
                                std::string("7\0\0\0"
                                            "3\0\0\0",
                                            8)),
                            "a"),
            (std::vector<double>{7, 3}));
  const auto message = [](const std::string& bytes) {
    return ErrorOf(ErrorCode::kBadData, [&] { ParseNpyNumbers(bytes, "a.npy"); });
  };
  EXPECT_EQ(message(Npy(f4 + "(2,), }", one)),
            "a.npy: 4 bytes of data where the header says 2 elements of 4");
  EXPECT_EQ(message(Npy(f4 + "(), }", one + "x")),
            "a.npy: 5 bytes of data where the header says 1 elements of 4");
  EXPECT_EQ(message("GIF89a....."), "a.npy: not a NumPy file; its first bytes must be \\x93NUMPY");
  EXPECT_EQ(message(Npy(f4 + "(), }", one).substr(0, 20)), "a.npy: cut inside the header");
  EXPECT_NE(message(Npy(f4 + "(4611686018427387904, 4), }", one)).find("a.npy"), std::string::npos);
  EXPECT_NE(message(Npy(f4 + "(-1,), }", one)).find("an axis that is not a size"),
            std::string::npos);
  EXPECT_NE(message(Npy("{'descr': '>f4', 'fortran_order': False, 'shape': (), }", one))
                .find("dtype '>f4' is not a little-endian"),
            std::string::npos);
  EXPECT_NE(
      message(Npy("{'descr': '|O', 'fortran_order': False, 'shape': (), }", one)).find("dtype"),
      std::string::npos);
  EXPECT_NE(message(Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", one))
                .find("Fortran order"),
            std::string::npos);
  EXPECT_EQ(message(Npy(u1,
                        std::string("x\0\0\0"
                                    "3\0\0\0",
                                    8))),
            "a.npy: the text 'x' is not a number");
  // Every shorter file is refused, never read beyond its end.
  const std::string whole = Npy(f4 + "(2,), }", one + one);
  for (std::size_t size = 0; size < whole.size(); ++size) message(whole.substr(0, size));
}

// --------------------------------------------------------------------------------- AFEW-VA and OMG

TEST(AfewVa, DividesByTenAndKeepsActors) {
  TempFolder folder;
  WriteFixture(folder / "set", FixtureLayout::kAfewVa);
  const Manifest manifest = ReadAfewVa(folder / "set");
  EXPECT_EQ(FindTrial(manifest, "001").person, "Actor A");
  EXPECT_EQ(FindTrial(manifest, "300").person, "Actor A");
  EXPECT_EQ(FindTrial(manifest, "600").person, "600");
  EXPECT_EQ(FindTrial(manifest, "001").video_file, folder / "set" / "01" / "001");
  std::map<std::string, std::string> details = DetailsOf(manifest.defects);
  EXPECT_EQ(details["001/images_without_label"], "1 images after row 10");
  EXPECT_NE(details["300/frames_without_image"].find("1 of 16 rows"), std::string::npos);
  EXPECT_EQ(details["002/unannotated_rows"], "1 of 13 rows (leading 0, inner 1, trailing 0)");

  WriteFileAtomically(
      folder / "c.json",
      R"({"frames":{"00002":{"valence":-10,"arousal":7},"00000":{"valence":3,"arousal":0}}})");
  const AfewClip clip = ReadAfewClip(folder / "c.json");
  ASSERT_EQ(clip.labels.size(), 3u);
  EXPECT_EQ(clip.labels[0].valence, 0.3);
  EXPECT_FALSE(clip.labels[1].annotated);
  EXPECT_EQ(clip.labels[2].valence, -1.0);
  EXPECT_EQ(clip.labels[2].arousal, 0.7);
}

TEST(AfewVa, RefusesBadClips) {
  TempFolder folder;
  const fs::path file = folder / "c.json";
  const auto message = [&](const std::string& text) {
    WriteFileAtomically(file, text);
    return ErrorOf(ErrorCode::kBadData, [&] { ReadAfewClip(file); });
  };
  EXPECT_EQ(
      message(R"({"frames":{"00000":{"valence":11,"arousal":0}}})"),
      file.string() + ": frame '00000': valence 11; it must be a whole number from -10 to 10");
  EXPECT_EQ(message(R"({"frames":{"00000":{"valence":1}}})"),
            file.string() +
                ": frame '00000': arousal is missing; it must be a whole number from -10 to 10");
  EXPECT_NE(message(R"({"frames":{"00000":{"valence":0.5,"arousal":0}}})").find("valence 0.5"),
            std::string::npos);
  EXPECT_NE(message(R"({"frames":{"999999999":{"valence":1,"arousal":0}}})").find("'999999999'"),
            std::string::npos);
  EXPECT_NE(message("{").find("damaged JSON"), std::string::npos);
  EXPECT_NE(message("{}").find("no object 'frames'"), std::string::npos);
  TempFolder empty;
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadAfewVa(empty.path()); }).find("no clip in"),
            std::string::npos);
}

TEST(Omg, OneLabelPerUtterance) {
  TempFolder folder;
  WriteFixture(folder / "set", FixtureLayout::kOmg);
  const std::vector<Utterance> train = ReadUtterances(folder / "set" / "omg_TrainVideos.csv");
  ASSERT_EQ(train.size(), 6u);
  EXPECT_EQ(train[1].Name(), "3bTzfUFNhbk_utterance_2");
  EXPECT_EQ(train[1].start_s, 20);
  EXPECT_EQ(train[1].end_s, 27.5);
  EXPECT_EQ(train[1].emotion, 2);
  EXPECT_EQ(train[1].line, 3u);
  const Manifest manifest = ReadOmg(folder / "set");
  const Trial& trial = FindTrial(manifest, "3bTzfUFNhbk_utterance_2");
  EXPECT_EQ(trial.video, "3bTzfUFNhbk");
  EXPECT_EQ(trial.video_file, folder / "set/train/3bTzfUFNhbk/utterance_2.mp4");
  EXPECT_EQ(trial.rows, 6);
  EXPECT_EQ(trial.crop_count, 5);
  const std::vector<VaLabel> labels = ReadTrialLabels(trial);
  ASSERT_EQ(labels.size(), 6u);
  EXPECT_EQ(labels[0].arousal, labels[5].arousal);
  EXPECT_EQ(FindTrial(manifest, "tttt_utterance_1").split, Split::kTest);

  // A second list of the test split, with labels, replaces the one without.
  WriteFileAtomically(folder / "set" / "omg_TestVideos_WithLabels.csv",
                      "link,start,end,video,utterance,arousal,valence,EmotionMaxVote\n"
                      "x,0,1,tttt,utterance_1.mp4,0.25,-0.5,3\n");
  const Manifest again = ReadOmg(folder / "set");
  const Trial& labelled = FindTrial(again, "tttt_utterance_1");
  EXPECT_EQ(labelled.split, Split::kTest);
  EXPECT_EQ(ReadTrialLabels(labelled).at(0).valence, -0.5);
}

TEST(Omg, RefusesBadLists) {
  TempFolder folder;
  const fs::path list = folder / "omg_TrainVideos.csv";
  const auto message = [&](const std::string& row) {
    WriteFileAtomically(list,
                        "link,start,end,video,utterance,arousal,valence,EmotionMaxVote\n" + row);
    return ErrorOf(ErrorCode::kBadData, [&] { ReadOmg(folder.path()); });
  };
  EXPECT_EQ(message("x,0,1,v,u.mp4,-0.1,0,3\n"),
            list.string() + ":2: arousal '-0.1' must be a number in [0, 1]");
  EXPECT_EQ(message("x,0,1,v,u.mp4,0,0,3\nx,0,1,v,u.mp4,0,0,3\n"),
            list.string() + ":3: utterance 'v_u' has a row already");
  EXPECT_NE(message("x,0,1,v,u.mp4,0\n").find(":2: 6 fields where the header has 8"),
            std::string::npos);
  EXPECT_NE(message("x,0,1,../v,u.mp4,0,0,3\n").find(":2: video and utterance must be names"),
            std::string::npos);
  WriteFileAtomically(list, "link,video,utterance,arousal\n");
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadOmg(folder.path()); }).find("both or none"),
            std::string::npos);
  TempFolder empty;
  EXPECT_NE(ErrorOf(ErrorCode::kBadData, [&] { ReadOmg(empty.path()); }).find("no list in"),
            std::string::npos);
}

TEST(TrialLabels, FollowTheFormat) {
  EXPECT_TRUE(ReadTrialLabels(Trial()).empty());
  for (const AnnotationFormat format : {AnnotationFormat::kVaPerFrame,
                                        AnnotationFormat::kTwoFiles,
                                        AnnotationFormat::kAfewJson,
                                        AnnotationFormat::kUtterance}) {
    EXPECT_EQ(ParseAnnotationFormat(AnnotationFormatName(format), "here"), format);
  }
  ErrorOf(ErrorCode::kBadData, [] { ParseAnnotationFormat("csv", "here"); });
}

}  // namespace
}  // namespace circumplex
