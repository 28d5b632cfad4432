// What is described, and what is still a bare number: a report for those who fill the gaps.
#pragma once

#include <string>

#include "program.h"

namespace ktspec {

std::string coverage_report(const Program& program);

}  // namespace ktspec
