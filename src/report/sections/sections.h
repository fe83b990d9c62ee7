// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "run/run_contents.h"

namespace circumplex::page {

// The sections of the page as HTML, in the page's order. Empty where the run has nothing for one.

std::string Chips(const RunContents& run);    ///< What a score has to name, under the title.
std::string Summary(const RunContents& run);  ///< Scores, what to know of them, and a picture.
std::string Agreement(const RunContents& run);
std::string Clips(const RunContents& run);
std::string Ablation(const RunContents& run);
std::string Claims(const RunContents& run);
std::string Paper(const RunContents& run);
std::string Training(const RunContents& run);
std::string Labels(const RunContents& run);
std::string Videos(const RunContents& run);
std::string Speed(const RunContents& run);
std::string Setup(const RunContents& run);  ///< Settings, folds, environment.

/// A network as people read it: "fold 0", "fold 0, arousal, seed 2".
std::string NetworkName(const MemberId& member);

/// What the page's script draws, safe inside a script element; empty if it draws nothing.
std::string ScriptData(const RunContents& run);

}  // namespace circumplex::page
