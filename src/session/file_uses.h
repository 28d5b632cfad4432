// --stats=files: finds out which files a call works with, by name, and tells the sink. Names of descriptors are taken
// at the entry, as the call may close them; of what the call opens, at the exit.
#pragma once

#include <string>
#include <vector>

#include "decode/decoder.h"
#include "ktrace/sink.h"
#include "resolve/live_descriptors.h"

namespace ktrace::session {

class FileUses {
 public:
  FileUses(decode::Decoder& decoder, Sink& sink);

  struct Use {
    std::string name;
    decode::Decoder::Role role = decode::Decoder::Role::any;
    bool by_path = false;
  };

  void enter(CallState& call, Memory& memory, std::vector<Use>& uses);
  void leave(const CallState& call, const decode::Decoder::Moved& moved, std::vector<Use>& uses);

 private:
  void add_descriptor(std::vector<Use>& uses, int fd, decode::Decoder::Role role);
  void add_path(std::vector<Use>& uses, std::string_view path, int directory);

  decode::Decoder& decoder_;
  Sink& sink_;
  resolve::LiveDescriptors descriptors_;
};

}  // namespace ktrace::session
