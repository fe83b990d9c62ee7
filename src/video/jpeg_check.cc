// SPDX-License-Identifier: Apache-2.0
#include "video/jpeg_check.h"

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdio>

// jconfig.h decides which codes jerror.h has.
#include <jconfig.h>
#include <jerror.h>
#include <jpeglib.h>

namespace circumplex {
namespace {

struct Watcher {
  jpeg_error_mgr manager;
  std::jmp_buf escape;
  const std::string* bytes;
  char defect[JMSG_LENGTH_MAX];
};

// Bytes between the last pixel and the end marker: cameras fill a file up with one value;
// anything else is coded data whose codes have become others.
bool IsPadding(const std::string& bytes, int count) {
  constexpr std::size_t kOdd = 2;  // the value may begin and end in the middle of libjpeg's count
  const std::size_t end = bytes.rfind("\xFF\xD9");
  if (end == std::string::npos || end < static_cast<std::size_t>(count)) return false;
  const std::string surplus = bytes.substr(end - static_cast<std::size_t>(count), count);
  const char value = surplus[surplus.size() / 2];
  const auto same = static_cast<std::size_t>(std::count(surplus.begin(), surplus.end(), value));
  return same + kOdd >= surplus.size();
}

bool IsHarmless(const Watcher& watcher) {
  constexpr int kEndMarker = 0xD9;
  const jpeg_error_mgr& message = watcher.manager;
  switch (message.msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA:
    case JWRN_BOGUS_PROGRESSION:
      return true;
    case JWRN_EXTRANEOUS_DATA:
      return message.msg_parm.i[1] != kEndMarker ||
             IsPadding(*watcher.bytes, message.msg_parm.i[0]);
    default:
      return false;
  }
}

void KeepFirst(j_common_ptr info) {
  auto* watcher = reinterpret_cast<Watcher*>(info->err);
  if (watcher->defect[0] == '\0') watcher->manager.format_message(info, watcher->defect);
}

void OnMessage(j_common_ptr info, int level) {
  if (level < 0 && !IsHarmless(*reinterpret_cast<Watcher*>(info->err))) KeepFirst(info);
}

[[noreturn]] void OnError(j_common_ptr info) {
  KeepFirst(info);
  std::longjmp(reinterpret_cast<Watcher*>(info->err)->escape, 1);
}

// libjpeg leaves it by longjmp: no object with a destructor may live here. The row is libjpeg's.
void DecodeSmall(const std::string& bytes, jpeg_decompress_struct* info, Watcher* watcher) {
  if (setjmp(watcher->escape) != 0) return;
  jpeg_mem_src(info,
               reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(info, TRUE);
  info->scale_num = 1;
  info->scale_denom = 8;
  info->dct_method = JDCT_IFAST;
  info->do_fancy_upsampling = FALSE;
  info->out_color_space = info->jpeg_color_space;
  jpeg_start_decompress(info);
  JSAMPARRAY row = info->mem->alloc_sarray(reinterpret_cast<j_common_ptr>(info),
                                           JPOOL_IMAGE,
                                           info->output_width * info->output_components,
                                           1);
  while (info->output_scanline < info->output_height) jpeg_read_scanlines(info, row, 1);
  jpeg_finish_decompress(info);
}

}  // namespace

std::string JpegDefect(const std::string& bytes) {
  if (bytes.compare(0, 3, "\xFF\xD8\xFF") != 0) return "";
  jpeg_decompress_struct info;
  Watcher watcher;
  info.err = jpeg_std_error(&watcher.manager);
  watcher.manager.emit_message = OnMessage;
  watcher.manager.error_exit = OnError;
  watcher.bytes = &bytes;
  watcher.defect[0] = '\0';
  jpeg_create_decompress(&info);
  DecodeSmall(bytes, &info, &watcher);
  jpeg_destroy_decompress(&info);
  return watcher.defect;
}

}  // namespace circumplex
