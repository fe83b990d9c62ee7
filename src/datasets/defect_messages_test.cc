// SPDX-License-Identifier: Apache-2.0
// What each reader says about each defect, to the letter: what is wrong, where, the value, and what
// to do. `@` stands for the folder of the case.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/files.h"
#include "datasets/afew_va.h"
#include "datasets/aff_wild.h"
#include "datasets/aff_wild2.h"
#include "datasets/affect_net.h"
#include "datasets/folds.h"
#include "datasets/folds_file.h"
#include "datasets/layout.h"
#include "datasets/manifest.h"
#include "datasets/omg.h"
#include "datasets/plain_folder.h"
#include "datasets/trial_sources.h"
#include "support/test_files.h"

namespace circumplex {
namespace {

namespace fs = std::filesystem;
using testing_support::ErrorOf;
using testing_support::TempFolder;

struct Case {
  const char* what;
  std::vector<std::pair<std::string, std::string>> files;  ///< Path below the folder, content.
  std::function<void(const fs::path& root)> read;
  const char* message;
  ErrorCode code = ErrorCode::kBadData;
};

std::string WithFolder(std::string message, const fs::path& root) {
  for (std::size_t at = 0; (at = message.find('@', at)) != std::string::npos;)
    message.replace(at, 1, root.string());
  return message;
}

void Check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    SCOPED_TRACE(one.what);
    TempFolder folder;
    const fs::path root = folder / "set";
    fs::create_directories(root);
    for (const auto& [path, content] : one.files) WriteFileAtomically(root / path, content);
    EXPECT_EQ(ErrorOf(one.code, [&] { one.read(root); }), WithFolder(one.message, root));
  }
}

const std::string kGood = "valence,arousal\n0,0\n";
const std::string kTrain = "annotations/VA_Set/Train_Set/";

void ReadWild2(const fs::path& root) { ReadAffWild2(root); }

