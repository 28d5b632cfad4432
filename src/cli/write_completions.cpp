// A tool for developers: writes the completions of all shells into a folder. See completions.h.
#include <fstream>
#include <iostream>
#include <string>

#include "cli/completions.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_completions FOLDER\n";
    return 2;
  }
  const std::string folder = std::string(argv[1]) + "/";
  std::ofstream bash(folder + "ktrace.bash"), zsh(folder + "_ktrace"), fish(folder + "ktrace.fish");
  bash << ktrace::cli::bash_completion() << std::flush;
  zsh << ktrace::cli::zsh_completion() << std::flush;
  fish << ktrace::cli::fish_completion() << std::flush;
  return bash && zsh && fish ? 0 : 1;
}
