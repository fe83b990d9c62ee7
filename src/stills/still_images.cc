// SPDX-License-Identifier: Apache-2.0
#include "stills/still_images.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <utility>

#include "circumplex/error.h"

#include "core/parallel_for.h"
#include "core/progress.h"
#include "core/rng.h"
#include "faces/aligner.h"
#include "features/feature_builder.h"
#include "video/image_io.h"

namespace circumplex {
namespace {

// Crop that the network input is scaled from: the square of side max(width, height) around the box.
Image CutBox(const Image& image, const StillBox& box, int crop_size) {
  const double side = std::max(box.width, box.height);
  const double left = box.x + (box.width - side) / 2, top = box.y + (box.height - side) / 2;
  Similarity to_crop;
  to_crop.a = crop_size / side;
  // Areas, not pixel centres, are mapped onto each other: the left edge is half a pixel before x.
  to_crop.tx = to_crop.a * (0.5 - left) - 0.5;
  to_crop.ty = to_crop.a * (0.5 - top) - 0.5;
  return CutCrop(image, to_crop, crop_size);
}

Image CutFace(const Image& image, const StillImage& still, const RunOptions& options) {
  const StillCrop crop = options.stills.crop;
  const int crop_size = options.faces.crop_size;
  if (crop == StillCrop::kAuto && !still.landmarks.empty()) {
    std::vector<Point2> points;
    for (std::size_t i = 0; i + 1 < still.landmarks.size(); i += 2)
      points.push_back({still.landmarks[i], still.landmarks[i + 1]});
    return CutCrop(image, CropTransform(points, crop_size), crop_size);
  }
  if (crop != StillCrop::kWhole && still.face) {
    const StillBox& box = *still.face;
    if (box.x >= image.width || box.y >= image.height || box.x + box.width <= 0 ||
        box.y + box.height <= 0) {
      throw Error(ErrorCode::kBadData,
                  "the face box lies outside of the picture of " + std::to_string(image.width) +
                      " x " + std::to_string(image.height) + " px");
    }
    // A box that is the picture needs no cut, which would blur it once more.
    const bool whole = box.x <= 0 && box.y <= 0 && box.x + box.width >= image.width &&
                       box.y + box.height >= image.height;
    if (!whole) return CutBox(image, box, crop_size);
  }
  return image;
}

}  // namespace

std::vector<StillImage> ChooseStills(
    const StillSet& set, Split split, int limit, std::uint64_t seed, StillCounts* counts) {
  std::vector<const StillImage*> usable;
  for (const StillImage& still : set.images) {
    if (still.split != split) continue;
    ++counts->listed;
    if (!still.valid) {
      ++counts->unlabelled;
    } else if (!still.exists) {
      ++counts->missing;
    } else {
      usable.push_back(&still);
    }
  }
  std::vector<std::size_t> drawn(usable.size());
  std::iota(drawn.begin(), drawn.end(), std::size_t{0});
  if (limit > 0 && drawn.size() > static_cast<std::size_t>(limit)) {
    Rng(seed, split == Split::kTrain ? "stills/limit" : "stills/validation limit").Shuffle(drawn);
    drawn.resize(limit);
    std::sort(drawn.begin(), drawn.end());
  }
  std::vector<StillImage> chosen;
  for (const std::size_t i : drawn) chosen.push_back(*usable[i]);
  counts->used = static_cast<std::int64_t>(chosen.size());
  counts->not_drawn = static_cast<std::int64_t>(usable.size()) - counts->used;
  return chosen;
}

Image LoadStill(const StillImage& still, const RunOptions& options) {
  const Image image = ReadImage(still.path);
  const int side = options.backbone.InputSize();
  try {
    return BackboneInput(CutFace(image, still, options), side);
  } catch (const Error& error) {
    throw Error(ErrorCode::kBadData, "'" + still.path.string() + "': " + error.what());
  }
}

StillImages::StillImages(std::vector<StillImage> stills,
                         const RunOptions& options,
                         std::int64_t memory_bytes,
                         int threads,
                         StillCounts* counts,
                         std::vector<std::string>* unreadable)
    : options_(options) {
  const auto count = static_cast<std::int64_t>(stills.size());
  const std::int64_t side = options.backbone.InputSize();
  const std::int64_t keep = std::min(count, memory_bytes / (3 * side * side));
  std::vector<Image> images(stills.size());
  std::vector<std::string> defects(stills.size());
  Progress progress("decode", count);
  std::mutex mutex;
  ParallelFor(stills.size(), threads, [&](std::size_t i) {
    try {
      Image image = LoadStill(stills[i], options_);
      if (static_cast<std::int64_t>(i) < keep) images[i] = std::move(image);
    } catch (const Error& error) {
      defects[i] = error.what();
    }
    const std::lock_guard<std::mutex> lock(mutex);
    progress.Advance();
  });
  for (std::int64_t i = 0; i < count; ++i) {
    if (!defects[i].empty()) {
      unreadable->push_back(defects[i]);
      ++counts->unreadable;
      --counts->used;
      continue;
    }
    kept_ += images[i].empty() ? 0 : 1;
    stills_.push_back(std::move(stills[i]));
    images_.push_back(std::move(images[i]));
  }
}

Image StillImages::Load(std::int64_t index) const {
  return images_[index].empty() ? LoadStill(stills_[index], options_) : images_[index];
}

std::int64_t StillImages::bytes() const {
  std::int64_t bytes = 0;
  for (const Image& image : images_) bytes += static_cast<std::int64_t>(image.pixels.size());
  return bytes;
}

Image Mirrored(const Image& image) {
  Image mirrored(image.height, image.width, image.channels);
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* from = image.Row(y);
    std::uint8_t* to = mirrored.Row(y) + static_cast<std::size_t>(image.width) * image.channels;
    for (int x = 0; x < image.width; ++x) {
      to -= image.channels;
      std::copy_n(from + static_cast<std::size_t>(x) * image.channels, image.channels, to);
    }
  }
  return mirrored;
}

}  // namespace circumplex
