// SPDX-License-Identifier: Apache-2.0
#include <dlib/revision.h>

#include <dnnl.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/videoio/registry.hpp>

#include "circumplex/error.h"

#include "commands.h"
#include "doctor.h"
#include "faces/landmarks.h"

namespace circumplex::app {

Command VisionDoctorCommand() {
  return {"doctor", "circumplex doctor", [](CLI::App&) {
            return [] {
              PrintFinding("ok", "OpenCV", CV_VERSION);
              std::string backends;
              for (const auto id : cv::videoio_registry::getStreamBackends()) {
                backends +=
                    (backends.empty() ? "" : ", ") + cv::videoio_registry::getBackendName(id);
              }
              const bool ffmpeg = backends.find("FFMPEG") != std::string::npos;
              PrintFinding(ffmpeg ? "ok" : "missing",
                           "video decoding",
                           backends + (ffmpeg ? "" : "; most codecs need an OpenCV with FFmpeg"));
              PrintFinding(
                  "ok",
                  "dlib",
                  std::to_string(DLIB_MAJOR_VERSION) + "." + std::to_string(DLIB_MINOR_VERSION));
              try {
                const LandmarkPredictor landmarks;
                PrintFinding("note",
                             "68-point landmarks",
                             "found; not for commercial use (--detector yunet=FILE does without)");
              } catch (const Error& error) {
                PrintFinding("missing", "68-point landmarks", error.what());
              }
              const dnnl_version_t* version = dnnl_version();
              PrintFinding("ok",
                           "oneDNN",
                           std::to_string(version->major) + "." + std::to_string(version->minor) +
                               "." + std::to_string(version->patch));
              return 0;
            };
          }};
}

}  // namespace circumplex::app
