// SPDX-License-Identifier: Apache-2.0
#include "faces/video_face_source.h"

#include <thread>
#include <utility>

#include "circumplex/error.h"

#include "core/bounded_queue.h"
#include "core/progress.h"

namespace circumplex {
namespace {

constexpr std::size_t kFramesAhead = 8;
/// A camera's picture that waited is late: keep only what hides the jitter of the processing.
constexpr std::size_t kCameraFramesAhead = 2;

}  // namespace

struct VideoFaceSource::Decoder {
  explicit Decoder(VideoReader opened)
      : reader(std::move(opened)), queue(reader.camera() ? kCameraFramesAhead : kFramesAhead) {
    thread = std::thread([this] { Run(); });
  }
  ~Decoder() {
    queue.Close();
    Join();
  }
  void Join() {
    if (thread.joinable()) thread.join();
  }
  void Run() {
    try {
      while (auto frame = reader.Next()) {
        const bool open = reader.camera() ? queue.PushDroppingOldest(std::move(*frame))
                                          : queue.Push(std::move(*frame));
        if (!open) return;
      }
      queue.Close();
    } catch (...) {
      queue.Fail(std::current_exception());
    }
  }

  VideoReader reader;
  BoundedQueue<VideoFrame> queue;
  std::thread thread;
};

VideoFaceSource::VideoFaceSource(VideoReader reader,
                                 std::shared_ptr<FaceFinder> finder,
                                 bool keep_image)
    : info_(reader.info()),
      analyzer_(std::move(finder)),
      keep_image_(keep_image),
      decoder_(std::make_unique<Decoder>(std::move(reader))) {}

VideoFaceSource::VideoFaceSource(const std::filesystem::path& video,
                                 const FaceOptions& options,
                                 bool keep_image)
    : VideoFaceSource(VideoReader::Open(video), std::make_shared<FaceFinder>(options), keep_image) {
}

VideoFaceSource::~VideoFaceSource() = default;

std::optional<FrameFaces> VideoFaceSource::Next() {
  if (ended_) return std::nullopt;
  std::optional<VideoFrame> frame = decoder_->queue.Pop();
  if (!frame) {
    ended_ = true;
    decoder_->Join();
    Log(LogLevel::kInfo,
        "faces",
        "'" + info_.name + "': " + std::to_string(frames_) + " frames, " +
            std::to_string(with_face_) + " with a face, " +
            std::to_string(frames_ - with_face_ - undecodable_) + " without, " +
            std::to_string(undecodable_) + " undecodable, " +
            std::to_string(analyzer_.ids_given()) + " face ids");
    return std::nullopt;
  }

  FrameFaces result;
  result.frame = frames_++;
  result.timestamp_s = frame->timestamp_s;
  result.decodable = frame->decodable;
  if (!frame->decodable) {
    ++undecodable_;
    return result;
  }

  result.faces = analyzer_.Analyze(frame->image, frame->timestamp_s);
  with_face_ += result.faces.empty() ? 0 : 1;
  if (keep_image_) result.image = std::move(frame->image);
  return result;
}

bool VideoFaceSource::truncated() const { return ended_ && decoder_->reader.truncated(); }

}  // namespace circumplex
