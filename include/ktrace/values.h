// The vocabulary of decoded values: what the decoder found, before anybody decides how it looks. ValueSink receives
// them in order; structure comes from begin/end. String views are valid only during the call that passes them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ktrace/base/ids.h"

namespace ktrace {

enum class Base : uint8_t { decimal, hex, octal };  // hex: 0x1f and 0; octal: 0644 and 000 (C's %#x, %#03o)

struct Number {
  uint64_t value = 0;  // sign-extended if is_signed
  uint8_t width = 8;   // bytes, for hexadecimal views of negative values
  bool is_signed = false;
  Base base = Base::decimal;
};

// A number with names: one for an enum, several for flags.
struct Symbols {
  uint64_t value = 0;  // the raw number
  uint8_t width = 8;   // its bytes
  bool is_signed = false;
  bool is_flags = false;                      // names are or-ed
  Base base = Base::hex;                      // of the raw number, under -X raw and for what has no name
  std::span<const std::string_view> names{};  // in the order to print; empty if nothing matched
  uint64_t rest = 0;                          // what the names leave over; printed or-ed, in `base`
  std::string_view unknown{};                 // "O_???": comment when nothing matched; empty: none
  bool annotated = false;                     // the number always stands first, its names in a comment: `0x2 /* X */`
  std::string_view sign{};                    // text before the number or names: `-TIPC_NODE_SCOPE`; `value` is without
  uint8_t shift = 0;                          // text has `<<16` behind it: a part of a bigger number
};

struct Bytes {
  enum class Kind : uint8_t {
    text,      // ended at a NUL or meant as characters
    path,      // a path: never cut by -s
    data,      // binary
    ended,     // data; a NUL at its end (and `cut` behind it) shows only if all of it is in hexadecimal
    hex,       // binary, every byte as \x1f whatever -x says: netlink payloads, tails of structures
    abstract,  // name of a unix socket that is in no file system: `@"name"`
  };
  std::string_view bytes{};  // what is to be shown, already cut to the string limit
  Kind kind = Kind::data;
  bool cut = false;         // there was more: `...` follows
  uint64_t length = 0;      // the full length, if known, else bytes.size()
  std::string_view note{};  // stands before it as a comment: `/* bytes 24..31 */ "\x01"`, a member without a name
};

// A value that text shows as a C expression of its own. With neither `bytes` nor `fixed`, -X raw shows the number.
struct Expression {
  uint64_t raw = 0;               // the number
  Base base = Base::hex;          // of the number under -X raw and -X verbose
  bool is_signed = false;         // the number, if decimal
  std::string_view text{};        // `makedev(0x1, 0x3)`, `htons(80)`, `WIFEXITED(s) && WEXITSTATUS(s) == 0`
  bool fixed = false;             // `text` in every style, or what stands there in its place: wait statuses
  std::string_view bytes{};       // -X raw and -X verbose show these bytes in hex instead of a number (network order)
  std::string_view raw_text{};    // -X raw and -X verbose show this instead of a number: `{tv_sec=0, tv_nsec=1}`
  std::string_view verbose{};     // -X verbose has this in the comment instead of `text`
  std::string_view unlabelled{};  // -X abbrev has this for `field=text`: `inet_pton(AF_INET6, "::1", &sin6_addr)`
  bool beside = false;            // a number with `text` in a comment beside it; -X raw shows the number alone
  bool unless_raw = false;        // like fixed, but -X raw shows nothing: words beside a result
  std::string_view plain{};       // JSON has this string as the value: `127.0.0.1`; empty: `raw`
  std::optional<std::string_view> raw_alone{};  // -X raw, and only that, has this, be it nothing
};

struct FdValue {
  int64_t value = 0;
  std::string_view symbol{};  // "AT_FDCWD", or empty
  std::string_view target{};  // what -y shows, already escaped; or empty
};

struct PidValue {
  int64_t value = 0;
  std::string_view comm{};  // what -Y shows, already escaped; or empty
  int64_t own = 0;          // --pidns-translation: the number in ktrace's own PID namespace; 0: nothing to say
};

enum class Shape : uint8_t {
  structure,  // {a=1, b=2}
  array,      // [1, 2]
  set,        // [INT TERM], ~[...] is begun with name "~": elements apart by blanks, not commas
  call,       // name(1, 2): makedev(0x8, 0x1), _IOC(_IOC_NONE, 0x54, 0xff, 0)
  flow,       // no brackets; elements apart by commas, but a word() and what it says by a blank: `in [3], left {...}`
  aux,        // a flow in parentheses after the result: ` (Timeout)`, ` (in [3])`, ` ([{fd=3, revents=POLLIN}])`
};

class ValueSink {
 public:
  virtual ~ValueSink() = default;

  // The next value is this argument of the call, or this member of the structure that is open. Some have no name.
  virtual void argument(std::string_view name) = 0;
  virtual void field(std::string_view name) = 0;

  virtual void begin(Shape shape, std::string_view name = {}) = 0;
  virtual void end() = 0;

  virtual void number(const Number& value) = 0;
  virtual void symbols(const Symbols& value) = 0;
  virtual void string(const Bytes& value) = 0;
  virtual void address(Address value) = 0;  // NULL or 0x7f...
  virtual void fd(const FdValue& value) = 0;
  virtual void pid(const PidValue& value) = 0;
  virtual void expression(const Expression& value) = 0;
  void expression(uint64_t raw, std::string_view text) {
    expression(Expression{.raw = raw, .text = text, .fixed = true});
  }
  // A bare word where a value would stand: `Timeout`, `...`-like notes of a view. JSON has it as a string.
  virtual void word(std::string_view text) = 0;

  virtual void comment(std::string_view text) = 0;             // belongs to the value before it: ` /* text */`
  virtual void note(std::string_view text) { comment(text); }  // the same, but -X raw leaves it out
  virtual void changed() = 0;                 // the value before it became the one that follows: ` => `
  virtual void joined(char by = '|') = 0;     // the value before it and the one that follows are one: `|`, `+`
  virtual void elided() = 0;                  // members or elements left out: `...`
  virtual void unreadable(Address from) = 0;  // the array goes on but cannot be read: `... /* 0x7f... */`
};

}  // namespace ktrace
