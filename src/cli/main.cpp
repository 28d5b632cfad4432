// The program: reads the command line and runs the session it asks for. Our code throws nothing; what CLI11, fmt or an
// exhausted memory throw ends here.
#include <cstdio>
#include <exception>
#include <variant>

#include "cli/parse.h"
#include "session/session.h"

int main(int argc, char** argv) {
  try {
    const auto parsed = ktrace::cli::parse(argc, argv);
    if (const auto* status = std::get_if<ktrace::cli::ExitStatus>(&parsed)) return status->value;
    return ktrace::session::run(std::get<ktrace::session::Options>(parsed));
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s: %s\n", argc > 0 ? argv[0] : "ktrace", problem.what());
    return 1;
  }
}
