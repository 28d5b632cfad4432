// Names of errors and signals.
#include <doctest/doctest.h>

#include "base/errors.h"
#include "base/signals.h"

using namespace ktrace::base;

TEST_CASE("errors have the names and messages of errno(3)") {
  CHECK(error_name(1).name == "EPERM");
  CHECK(error_name(2).name == "ENOENT");
  CHECK(error_name(2).message == "No such file or directory");
  CHECK(error_name(11).name == "EAGAIN");
  CHECK(error_name(38).name == "ENOSYS");
  CHECK(error_name(133).name == "EHWPOISON");
}

TEST_CASE("errors that the kernel keeps to itself have names too") {
  CHECK(error_name(512).name == "ERESTARTSYS");
  CHECK(error_name(524).name == "ENOTSUPP");
  CHECK(error_name(524).message == "Unknown error 524");
  CHECK(error_name(530).name == "ERECALLCONFLICT");
}

TEST_CASE("numbers that are no error have no name") {
  for (const int number : {-1, 0, 41, 58, 134, 511, 519, 531, 4095}) CHECK(error_name(number).name.empty());
}

TEST_CASE("four errors mean that the call is going to be restarted") {
  for (const int number : {512, 513, 514, 516}) CHECK(is_restart(number));
  for (const int number : {4, 85, 511, 515, 517}) CHECK_FALSE(is_restart(number));
}

TEST_CASE("signals have names up to the last real-time one") {
  CHECK(signal_name(1) == "SIGHUP");
  CHECK(signal_name(9) == "SIGKILL");
  CHECK(signal_name(29) == "SIGIO");
  CHECK(signal_name(31) == "SIGSYS");
  CHECK(signal_name(32) == "SIGRTMIN");
  CHECK(signal_name(33) == "SIGRT_1");
  CHECK(signal_name(64) == "SIGRT_32");
  for (const int number : {-1, 0, 65}) CHECK(signal_name(number).empty());
}
