// What the views of bpf(2) share. Between entry and exit the call's memory has the length that the kernel may change (4
// bytes), and behind it the description of a program as it was (BPF_OBJ_GET_INFO_BY_FD).
#pragma once

#include <cstdint>
#include <span>

#include "decode/view.h"

namespace ktrace::decode::views {

// Bytes behind those that are known: under -v, if they are not all 0.
void show_bpf_extra(ViewContext& context, std::span<const uint8_t> bytes, uint64_t known);

// At entry: what the attribute's pointer refers to, if it is shown at all.
void remember_bpf_info(ViewContext& context, std::span<const uint8_t> attribute);

}  // namespace ktrace::decode::views
