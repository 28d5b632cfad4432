// Rules of -e inject= and -e fault=. What is said of wrong ones stands in tests/cli/parity/8_tampering.case.
#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include "cli/parse.h"
#include "spec/lookup.h"

namespace {

using namespace ktrace;
using filter::Injection;

// The rule that the words of -e make for chdir; nothing: they were refused.
std::optional<Injection> rule_of(const std::string& expression) {
  std::vector<std::string> words{"ktrace", "-e", expression, "true"};
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const auto parsed = cli::parse(static_cast<int>(words.size()), pointers.data());
  const auto* options = std::get_if<session::Options>(&parsed);
  if (!options) return {};
  CallState call;
  call.decoding.row = static_cast<uint32_t>(spec::find_row(native_abi, "chdir") - spec::rows);
  filter::Injections::Counts counts;
  for (unsigned i = 1; i <= filter::When::for_ever; ++i)
    if (const Injection* found = options->injections.count(call, counts)) return *found;
  FAIL("no rule for chdir");
  return {};
}

Injection valid(const std::string& actions) {
  const auto rule = rule_of("inject=chdir:" + actions);
  REQUIRE(rule);
  return *rule;
}

bool refused(const std::string& actions) {
  return !rule_of("inject=chdir:" + actions);
}

}  // namespace

TEST_CASE("errors are names or numbers") {
  CHECK(valid("error=ENOENT").error == ENOENT);
  CHECK(valid("error=enoent").error == ENOENT);
  CHECK(valid("error=4095").error == 4095);
  CHECK(valid("error=ERESTARTSYS").error == 512);
  for (const char* wrong : {"0", "4096", "-1", "NOENT", "EFOO", "", "0x5", "5 "})
    CHECK(refused(std::string("error=") + wrong));
  CHECK(refused("error=ENOENT:error=ENOENT"));
  CHECK(refused("error=ENOENT:retval=1"));
}

TEST_CASE("fault= is an error of ENOSYS, and has less to say") {
  CHECK(rule_of("fault=chdir")->error == ENOSYS);
  CHECK(rule_of("fault=chdir:when=2+")->when.first == 2);
  CHECK(rule_of("fault=chdir:error=EIO:syscall=getpid")->error == EIO);
  for (const char* wrong : {"retval=1", "signal=1", "delay_enter=1", "delay_exit=1", "poke_enter=@arg1=00", "x"})
    CHECK_FALSE(rule_of(std::string("fault=chdir:") + wrong));
}

TEST_CASE("results are numbers of any base") {
  CHECK(valid("retval=10").retval == 10);
  CHECK(valid("retval=0x10").retval == 16);
  CHECK(valid("retval=010").retval == 8);
  CHECK(valid("retval=0b101").retval == 5);
  CHECK(valid("retval=-2").retval == ~uint64_t{1});
  CHECK(valid("retval=18446744073709551615").retval == ~uint64_t{0});
  for (const char* wrong : {"", "18446744073709551616", "abc", "1x", "0x", "--1"})
    CHECK(refused(std::string("retval=") + wrong));
}

TEST_CASE("signals are names or numbers up to SIGRTMAX") {
  CHECK(valid("signal=SIGUSR1").signal == SIGUSR1);
  CHECK(valid("signal=usr1").signal == SIGUSR1);
  CHECK(valid("signal=64").signal == 64);
  CHECK(valid("signal=SIGRT_3").signal == 35);
  for (const char* wrong : {"0", "65", "-1", "SIGFOO", "", "SIGRTMIN+1"})
    CHECK(refused(std::string("signal=") + wrong));
}

TEST_CASE("delays have units") {
  using namespace std::chrono_literals;
  CHECK(valid("delay_enter=5").delay_enter == 5us);
  CHECK(valid("delay_exit=1.5ms").delay_exit == 1500us);
  CHECK(valid("delay_exit=1e3").delay_exit == 1ms);
  CHECK_FALSE(valid("delay_exit=1s").delay_enter);
  CHECK(refused("delay_enter=1:delay_enter=2"));
  for (const char* wrong : {"", "x", "-1", "1m", "inf", "9223372036854775808s"})
    CHECK(refused(std::string("delay_enter=") + wrong));
}

TEST_CASE("pokes are bytes for arguments") {
  const auto pokes = valid("poke_enter=@arg1=00fF,@arg7=1234:poke_exit=@arg2=01");
  REQUIRE(pokes.poke_enter.size() == 2);
  CHECK(pokes.poke_enter[0].argument == 1);
  CHECK(pokes.poke_enter[0].bytes == std::vector<uint8_t>{0x00, 0xff});
  CHECK(pokes.poke_enter[1].argument == 7);
  REQUIRE(pokes.poke_exit.size() == 1);
  CHECK(pokes.poke_exit[0].argument == 2);
  CHECK(valid("poke_exit=@arg1=" + std::string(2048, '0')).poke_exit[0].bytes.size() == 1024);
  for (const char* wrong : {"", "arg1=00", "@arg0=00", "@arg8=00", "@arg10=00", "@arg1=0", "@arg1=0g",
                            "@arg1=", "@arg1", "@arg1=00,@arg1=00", "@arg1=00:poke_enter=@arg2=00"})
    CHECK(refused(std::string("poke_enter=") + wrong));
  CHECK(refused("poke_enter=@arg1=" + std::string(2050, '0')));
}

TEST_CASE("another call to make is one without effects, of the same name in every ABI") {
  const auto rule = valid("error=1:syscall=getpid");
  CHECK(rule.substitute[index(Abi::x86_64)] == 39);
  CHECK(rule.substitute[index(Abi::i386)] == 20);
  CHECK(rule.substitute[index(Abi::aarch64)] == 172);
  CHECK(rule.substitute[index(Abi::arm)] == 20);
  CHECK(valid("error=1").substitute[index(native_abi)] == Injection::no_call);
  CHECK(refused("error=1:syscall=open"));
  CHECK(refused("error=1:syscall=39"));
  CHECK(refused("syscall=getpid"));
}

TEST_CASE("invocations are ranges with steps, of which the last is taken") {
  const auto when = [](const char* text) { return valid(std::string("error=1:when=") + text).when; };
  CHECK(when("3").step == 0);
  CHECK(when("3+").step == 1);
  CHECK(when("3+2").step == 2);
  CHECK(when("3..5").last == 5);
  CHECK(when("3..5").step == 1);
  CHECK(when("3..5+2").step == 2);
  CHECK(when("1:when=2").first == 2);
  for (const char* wrong :
       {"", "0", "65536", "1+0", "1+65536", "1..", "2..1", "1..65535", "1.2", "..2", "-1", "1+2..3"})
    CHECK(refused(std::string("error=1:when=") + wrong));
  CHECK(refused("when=1"));
}
