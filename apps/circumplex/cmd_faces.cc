// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <iostream>

#include "batch.h"
#include "commands.h"
#include "core/progress.h"
#include "faces/crop_writer.h"
#include "faces/video_face_source.h"
#include "predictions/prediction_io.h"

namespace circumplex::app {
namespace {

struct Arguments {
  std::vector<std::string> inputs;
  std::string out;
  FaceOptions faces;
  bool per_face = false;
};

void Extract(const std::filesystem::path& input,
             const Arguments& arguments,
             std::shared_ptr<FaceFinder> finder) {
  VideoFaceSource source(VideoReader::Open(input), std::move(finder));
  CropWriter writer(
      arguments.out, source.name(), arguments.per_face ? CropFaces::kPerFace : CropFaces::kMain);
  Progress progress(source.name(), source.expected_frames());
  while (const auto frame = source.Next()) {
    writer.Add(*frame);
    progress.Advance();
  }
  const VaTrack track = writer.Finish();
  const std::filesystem::path csv =
      std::filesystem::path(arguments.out) / "tracks" / (track.name + ".csv");
  WriteTrackCsv(csv, track);
  std::cout << csv.string() << "\n";
}

}  // namespace

Command FacesCommand() {
  return {"faces",
          "Videos to aligned face crops and a track CSV per video",
          "circumplex faces talk.mp4 interviews/ -o faces",
          [](CLI::App& cli) {
            auto arguments = std::make_shared<Arguments>();
            cli.add_option("inputs", arguments->inputs, "Videos, or folders of videos")->required();
            cli.add_option("-o,--out",
                           arguments->out,
                           "Folder: cropped_aligned/<trial>/00001.jpg, tracks/<trial>.csv")
                ->required();
            DeclareFaces(cli, &arguments->faces);
            cli.add_flag("--per-face",
                         arguments->per_face,
                         "A folder for every face, not the main one only");
            return [arguments] {
              const auto finder = std::make_shared<FaceFinder>(arguments->faces);
              return ForEachInput(
                  ExpandVideos(arguments->inputs),
                  [&](const std::filesystem::path& input) { Extract(input, *arguments, finder); });
            };
          }};
}

}  // namespace circumplex::app
