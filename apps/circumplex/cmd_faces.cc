// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <iostream>

#include "batch.h"
#include "commands.h"
#include "core/media_names.h"
#include "core/output_names.h"
#include "core/progress.h"
#include "faces/crop_writer.h"
#include "faces/video_face_source.h"
#include "predictions/prediction_io.h"

namespace circumplex::app {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::vector<std::string> inputs;
  std::string out;
  FaceOptions faces;
  bool per_face = false;
};

fs::path TrackPath(const Arguments& arguments, const fs::path& input) {
  return fs::path(arguments.out) / "tracks" / (input.stem().string() + ".csv");
}

void Extract(const fs::path& input,
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
  const fs::path csv = TrackPath(arguments, input);
  WriteTrackCsv(csv, track);
  std::cout << csv.string() << "\n";
}

int Run(const Arguments& arguments) {
  const std::vector<fs::path> videos = ExpandVideos(arguments.inputs);
  std::vector<PlannedOutput> outputs;
  for (const fs::path& video : videos)
    outputs.push_back({video.string(), TrackPath(arguments, video)});
  RequireDistinctOutputs(outputs);
  const auto finder = std::make_shared<FaceFinder>(arguments.faces);
  return ForEachInput(videos, [&](const fs::path& video) { Extract(video, arguments, finder); });
}

}  // namespace

Command FacesCommand() {
  return {"faces", "circumplex faces talk.mp4 interviews/ -o faces", [](CLI::App& cli) {
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
            return [arguments] { return Run(*arguments); };
          }};
}

}  // namespace circumplex::app
