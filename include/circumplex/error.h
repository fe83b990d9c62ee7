// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace circumplex {

/// What kind of failure an Error reports; decides the exit code of the command line.
enum class ErrorCode {
  kInternal,         ///< A bug of this library.
  kInvalidArgument,  ///< The caller passed a value outside its documented range.
  kInvalidOptions,   ///< A configuration breaks one or more rules, or has unknown keys.
  kNotFound,         ///< A data file or folder that the caller named does not exist.
  kBadData,          ///< A data file exists and its content is wrong.
  kBadModel,         ///< A model or weight file is missing, damaged, or of another version.
  kIo,               ///< The system refused to read or write.
  kUnsupported,  ///< This build or machine lacks what the request needs (codec, device, feature).
};

/// The one exception type the library throws. `what()` says what failed, where (file, line or
/// frame), the offending value, and what to do.
class Error : public std::runtime_error {
 public:
  /// @param code     Kind of failure.
  /// @param message  A sentence for people, see the class.
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  /// Kind of failure; ExitCode() maps it.
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

/// Process exit code of an error: 1 internal, 2 usage or configuration, 3 data, 4 model,
/// 5 environment. 0 means done.
int ExitCode(ErrorCode code);

}  // namespace circumplex
