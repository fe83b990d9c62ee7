// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "core/image.h"
#include "synthetic/face_motion.h"

namespace circumplex {

class Rng;

/// RGB in [0, 255].
using DrawColor = std::array<double, 3>;

enum class HairStyle { kBald, kShort, kParted, kFringe, kLong, kCurly };

/// What stays the same in every picture of one person. Lengths in units: half a face's width
/// is about 1.
struct FaceIdentity {
  double width = 1, jaw = 0.15, chin = 1.3;
  double eye_distance = 0.4, eye_size = 0.2, eye_slant = 0;
  double brow_height = 0.3, brow_thickness = 0.06;
  double nose_length = 0.42, nose_width = 0.15;
  double mouth_height = 0.74, mouth_width = 0.36, lip = 0.075;
  DrawColor skin{}, hair{}, iris{}, lips{};
  HairStyle hair_style = HairStyle::kShort;
  bool glasses = false, beard = false, moustache = false;
  double hairline = -0.82;
};
FaceIdentity RandomIdentity(Rng* rng);

/// What stays the same in one trial: place, light, camera, clothes.
struct SceneLook {
  std::uint64_t background_seed = 0;
  DrawColor cloth{};
  double light_x = 0,
         light_y = 0;       ///< Relative change of brightness from the centre to the border.
  DrawColor gain{1, 1, 1};  ///< Exposure and colour of the light.
  double noise = 3;         ///< [gray levels] Standard deviation of the sensor noise, per value.
  double blur_px = 0;       ///< [px at size 112] Sigma of the lens blur; 0 = none.
};
SceneLook RandomScene(double noise, Rng* rng);

enum class Occluder { kNone, kHand, kMicrophone };

/// What may change from frame to frame.
struct FaceState {
  bool visible = true;  ///< False draws the scene alone.
  double valence = 0;   ///< [-1, 1]: mouth curve and width, cheeks, squint, slant of the brows.
  double still_arousal = 0;  ///< [0, 1]: opening of eyes and mouth, height of the brows.
  MotionOffsets motion;
  double yaw_rad = 0, pitch_rad = 0, roll_rad = 0;
  double gaze_x = 0, gaze_y = 0;  ///< [-1, 1]
  double blink = 0;               ///< [0, 1], 1 = closed.
  Occluder occluder = Occluder::kNone;
  double occluder_x = 0, occluder_y = 1.0;  ///< [units] Centre.
};

/// Where the face lies in the picture.
struct FacePlacement {
  double center_x = 0.5, center_y = 0.503;  ///< Fractions of width and height.
  double unit = 0.375;                      ///< Pixels per unit as a fraction of the height.
};

/// Draws one person in one scene: a head of layered polygons with depth (features move
/// against the outline when it turns), at twice the size and averaged down, then light, lens
/// blur and sensor noise.
///
/// The picture is a function of identity, scene, state and `noise_seed` alone. Placement of the
/// default crop puts eyes and mouth near where the 112-pixel aligned crops of Aff-Wild2 have them.
///
/// Cost about 2 ms for 112 x 112 on one core. Thread safety: one object per thread.
class FaceRenderer {
 public:
  /// @throws Error kInvalidArgument unless 32 <= height, width <= 2048.
  FaceRenderer(const FaceIdentity& identity,
               const SceneLook& scene,
               int height,
               int width,
               const FacePlacement& placement = {});
  ~FaceRenderer();
  FaceRenderer(const FaceRenderer&) = delete;
  FaceRenderer& operator=(const FaceRenderer&) = delete;

  /// @return RGB (height, width, 3).
  Image Draw(const FaceState& state, std::uint64_t noise_seed);

 private:
  struct Canvas;
  std::unique_ptr<Canvas> canvas_;
};

}  // namespace circumplex