TEST(DefectMessages, AffWild2) {
  Check({
      {"no folder",
       {},
       [](const fs::path& root) { ReadAffWild2(root / "none"); },
       "no folder of a data set '@/none'; check the path",
       ErrorCode::kNotFound},
      {"another header",
       {{kTrain + "1.txt", "arousal,valence\n0,0\n"}},
       ReadWild2,
       "@/annotations/VA_Set/Train_Set/1.txt:1: the header is 'arousal,valence'; it must be "
       "'valence,arousal'"},
      {"empty file",
       {{kTrain + "1.txt", ""}},
       ReadWild2,
       "@/annotations/VA_Set/Train_Set/1.txt:1: the file is empty; its first line must be "
       "valence,arousal"},
      {"not a number",
       {{kTrain + "1.txt", "valence,arousal\n0,0\n0.1,abc\n"}},
       ReadWild2,
       "@/annotations/VA_Set/Train_Set/1.txt:3: arousal 'abc' is not a number; write a value in "
       "[-1, 1], or -5,-5 for a frame that is not annotated"},
      {"outside the range",
       {{kTrain + "1.txt", "valence,arousal\n1.7,0\n"}},
       ReadWild2,
       "@/annotations/VA_Set/Train_Set/1.txt:2: valence '1.7' is outside [-1, 1]; write a value in "
       "[-1, 1], or -5,-5 for a frame that is not annotated"},
      {"-5 in one column",
       {{kTrain + "1.txt", "valence,arousal\n-5,0.2\n"}},
       ReadWild2,
       "@/annotations/VA_Set/Train_Set/1.txt:2: '-5,0.2' has -5 in one column only; a frame is "
       "annotated in both or in none"},
      {"three fields",
       {{kTrain + "1.txt", "valence,arousal\n0,0,0\n"}},
       ReadWild2,
       "@/annotations/VA_Set/Train_Set/1.txt:2: 3 fields in '0,0,0' where valence,arousal are "
       "needed"},
      {"an empty line inside",
       {{kTrain + "1.txt", "valence,arousal\n0,0\n\n0,0\n"}},
       ReadWild2,
       "@/annotations/VA_Set/Train_Set/1.txt:3: 1 field in '' where valence,arousal are needed"},
      {"two splits",
       {{kTrain + "1.txt", kGood}, {"annotations/VA_Set/Validation_Set/1.txt", kGood}},
       ReadWild2,
       "trial '1' is annotated twice: '@/annotations/VA_Set/Train_Set/1.txt' and "
       "'@/annotations/VA_Set/Validation_Set/1.txt'; remove one"},
      {"two editions",
       {{kTrain + "1.txt", kGood},
        {"6th_ABAW_Annotations/VA_Estimation_Challenge/Train_Set/1.txt", kGood}},
       ReadWild2,
       "two sets of annotations, '@/6th_ABAW_Annotations/VA_Estimation_Challenge' and "
       "'@/annotations/VA_Set'; editions must not be mixed, name the one to use"},
      {"annotated and tested",
       {{kTrain + "1.txt", kGood}, {"va_test_set.txt", "1\n2\n"}},
       ReadWild2,
       "1 trials of the test list '@/va_test_set.txt' are annotated (1); list and annotations are "
       "of different editions, use one edition"},
      {"a name twice in the list",
       {{kTrain + "1.txt", kGood}, {"va_test_set.txt", "2\n3\n2\n"}},
       ReadWild2,
       "@/va_test_set.txt:3: trial '2' is in the list twice"},
      {"a sample row without a trial",
       {{kTrain + "1.txt", kGood},
        {"ABAW_VA_test_set_sample.txt", "image_location,valence,arousal\n00001.jpg,\n"}},
       ReadWild2,
       "@/ABAW_VA_test_set_sample.txt:2: image_location '00001.jpg' must be "
       "<trial>/<number>.jpg with a number from 1 to 10000000"},
      {"persons without a person",
       {{kTrain + "1.txt", kGood}, {"persons.csv", "trial,name\n1,A\n"}},
       ReadWild2,
       "@/persons.csv:1: no column person (or subject); the file has trial,name"},
      {"splits without a trial",
       {{kTrain + "1.txt", kGood}, {"splits.csv", "who,part\n1,A\n"}},
       ReadWild2,
       "@/splits.csv:1: no column trial (or name, file, video), split; the file has who,part"},
      {"a split of another name",
       {{kTrain + "1.txt", kGood}, {"splits.csv", "trial,split\n1,learn\n"}},
       ReadWild2,
       "@/splits.csv:2: unknown split 'learn'; use train, validation, test or none"},
      {"a trial twice in a CSV",
       {{kTrain + "1.txt", kGood}, {"splits.csv", "trial,split\n1,train\n1.mp4,test\n"}},
       ReadWild2,
       "@/splits.csv:3: trial '1' is empty or named twice"},
      {"given annotations hold none",
       {{"labels/readme.txt", "hello\n"}},
       [](const fs::path& root) {
         AffWild2Options options;
         options.annotations = root / "labels";
         ReadAffWild2(root, options);
       },
       "no annotation in '@/labels': neither Train_Set, Training_Set or Validation_Set nor text "
       "files that start with 'valence,arousal'"},
      {"given crops are missing",
       {{kTrain + "1.txt", kGood}},
       [](const fs::path& root) {
         AffWild2Options options;
         options.crops = {root / "crops"};
         ReadAffWild2(root, options);
       },
       "no folder of crops '@/crops'; check the path",
       ErrorCode::kNotFound},
  });
}

