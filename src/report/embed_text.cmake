# SPDX-License-Identifier: Apache-2.0
# cmake -DINPUT=file -DOUTPUT=file.cc -DNAME=kName -P embed_text.cmake
# Writes C++ that holds the text of INPUT: namespace circumplex { extern const std::string_view kName; }
# The literal is chunked because compilers limit the length of one.
file(READ "${INPUT}" text)
string(LENGTH "${text}" length)
if(length EQUAL 0)
  message(FATAL_ERROR "${INPUT} is empty")
endif()
set(chunk 8000)
set(code "// Generated from a resource of the report page.\n#include <string_view>\nnamespace circumplex {\n")
string(APPEND code "extern const std::string_view ${NAME};\nconst std::string_view ${NAME} =\n")
set(position 0)
while(position LESS length)
  string(SUBSTRING "${text}" ${position} ${chunk} part)
  if(part MATCHES "\\)cxtext\"")
    message(FATAL_ERROR "${INPUT} contains the delimiter of the raw string")
  endif()
  string(APPEND code "R\"cxtext(${part})cxtext\"\n")
  math(EXPR position "${position} + ${chunk}")
endwhile()
string(APPEND code ";\n}  // namespace circumplex\n")
file(WRITE "${OUTPUT}" "${code}")
