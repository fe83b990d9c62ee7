// SPDX-License-Identifier: Apache-2.0
#include "video/video_reader.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <opencv2/videoio.hpp>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "circumplex/error.h"

#include "core/files.h"
#include "core/frame_rate.h"
#include "core/progress.h"
#include "video/opencv_bridge.h"

namespace circumplex {
namespace fs = std::filesystem;
namespace {

std::string FourCharacters(double property) {
  const auto code = static_cast<std::uint32_t>(static_cast<std::int64_t>(property));
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) {
    const char c = static_cast<char>(code >> shift & 0xFF);
    if (c > ' ' && c < 127) text += c;
  }
  return text;
}

// Decoders of FFmpeg's own, which no build leaves out: if a file of these does not open, the fault
// is the file's and not the machine's.
bool EveryFfmpegDecodes(const std::string& codec) {
  static const std::set<std::string> known = {"avc1",
                                              "avc3",
                                              "h264",
                                              "x264",
                                              "hvc1",
                                              "hev1",
                                              "hevc",
                                              "mp4v",
                                              "xvid",
                                              "divx",
                                              "dx50",
                                              "fmp4",
                                              "mpg1",
                                              "mpg2",
                                              "mjpg",
                                              "mjpa",
                                              "jpeg",
                                              "vp08",
                                              "vp80",
                                              "vp09",
                                              "vp90",
                                              "v_mpeg4/iso/avc",
                                              "v_mpegh/iso/hevc",
                                              "v_mpeg4/iso/asp",
                                              "v_mpeg1",
                                              "v_mpeg2",
                                              "v_mjpeg",
                                              "v_vp8",
                                              "v_vp9"};
  std::string lower = codec;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return known.count(lower) != 0;
}

[[noreturn]] void ThrowUnreadable(const fs::path& path, bool opened) {
  std::error_code error;
  const std::string file = "video '" + path.string() + "'";
  const auto size = fs::file_size(path, error);
  if (!error && size == 0)
    throw Error(ErrorCode::kBadData, file + " is empty; copy or record it again");
  const ContainerSketch sketch = SketchContainer(path);
  if (sketch.index_missing) {
    throw Error(ErrorCode::kBadData,
                file + " (" + std::to_string(size) +
                    " bytes) is an MP4 without its index (moov): it was cut off " +
                    "while recording or copying; copy it again, or rebuild it with a repair tool");
  }
  if (sketch.container.empty()) {
    throw Error(ErrorCode::kBadData,
                file + " (" + std::to_string(size) +
                    " bytes) is no video: FFmpeg knows no such format; check the file");
  }
  if (opened) {
    throw Error(
        ErrorCode::kBadData,
        file + " (" + sketch.container + ") has no decodable frame; copy or record it again");
  }
  const std::string kind =
      sketch.container + (sketch.video_codec.empty() ? "" : ", codec '" + sketch.video_codec + "'");
  if (sketch.video_codec.empty() || EveryFfmpegDecodes(sketch.video_codec)) {
    throw Error(ErrorCode::kBadData,
                file + " (" + kind +
                    ") cannot be opened: it is damaged, or has no video; copy or record it again");
  }
  throw Error(ErrorCode::kUnsupported,
              file + " (" + kind +
                  ") cannot be decoded by the FFmpeg of this OpenCV; convert it: "
                  "ffmpeg -i INPUT -c:v libx264 OUTPUT.mp4");
}

/// OpenCV 4.6 takes FFmpeg's counter-clockwise angle for a clockwise one, later versions do not;
/// the track header itself is unambiguous.
int RotationOf(cv::VideoCapture& capture, const fs::path& path) {
  const int reported = static_cast<int>(capture.get(cv::CAP_PROP_ORIENTATION_META));
  if (reported % 360 == 0) return 0;
  capture.set(cv::CAP_PROP_ORIENTATION_AUTO, 0);
  return SketchContainer(path).rotation_deg.value_or(((reported % 360) + 360) % 360);
}

void Turn(cv::Mat& mat, int rotation_deg) {
  if (rotation_deg == 90) cv::rotate(mat, mat, cv::ROTATE_90_CLOCKWISE);
  if (rotation_deg == 180) cv::rotate(mat, mat, cv::ROTATE_180);
  if (rotation_deg == 270) cv::rotate(mat, mat, cv::ROTATE_90_COUNTERCLOCKWISE);
}

}  // namespace

TimestampRepair::TimestampRepair(double frame_rate)
    : nominal_step_s_(1 / (frame_rate > 0 ? frame_rate : kAssumedFrameRate)),
      step_s_(nominal_step_s_) {}

double TimestampRepair::Next(double raw_s) {
  if (!std::isfinite(raw_s)) raw_s = 0;
  double result = 0;
  if (frames_ == 0) {
    result = std::max(0.0, raw_s);
  } else if (raw_s == 0) {
    // OpenCV reports 0 for "none", as for the frames that a decoder gives up after the last packet.
    result = previous_s_ + step_s_;
  } else if (raw_s <= previous_s_) {
    found_ = true;
    result = previous_s_ + nominal_step_s_ / 2;
  } else {
    found_ = true;
    result = raw_s;
    step_s_ = raw_s - previous_s_;
  }
  ++frames_;
  previous_s_ = result;
  return result;
}

struct VideoReader::State {
  explicit State(double rate) : repair(rate) {}