TEST(DefectMessages, AffWild) {
  const std::string valence = "annotations/train/valence/7.txt";
  const std::string arousal = "annotations/train/arousal/7.txt";
  const auto read = [](const fs::path& root) { ReadAffWild(root); };
  Check({
      {"no annotations",
       {},
       read,
       "no Aff-Wild annotations under '@': neither annotations/<split>/{valence,arousal} nor "
       "<split>/{valence,arousal} with a split train, val, validation or test"},
      {"not a number",
       {{valence, "0.1\nx\n"}, {arousal, "0\n0\n"}},
       read,
       "@/annotations/train/valence/7.txt:2: valence 'x' must be a number in [-1, 1], or -5 in "
       "both "
       "files for a frame that is not annotated"},
      {"outside the range",
       {{valence, "0.1\n"}, {arousal, "-1.5\n"}},
       read,
       "@/annotations/train/arousal/7.txt:1: arousal '-1.5' must be a number in [-1, 1], or -5 in "
       "both files for a frame that is not annotated"},
      {"-5 in one file",
       {{valence, "0.1\n"}, {arousal, "-5\n"}},
       read,
       "@/annotations/train/arousal/7.txt:1: -5 here but not in "
       "'@/annotations/train/valence/7.txt'; a frame is annotated in both or in none"},
      {"two splits",
       {{valence, "0\n"},
        {arousal, "0\n"},
        {"annotations/test/valence/7.txt", "0\n"},
        {"annotations/test/arousal/7.txt", "0\n"}},
       read,
       "video '7' is annotated in 'train' and in 'test' of '@/annotations'; remove one"},
  });
}

TEST(DefectMessages, AffectNet) {
  const auto read = [](const fs::path& root) { ReadAffectNet(root); };
  const auto row = [](const std::string& text) {
    return std::vector<std::pair<std::string, std::string>>{{"training.csv", text + "\n"}};
  };
  Check({
      {"nothing",
       {},
       read,
       "no AffectNet in '@': neither training.csv or validation.csv (also tried in "
       "Manually_Annotated_file_lists) nor {train_set,val_set}/{images,annotations}"},
      {"both releases",
       {{"training.csv", "a.jpg,0,0,1,1,,0,0,0\n"},
        {"val_set/images/1.jpg", "x"},
        {"val_set/annotations/1_val.npy", "x"}},
       read,
       "two releases in '@': lists (training.csv, validation.csv) and arrays (train_set, val_set) "
       "hold the same photographs; move one away"},
      {"eight fields",
       row("a.jpg,0,0,1,1,0,0,0"),
       read,
       "@/training.csv:1: 8 fields in 'a.jpg,0,0,1,1,0,0,0' where 9 are needed: file, face_x, "
       "face_y, face_width, face_height, landmarks, expression, valence, arousal"},
      {"no file",
       row(",0,0,1,1,,0,0,0"),
       read,
       "@/training.csv:1: no file name in ',0,0,1,1,,0,0,0'"},
      {"a box that is no number",
       row("a.jpg,0,y,1,1,,0,0,0"),
       read,
       "@/training.csv:1: face box field 'y' must be a number or empty"},
      {"a landmark that is no number",
       row("a.jpg,0,0,1,1,1;z,0,0,0"),
       read,
       "@/training.csv:1: facial_landmarks '1;z' must be empty or 68 pairs x;y of numbers"},
      {"three landmarks",
       row("a.jpg,0,0,1,1,1;2;3,0,0,0"),
       read,
       "@/training.csv:1: facial_landmarks has 3 numbers where 68 pairs x;y or nothing is needed"},
      {"an expression that does not exist",
       row("a.jpg,0,0,1,1,,11,0,0"),
       read,
       "@/training.csv:1: expression '11' must be a whole number from 0 to 10"},
      {"a label outside the range",
       row("a.jpg,0,0,1,1,,0,-3,0"),
       read,
       "@/training.csv:1: valence '-3' must be a number in [-1, 1], or -2 for an image without "
       "one"},
      {"an array that is none",
       {{"train_set/images/1.jpg", "x"},
        {"train_set/annotations/1_val.npy", "0.5"},
        {"train_set/annotations/1_aro.npy", "0.5"}},
       read,
       "@/train_set/annotations/1_val.npy: not a NumPy file; its first bytes must be \\x93NUMPY"},
  });
}

