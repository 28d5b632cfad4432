// How TextSink shows each kind of value. The expected texts are what strace 7.2 prints.
#include <doctest/doctest.h>

#include <functional>
#include <vector>

#include "output/text_sink.h"
#include "output_support.h"

using namespace ktrace;
using namespace ktrace::output;
using namespace ktrace::output::test;

namespace {

using Constants = TextOptions::Constants;
using base::HexStrings;

// The arguments of a call that gets these values.
std::string arguments(const TextOptions& options, const std::function<void(ValueSink&)>& values) {
  Trace trace;
  TextSink sink(*trace.destination, options);
  CallState call = make_call(7, "f");
  sink.call_begin(thread(7), call);
  values(sink);
  sink.call_suspend(call);
  sink.call_resume(thread(7), call);
  sink.result(call, returns(0));
  sink.call_end(thread(7), call);
  const std::string text = trace.text();
  const auto end = text.rfind(')');
  return text.substr(2, end - 2);
}

std::string shown(const std::function<void(ValueSink&)>& values) {
  return arguments({}, values);
}

TextOptions style(Constants constants) {
  TextOptions options;
  options.constants = constants;
  return options;
}

struct Styles {
  std::string abbrev, raw, verbose;
  bool operator==(const Styles&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Styles& s) {
  return out << s.abbrev << " | " << s.raw << " | " << s.verbose;
}

Styles styles(const std::function<void(ValueSink&)>& values) {
  return {arguments(style(Constants::abbrev), values), arguments(style(Constants::raw), values),
          arguments(style(Constants::verbose), values)};
}

Styles symbols(const Symbols& value) {
  return styles([&](ValueSink& to) { to.symbols(value); });
}

std::string quoted(std::string_view bytes, HexStrings hex = HexStrings::none, bool cut = false) {
  TextOptions options;
  options.hex = hex;
  return arguments(options, [&](ValueSink& to) { to.string({.bytes = bytes, .cut = cut}); });
}

}  // namespace

TEST_CASE("numbers are shown in their base") {
  CHECK(shown([](ValueSink& to) { to.number(decimal(-5)); }) == "-5");
  CHECK(shown([](ValueSink& to) { to.number({.value = ~uint64_t{0}}); }) == "18446744073709551615");
  CHECK(shown([](ValueSink& to) { to.number({.value = ~uint64_t{0}, .width = 4}); }) == "4294967295");
  CHECK(shown([](ValueSink& to) { to.number({.value = 0, .base = Base::hex}); }) == "0");
  CHECK(shown([](ValueSink& to) { to.number({.value = 31, .base = Base::hex}); }) == "0x1f");
  const Number negative{.value = ~uint64_t{0}, .width = 4, .is_signed = true, .base = Base::hex};
  CHECK(shown([&](ValueSink& to) { to.number(negative); }) == "0xffffffff");
}

TEST_CASE("octal numbers are permission bits with three digits or more") {
  const auto mode = [](uint64_t value) {
    return shown([=](ValueSink& to) { to.number({.value = value, .width = 4, .base = Base::octal}); });
  };
  CHECK(mode(0) == "000");
  CHECK(mode(5) == "005");
  CHECK(mode(022) == "022");
  CHECK(mode(0644) == "0644");
  CHECK(mode(0100644) == "0100644");
}

TEST_CASE("flags are or-ed in the order given") {
  const std::string_view names[] = {"O_WRONLY", "O_CREAT"};
  CHECK(symbols({.value = 0x41, .width = 4, .is_flags = true, .names = names}) ==
        Styles{"O_WRONLY|O_CREAT", "0x41", "0x41 /* O_WRONLY|O_CREAT */"});
  CHECK(symbols({.value = 0x80000041, .width = 4, .is_flags = true, .names = names, .rest = 0x80000000}) ==
        Styles{"O_WRONLY|O_CREAT|0x80000000", "0x80000041", "0x80000041 /* O_WRONLY|O_CREAT|0x80000000 */"});
}

TEST_CASE("unknown flags carry a comment in all styles but raw") {
  CHECK(symbols({.value = 0x70000000, .width = 4, .is_flags = true, .rest = 0x70000000, .unknown = "PROT_???"}) ==
        Styles{"0x70000000 /* PROT_??? */", "0x70000000", "0x70000000 /* PROT_??? */"});
}

TEST_CASE("no flags at all is not unknown, but an enum's unknown zero is") {
  CHECK(symbols({.value = 0, .is_flags = true, .unknown = "X_???"}) == Styles{"0", "0", "0"});
  CHECK(symbols({.value = 0, .unknown = "PR_???"}) == Styles{"0 /* PR_??? */", "0", "0 /* PR_??? */"});
}

TEST_CASE("a name for zero is shown with zero") {
  const std::string_view names[] = {"O_RDONLY"};
  CHECK(symbols({.value = 0, .is_flags = true, .names = names}) == Styles{"O_RDONLY", "0", "0 /* O_RDONLY */"});
}

TEST_CASE("symbols may be decimal") {
  const std::string_view names[] = {"SIGSEGV"};
  CHECK(symbols({.value = 11, .width = 4, .is_signed = true, .base = Base::decimal, .names = names}) ==
        Styles{"SIGSEGV", "11", "11 /* SIGSEGV */"});
  CHECK(symbols({.value = ~uint64_t{0}, .width = 4, .is_signed = true, .base = Base::decimal}) ==
        Styles{"-1", "-1", "-1"});
}

TEST_CASE("a file type is followed by its permission bits, also none") {
  const std::string_view names[] = {"S_IFIFO"};
  CHECK(symbols({.value = 010000, .width = 4, .is_flags = true, .base = Base::octal, .names = names}) ==
        Styles{"S_IFIFO|000", "010000", "010000 /* S_IFIFO|000 */"});
  CHECK(symbols({.value = 020600, .width = 4, .is_flags = true, .base = Base::octal, .names = names, .rest = 0600})
            .abbrev == "S_IFIFO|0600");
  CHECK(symbols({.value = 0170600, .width = 4, .is_flags = true, .base = Base::octal, .rest = 0170600}) ==
        Styles{"0170600", "0170600", "0170600"});
}

TEST_CASE("joined values have a bar between them") {
  const std::string_view stream[] = {"SOCK_STREAM"};
  const std::string_view cloexec[] = {"SOCK_CLOEXEC"};
  CHECK(styles([&](ValueSink& to) {
          to.symbols({.value = 1, .names = stream});
          to.joined();
          to.symbols({.value = 0x80000, .is_flags = true, .names = cloexec});
          to.number(decimal(6));
        }) ==
        Styles{"SOCK_STREAM|SOCK_CLOEXEC, 6", "0x1|0x80000, 6", "0x1 /* SOCK_STREAM */|0x80000 /* SOCK_CLOEXEC */, 6"});
}

TEST_CASE("descriptors show their symbol and what they refer to") {
  const FdValue cwd{.value = -100, .symbol = "AT_FDCWD", .target = "/tmp"};
  CHECK(styles([&](ValueSink& to) { to.fd(cwd); }) ==
        Styles{"AT_FDCWD</tmp>", "-100</tmp>", "-100 /* AT_FDCWD */</tmp>"});
  CHECK(shown([](ValueSink& to) { to.fd({.value = 3, .target = "/etc/passwd"}); }) == "3</etc/passwd>");
  CHECK(shown([](ValueSink& to) { to.fd({.value = -1}); }) == "-1");
  CHECK(shown([](ValueSink& to) { to.pid({.value = 12, .comm = "sh"}); }) == "12<sh>");
  CHECK(shown([](ValueSink& to) { to.pid({.value = 1, .comm = "sh", .own = 4711}); }) ==
        "1<sh> /* 4711 in strace's PID NS */");
}

TEST_CASE("expressions show their number, or their bytes, when constants are raw") {
  CHECK(styles([](ValueSink& to) { to.expression({.raw = 0x103, .text = "makedev(0x1, 0x3)"}); }) ==
        Styles{"makedev(0x1, 0x3)", "0x103", "0x103 /* makedev(0x1, 0x3) */"});
  CHECK(styles([](ValueSink& to) {
          to.field("sin_port");
          to.expression({.raw = 80, .text = "htons(80)", .bytes = std::string_view("\0P", 2)});
        }) == Styles{"sin_port=htons(80)", R"(sin_port="\x00\x50")", R"(sin_port="\x00\x50" /* htons(80) */)"});
  CHECK(styles([](ValueSink& to) {
          to.field("sin6_addr");
          to.expression({.text = R"(inet_pton(AF_INET6, "::1"))",
                         .bytes = "\1",
                         .unlabelled = R"(inet_pton(AF_INET6, "::1", &sin6_addr))"});
        }) == Styles{R"(inet_pton(AF_INET6, "::1", &sin6_addr))", R"(sin6_addr="\x01")",
                     R"(sin6_addr="\x01" /* inet_pton(AF_INET6, "::1") */)"});
  CHECK(styles([](ValueSink& to) { to.expression(9, "WIFSIGNALED(s)"); }) ==
        Styles{"WIFSIGNALED(s)", "WIFSIGNALED(s)", "WIFSIGNALED(s)"});
}

TEST_CASE("strings escape what is not printable, as short as C allows") {
  CHECK(quoted("abc") == R"("abc")");
  CHECK(quoted(std::string_view("\0001", 2)) == R"("\0001")");
  CHECK(quoted(std::string_view("\0018", 2)) == R"("\18")");
  CHECK(quoted("\033[1m") == R"("\33[1m")");
  CHECK(quoted("\0337") == R"("\0337")");
  CHECK(quoted("\1778") == R"("\1778")");
  CHECK(quoted("\n\t\v\f\r\a\b\\\"") == R"("\n\t\v\f\r\7\10\\\"")");
  CHECK(quoted("h\303\251") == R"("h\303\251")");
  CHECK(quoted(std::string_view("0\0", 2), HexStrings::none, true) == R"("0\0"...)");
  CHECK(quoted("", HexStrings::none, true) == R"(""...)");
}

TEST_CASE("-x turns strings with other than ASCII text into hexadecimal") {
  CHECK(quoted("a\tb", HexStrings::non_ascii) == R"("a\tb")");
  CHECK(quoted("a\001", HexStrings::non_ascii) == R"("\x61\x01")");
  CHECK(quoted("a\"b", HexStrings::non_ascii) == R"("a\"b")");
  CHECK(quoted("ab\n", HexStrings::all) == R"("\x61\x62\x0a")");
  CHECK(quoted(std::string_view("a\n\0012", 4), HexStrings::non_ascii_chars) == R"("a\n\x012")");
}

TEST_CASE("structures, arrays, sets and calls have their brackets and separators") {
  CHECK(shown([](ValueSink& to) {
          to.begin(Shape::structure);
          to.field("a");
          to.number(decimal(1));
          to.field("b");
          to.begin(Shape::array);
          to.number(decimal(2));
          to.number(decimal(3));
          to.end();
          to.elided();
          to.end();
          to.begin(Shape::array);
          to.end();
        }) == "{a=1, b=[2, 3], ...}, []");
  const std::string_view interrupt[] = {"INT"};
  const std::string_view terminate[] = {"TERM"};
  CHECK(shown([&](ValueSink& to) {
          to.begin(Shape::set, "~");
          to.symbols({.value = 2, .names = interrupt});
          to.symbols({.value = 15, .names = terminate});
          to.end();
          to.begin(Shape::call, "makedev");
          to.number({.value = 8, .base = Base::hex});
          to.number({.value = 1, .base = Base::hex});
          to.end();
        }) == "~[INT TERM], makedev(0x8, 0x1)");
}

TEST_CASE("changed values, comments and what cannot be read") {
  CHECK(shown([](ValueSink& to) {
          to.begin(Shape::array);
          to.number(decimal(16));
          to.changed();
          to.number(decimal(4));
          to.end();
          to.address({});
          to.address({0x7f00});
          to.comment("41 vars");
        }) == "[16 => 4], NULL, 0x7f00 /* 41 vars */");
  CHECK(shown([](ValueSink& to) {
          to.begin(Shape::array);
          to.number(decimal(1));
          to.unreadable({0x1000});
          to.end();
        }) == "[1, ... /* 0x1000 */]");
}

TEST_CASE("argument names are shown when asked for") {
  TextOptions options;
  options.argument_names = true;
  const auto values = [](ValueSink& to) {
    to.argument("fd");
    to.number(decimal(3));
    to.argument("buf");
    to.string({.bytes = "x"});
  };
  CHECK(arguments(options, values) == R"(fd=3, buf="x")");
  CHECK(shown(values) == R"(3, "x")");
}

TEST_CASE("values that nest deeper than anything sane do no harm") {
  const std::string text = shown([](ValueSink& to) {
    for (int i = 0; i < 300; ++i) to.begin(Shape::array);
    for (int i = 0; i < 300; ++i) to.end();
    to.number(decimal(1));
  });
  CHECK(text == std::string(300, '[') + std::string(300, ']') + ", 1");
}
