// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "core/image.h"
#include "faces/geometry.h"

namespace circumplex {

/// Where the 68 points (iBUG order) and the five points (see Detection::points) of an upright,
/// frontal, neutral face lie in a 112x112 crop: pupils 45 px apart, centroid of the 68 points at
/// (56, 56), as OpenFace's aligned faces have them (similarity scale 0.7). The shape is the
/// Procrustes mean of the predictor's points over the 204 frontal photographs of the Face Research
/// Lab London Set (CC BY 4.0), made symmetric; the five points are YuNet's mean in the same frame.
const std::array<Point2, 68>& Template68();
const std::array<Point2, 5>& Template5();

/// Indices of the 24 of 68 points that expressions move little (jaw sides, nose, eye corners): the
/// fit uses these.
const std::vector<int>& RigidPoints();

/// The similarity from frame pixels to crop pixels of a crop_size x crop_size crop: the
/// least-squares fit of the rigid points (68 given) or of all (5 given) onto the template, scaled
/// by crop_size / 112 (area, not pixel centres).
///
/// Source: OpenFace's convention (Baltrusaitis et al. 2018), measured, not copied.
/// @param points     68 or 5 points [px] of the frame.
/// @param crop_size  [px] >= 16.
/// @throws Error kInvalidArgument: another number of points, points that coincide,
///         crop_size below 16.
Similarity CropTransform(const std::vector<Point2>& points, int crop_size);

/// Box that dlib's detector would draw around a face with these 68 points; lets the points of one
/// frame start the search in the next. [px]
FaceBox BoxFromPoints(const std::vector<Point2>& points);

/// Cuts the crop out of an RGB frame.
///
/// A crop pixel is the bilinear sample at its source position; where more than one source pixel
/// falls on it (scale 1/s, s > 1), the mean of ceil(s)^2 samples spread over (1 - 1/s) of its area,
/// which goes over into the plain sample at s = 1. Beyond the frame the border pixels are repeated:
/// a black edge would be a moving contour to the phase features.
///
/// @param rgb           RGB (H, W, 3).
/// @param frame_to_crop As from CropTransform().
/// @return  RGB (crop_size, crop_size, 3).
/// @throws Error kInvalidArgument: `rgb` is not RGB, crop_size below 1, scale 0 or not finite.
/// Cost O(crop_size^2 min(ceil(s), 8)^2). Thread-safe.
Image CutCrop(const Image& rgb, const Similarity& frame_to_crop, int crop_size);

}  // namespace circumplex
