// Shows values of described types: in registers, in fetched memory, behind pointers. One Walker serves one call at one
// stop; it is cheap to make. It sends values to the sink of its context and knows no system call by name.
#pragma once

#include <cstdint>
#include <span>

#include "decode/decoder.h"
#include "decode/eval.h"
#include "decode/fetch.h"
#include "decode/scratch.h"
#include "decode/view.h"
#include "spec/tables.h"

namespace ktrace::decode {

// What views of this call get to see at this stop.
ViewContext make_context(CallState& call, Tracee tracee, ValueSink& sink, const Options& options, Phase phase,
                         Scratch& scratch);

// A type after its selects were decided, and what its expressions see.
struct Resolved {
  const spec::Type* type;
  Frame frame;
};

using ByteSpan = std::span<const uint8_t>;

class Walker {
 public:
  Walker(ViewContext& context, Scratch& scratch) : context_(context), scratch_(scratch) {}

  // `despite_failure`: show what in-pointers of the arguments refer to also after a failed call.
  void argument(const spec::Type& type, uint64_t value, const Frame& frame, Part part, bool despite_failure);

  // From now on like argument() with `despite_failure`.
  void show_despite_failure() { despite_failure_ = true; }

  // Whether the structure that argument() showed with Part::entry waits for resume(): not if it was an address.
  [[nodiscard]] bool left_open() const { return left_open_; }

  // The exit members of an inout structure whose entry members were shown, and its end.
  void resume(const spec::Type& type, uint64_t address, const Frame& frame);

  void scalar(const spec::Type& type, uint64_t value, const Frame& frame);
  void value(const spec::Type& type, ByteSpan bytes, const Frame& frame);
  void record(const spec::Record& record, ByteSpan bytes, const Frame& inner, Part part);
  void members(const spec::Record& record, ByteSpan bytes, const Frame& inner, Part part);
  void set(const spec::Set& set, uint64_t value, unsigned width);
  void fd(int64_t number, bool directory);
  void pid(int64_t number);
  void data(ByteSpan bytes);  // binary that is at hand, cut at -s
  void bytes_at(Address from, uint64_t length, Bytes::Kind kind);
  void text_at(Address from, Bytes::Kind kind, uint64_t limit = no_limit);
  void tail(uint64_t address, uint64_t from, uint64_t to);  // bytes that no known version of a structure has

  Resolved resolve(const spec::Type& type, const Frame& frame, Address peek = {});
  Frame parameters(const spec::Type& type, const Frame& frame, Address peek = {});
  [[nodiscard]] unsigned width(const spec::Type& type) const;
  // Bytes in memory; no_limit for what has no size of its own.
  uint64_t size_of(const spec::Type& type, const Frame& frame);
  [[nodiscard]] const spec::Record& variant(uint32_t record) const;
  static const spec::Case* find_case(const spec::Select& select, uint64_t first, uint64_t second, Abi abi);

 private:
  // pointers (pointer.cpp)
  void pointer(const spec::Type& type, uint64_t address, const Frame& frame, Part part);
  void string_at(const spec::Type& pointer, const spec::Type& type, uint64_t address, const Frame& frame);
  void array_at(const spec::Type& type, uint64_t count, uint64_t address, const Frame& frame);
  uint64_t array_count(const spec::Type& type, const Frame& frame, uint64_t limit, uint64_t address);
  void record_at(const spec::Type& type, uint64_t address, const Frame& frame, uint64_t limit, Part part, bool writes);
  void head_of(const spec::Record& shape, uint64_t address, Frame inner);
  void stretch_at(const spec::Type& type, uint64_t address, const Frame& frame, uint64_t limit);
  void object_at(const spec::Type& type, uint64_t address, const Frame& frame, uint64_t limit);
  void scalar_at(const spec::Type& type, uint64_t address, const Frame& frame, uint64_t limit, bool writes);

  // structures and lists (record.cpp, list.cpp)
  void member(const spec::Field& field, ByteSpan record, const Frame& inner);
  [[nodiscard]] bool splits(const spec::Field& field) const;
  void split(const spec::Field& field, ByteSpan bytes, const Frame& inner, Part part);
  unsigned tuple_parts(const spec::Record& record, ByteSpan bytes, const Frame& inner, bool show);
  void tuple(const spec::Record& record, ByteSpan bytes, const Frame& inner);
  void short_record(const spec::Record& record, ByteSpan bytes, const Frame& inner);
  void repeat(const spec::Type& type, ByteSpan bytes, const Frame& frame);
  void attributes(const spec::Type& type, ByteSpan bytes, const Frame& frame);
  void attribute_flags(uint16_t type);
  void attribute(const spec::Select& select, ByteSpan bytes, const Frame& inner);
  void array(const spec::Type& type, ByteSpan bytes, const Frame& frame);

  // values (walker.cpp)
  void key(const spec::Type& type, uint64_t value, const Frame& frame);
  void native(const spec::Type& type, uint64_t value, ByteSpan bytes, Address address, const Frame& frame);
  void fixed_text(ByteSpan bytes);
  void send_bytes(ByteSpan shown, uint64_t length, Bytes::Kind kind);

  ViewContext& context_;
  Scratch& scratch_;
  bool despite_failure_ = false;
  bool given_ = false;  // at what the kernel was given and is shown whether the call failed or not
  bool left_open_ = false;
  bool netlink_ = false;  // binary data inside messages is shown in hexadecimal
};

}  // namespace ktrace::decode
