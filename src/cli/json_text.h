// The JSON of the command line is that of the server: net/json_text.h.
#pragma once

#include "net/json_text.h"

namespace twoseal::cli {

using twoseal::Json;
using twoseal::json_list;

}  // namespace twoseal::cli
