// A sink for walks that only look: choosing a variant, searching for paths.
#pragma once

#include "ktrace/values.h"

namespace ktrace::decode {

class NullSink final : public ValueSink {
 public:
  void argument(std::string_view) override {}
  void field(std::string_view) override {}
  void begin(Shape, std::string_view) override {}
  void end() override {}
  void number(const Number&) override {}
  void symbols(const Symbols&) override {}
  void string(const Bytes&) override {}
  void address(Address) override {}
  void fd(const FdValue&) override {}
  void pid(const PidValue&) override {}
  void expression(const Expression&) override {}
  void word(std::string_view) override {}
  void comment(std::string_view) override {}
  void changed() override {}
  void joined(char) override {}
  void elided() override {}
  void unreadable(Address) override {}
};

}  // namespace ktrace::decode
