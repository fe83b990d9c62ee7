// SPDX-License-Identifier: Apache-2.0
#include "video/jpeg_check.h"

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
  char defect[JMSG_LENGTH_MAX];
};

bool IsHarmless(int code) {
  return code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR || code == JWRN_TOO_MUCH_DATA ||
         code == JWRN_EXTRANEOUS_DATA || code == JWRN_BOGUS_PROGRESSION;
}

void KeepFirst(j_common_ptr info) {
  auto* watcher = reinterpret_cast<Watcher*>(info->err);
  if (watcher->defect[0] == '\0') watcher->manager.format_message(info, watcher->defect);
}

void OnMessage(j_common_ptr info, int level) {
  if (level < 0 && !IsHarmless(info->err->msg_code)) KeepFirst(info);
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
  watcher.defect[0] = '\0';
  jpeg_create_decompress(&info);
  DecodeSmall(bytes, &info, &watcher);
  jpeg_destroy_decompress(&info);
  return watcher.defect;
}

}  // namespace circumplex
