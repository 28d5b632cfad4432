// A target that runs on its own, as a child of the test, to be attached to.
#pragma once

#include <string>
#include <vector>

#include "ktrace/base/ids.h"
#include "ktrace/base/unique_fd.h"

namespace ktrace::lifecycle {

class Running {
 public:
  // Returns once the program has written its first byte.
  explicit Running(std::vector<std::string> words);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  [[nodiscard]] Tid tid() const { return {pid_}; }

  // Ends its standard input and returns its wait status.
  int finish();

  // Threads that are traced by anyone.
  [[nodiscard]] int traced_threads() const;
  // Whether its leader's state in /proc becomes `letter`: a process that is let go in a group-stop wakes for an
  // instant, to stop again by itself.
  [[nodiscard]] bool reaches_state(char letter) const;

 private:
  [[nodiscard]] char state() const;

  int pid_ = 0;
  UniqueFd input_;
};

}  // namespace ktrace::lifecycle