  cv::VideoCapture capture;
  VideoInfo info;
  TimestampRepair repair;
  std::optional<VideoFrame> ahead;
  std::int64_t read = 0, given = 0;
  int rotation_deg = 0;
  bool is_camera = false, ended = false, is_truncated = false;
  std::chrono::steady_clock::time_point opened_at;

  std::optional<VideoFrame> Read();
  void Finish();
};

std::optional<VideoFrame> VideoReader::State::Read() {
  VideoFrame frame;
  try {
    if (!capture.grab()) return std::nullopt;
    cv::Mat mat;
    frame.decodable = capture.retrieve(mat) && !mat.empty();
    if (frame.decodable && rotation_deg != 0) Turn(mat, rotation_deg);
    if (frame.decodable) frame.image = ImageFromBgr(mat);
    const double raw_s =
        is_camera
            ? std::chrono::duration<double>(std::chrono::steady_clock::now() - opened_at).count()
            : capture.get(cv::CAP_PROP_POS_MSEC) / 1000;
    frame.timestamp_s = repair.Next(raw_s);
  } catch (const cv::Exception& exception) {
    throw Error(
        ErrorCode::kBadData,
        "video '" + info.name + "', frame " + std::to_string(read + 1) + ": " + exception.err);
  }
  frame.index = read++;
  return frame;
}

void VideoReader::State::Finish() {
  if (ended) return;
  ended = true;
  if (is_camera) throw Error(ErrorCode::kIo, info.name + " stopped; check its cable");
  if (repair.none_found()) {
    Log(LogLevel::kWarning,
        "video",
        "'" + info.name + "' has no timestamps; frame number / " +
            std::to_string(info.frame_rate > 0 ? info.frame_rate : kAssumedFrameRate) +
            " per second is used");
  }
  const double missing = static_cast<double>(info.claimed_frames - read);
  if (missing > 5 && missing > 0.02 * static_cast<double>(info.claimed_frames)) {
    is_truncated = true;
    Log(LogLevel::kWarning,
        "video",
        "'" + info.name + "' claims " + std::to_string(info.claimed_frames) + " frames, " +
            std::to_string(read) + " could be decoded; the file is cut off or damaged");
  }
}

VideoReader::VideoReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;
VideoReader::~VideoReader() = default;

VideoReader VideoReader::Open(const fs::path& path) {
  SilenceOpenCv();
  if (!PathExists(path))
    throw Error(ErrorCode::kNotFound, "no video '" + path.string() + "'; check the path");
  RequireReadable(path);
  cv::VideoCapture capture;
  bool opened = false;
  double rate = 0;
  double claimed = 0;
  int rotation_deg = 0;
  try {
    // An absolute path cannot be taken for an FFmpeg protocol such as "concat:".
    opened = capture.open(fs::absolute(path).string(), cv::CAP_FFMPEG);
    if (opened) {
      rate = capture.get(cv::CAP_PROP_FPS);
      claimed = capture.get(cv::CAP_PROP_FRAME_COUNT);
      rotation_deg = RotationOf(capture, path);
    }
  } catch (const cv::Exception&) {
    opened = false;
  }
  if (!opened) ThrowUnreadable(path, false);
  if (!(rate > 0 && rate <= 1000)) rate = 0;

  auto state = std::make_unique<State>(rate);
  state->info.name = path.stem().string();
  state->info.codec = FourCharacters(capture.get(cv::CAP_PROP_FOURCC));
  state->info.frame_rate = rate;
  state->rotation_deg = rotation_deg;
  if (claimed > 0 && claimed < 1e9) state->info.claimed_frames = std::llround(claimed);
  state->capture = std::move(capture);
  state->ahead = state->Read();
  if (!state->ahead || !state->ahead->decodable) ThrowUnreadable(path, true);
  state->info.width = state->ahead->image.width;
  state->info.height = state->ahead->image.height;
  return VideoReader(std::move(state));
}

VideoReader VideoReader::OpenCamera(int index) {
  SilenceOpenCv();
  if (index < 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "camera " + std::to_string(index) + ": numbers start at 0");
  }
  auto state = std::make_unique<State>(0.0);
  state->info.name = "camera" + std::to_string(index);
  state->is_camera = true;
  bool opened = false;
  try {
    opened = state->capture.open(index, cv::CAP_ANY);
    if (opened) {
      const double rate = state->capture.get(cv::CAP_PROP_FPS);
      state->info.frame_rate = rate > 0 && rate <= 1000 ? rate : 0;
      state->opened_at = std::chrono::steady_clock::now();
      state->ahead = state->Read();
    }
  } catch (const cv::Exception&) {
    opened = false;
  }
  if (!opened || !state->ahead || !state->ahead->decodable) {
    throw Error(ErrorCode::kUnsupported,
                "camera " + std::to_string(index) +
                    " is absent, in use or gives no picture; check /dev/video" +
                    std::to_string(index));
  }
  state->info.width = state->ahead->image.width;
  state->info.height = state->ahead->image.height;
  return VideoReader(std::move(state));
}

std::optional<VideoFrame> VideoReader::Next() {
  if (state_->ended) return std::nullopt;
  std::optional<VideoFrame> frame =
      state_->ahead ? std::exchange(state_->ahead, std::nullopt) : state_->Read();
  if (!frame) {
    state_->Finish();
    return std::nullopt;
  }
  ++state_->given;
  return frame;
}

const VideoInfo& VideoReader::info() const { return state_->info; }
bool VideoReader::camera() const { return state_->is_camera; }
bool VideoReader::truncated() const { return state_->is_truncated; }
std::int64_t VideoReader::decoded_frames() const { return state_->given; }

}  // namespace circumplex