TEST(DefectMessages, AfewVa) {
  const auto clip = [](const fs::path& root) { ReadAfewClip(root / "c.json"); };
  const auto json = [](const std::string& text) {
    return std::vector<std::pair<std::string, std::string>>{{"c.json", text}};
  };
  Check({
      {"no clip",
       {},
       [](const fs::path& root) { ReadAfewVa(root); },
       "no clip in '@'; looked for <NN>/<clip>/<clip>.json with a number <NN>"},
      {"two clips of a name",
       {{"01/001/001.json", R"({"frames":{}})"}, {"02/001/001.json", R"({"frames":{}})"}},
       [](const fs::path& root) { ReadAfewVa(root); },
       "two clips of the name '001': '@/01/001' and '@/02/001'; remove one"},
      {"no frames",
       json("{}"),
       clip,
       "@/c.json: no object 'frames'; it must map frame numbers to valence and arousal"},
      {"a frame that is no number",
       json(R"({"frames":{"one":{"valence":1,"arousal":1}}})"),
       clip,
       "@/c.json: frame 'one' must be a number from 0 with an object of labels"},
      {"a half",
       json(R"({"frames":{"00000":{"valence":0.5,"arousal":1}}})"),
       clip,
       "@/c.json: frame '00000': valence 0.5; it must be a whole number from -10 to 10"},
      {"text",
       json(R"({"frames":{"00000":{"valence":1,"arousal":"1"}}})"),
       clip,
       "@/c.json: frame '00000': arousal \"1\"; it must be a whole number from -10 to 10"},
      {"missing",
       json(R"({"frames":{"00000":{"valence":1}}})"),
       clip,
       "@/c.json: frame '00000': arousal is missing; it must be a whole number from -10 to 10"},
  });
  TempFolder folder;
  WriteFileAtomically(folder / "c.json", "{\"frames\": {");
  EXPECT_EQ(
      ErrorOf(ErrorCode::kBadData, [&] { ReadAfewClip(folder / "c.json"); })
          .rfind((folder / "c.json").string() + ": damaged JSON, [json.exception.parse_error", 0),
      0u);
}

TEST(DefectMessages, Omg) {
  const std::string header = "link,start,end,video,utterance,arousal,valence,EmotionMaxVote\n";
  const auto list = [&](const std::string& text) {
    return std::vector<std::pair<std::string, std::string>>{{"omg_TrainVideos.csv", text}};
  };
  const auto read = [](const fs::path& root) { ReadOmg(root); };
  Check({
      {"no list",
       {},
       read,
       "no list in '@'; looked for omg_*.csv with a header that has video,utterance"},
      {"one label column",
       list("link,video,utterance,arousal\n"),
       read,
       "@/omg_TrainVideos.csv:1: the header is 'link,video,utterance,arousal'; it needs video and "
       "utterance, and both or none of arousal and valence"},
      {"a short row",
       list(header + "x,0,1,v,u.mp4,0\n"),
       read,
       "@/omg_TrainVideos.csv:2: 6 fields where the header has 8"},
      {"a path as a name",
       list(header + "x,0,1,../v,u.mp4,0,0,1\n"),
       read,
       "@/omg_TrainVideos.csv:2: video and utterance must be names, not empty and without '/'"},
      {"arousal below 0",
       list(header + "x,0,1,v,u.mp4,-0.1,0,1\n"),
       read,
       "@/omg_TrainVideos.csv:2: arousal '-0.1' must be a number in [0, 1]"},
      {"valence above 1",
       list(header + "x,0,1,v,u.mp4,0.1,1.1,1\n"),
       read,
       "@/omg_TrainVideos.csv:2: valence '1.1' must be a number in [-1, 1]"},
      {"an utterance twice",
       list(header + "x,0,1,v,u.mp4,0,0,1\nx,0,1,v,u.mp4,0,0,1\n"),
       read,
       "@/omg_TrainVideos.csv:3: utterance 'v_u' has a row already"},
      {"an utterance in two splits",
       {{"omg_TrainVideos.csv", header + "x,0,1,v,u.mp4,0,0,1\n"},
        {"omg_ValidationVideos.csv", header + "x,0,1,v,u.mp4,0,0,1\n"}},
       read,
       "@/omg_ValidationVideos.csv:2: utterance 'v_u' is in '@/omg_TrainVideos.csv' too; remove "
       "one "
       "of the lists"},
  });
}

TEST(DefectMessages, PlainFolder) {
  const auto read = [](const fs::path& root) { ReadPlainFolder(root); };
  Check({
      {"nothing",
       {},
       read,
       "no trial in '@'; looked for folders with jpg, png or bmp images and for video files"},
      {"two videos",
       {{"a.avi", "x"}, {"a.mp4", "x"}},
       read,
       "two videos of the name 'a': '@/a.avi' and '@/a.mp4'; rename one"},
      {"two annotations",
       {{"a.mp4", "x"}, {"a.csv", kGood}, {"a.txt", kGood}},
       read,
       "two annotations of 'a': '@/a.csv' and '@/a.txt'; remove one"},
      {"a bad label",
       {{"a.mp4", "x"}, {"a.csv", "valence,arousal\n2,0\n"}},
       read,
       "@/a.csv:2: valence '2' is outside [-1, 1]; write a value in [-1, 1], or -5,-5 for a frame "
       "that is not annotated"},
  });
}

TEST(DefectMessages, ATreeOfTheWrongKindSaysWhatWasTriedAndWhatIsMissing) {
  const auto detect = [](const fs::path& root) { DetectLayout(root); };
  Check({
      {"pictures two levels deep",
       {{"a/b/1.jpg", "x"}},
       detect,
       "no known data set in '@':\n"
       "  aff-wild2: no Train_Set, Training_Set, Validation_Set or annotation text files that "
       "start "
       "with 'valence,arousal' in the root, VA_Set, VA_Estimation_Challenge or an *annotations* "
       "folder\n"
       "  aff-wild: no annotations/<split>/valence with an arousal folder beside it, split being "
       "train, val, validation or test\n"
       "  affectnet: no training.csv or validation.csv of 9 columns that start with a picture's "
       "file, and no {train_set,val_set}/{images,annotations}\n"
       "  afew-va: no <NN>/<clip>/<clip>.json with a number <NN>\n"
       "  omg: no omg_*.csv whose header has video,utterance\n"
       "  plain: no folder with images and no video file\n"
       "Check the path, or name the annotations' folder"},
      {"two sets",
       {{"omg_TrainVideos.csv", "video,utterance\n"}, {"01/001/001.json", "{}"}},
       detect,
       "'@' holds afew-va and omg; put each data set in its own folder"},
  });
}

TEST(DefectMessages, ListsThatThisProgramWrites) {
  const std::string columns =
      "name,video,person,split,annotation,crops,video_file,frame_rate,rows,annotated,crop_count,"
      "annotation_format,annotation_second,layout,root\n";
  const auto manifest = [](const fs::path& root) { ReadManifest(root / "m.csv"); };
  const auto folds = [](const fs::path& root) { ReadFolds(root / "f.csv"); };
  Check({
      {"a trial twice",
       {{"m.csv", columns + "1,1,1,train,,,,0,0,0,0,va,,x,y\n1,1,1,train,,,,0,0,0,0,va,,x,y\n"}},
       manifest,
       "@/m.csv:3: trial name '1' is empty or occurs twice; names must be unique"},
      {"a negative rate",
       {{"m.csv", columns + "1,1,1,train,,,,-1,0,0,0,va,,x,y\n"}},
       manifest,
       "@/m.csv:2: frame_rate '-1' is not a rate >= 0"},
      {"more annotated than rows",
       {{"m.csv", columns + "1,1,1,train,,,,0,3,4,0,va,,x,y\n"}},
       manifest,
       "@/m.csv:2: 4 annotated rows of only 3 rows"},
      {"one of two files",
       {{"m.csv", columns + "1,1,1,train,v,,,0,3,3,0,two-files,,x,y\n"}},
       manifest,
       "@/m.csv:2: format two-files without annotation_second; write the manifest again"},
      {"a gap in the folds",
       {{"f.csv", "fold,trial,role\n1,a,train\n"}},
       folds,
       "@/f.csv:2: fold '1', must be a number from 0 without a gap (next: 0)"},
      {"a role that does not exist",
       {{"f.csv", "fold,trial,role\n0,a,test\n"}},
       folds,
       "@/f.csv:2: role 'test', must be train or validation"},
      {"a fold without validation",
       {{"f.csv", "fold,trial,role\n0,a,train\n"}},
       folds,
       "@/f.csv: fold 0 has 1 training and 0 validation trials; both must exist"},
  });
}

}  // namespace
}  // namespace circumplex
