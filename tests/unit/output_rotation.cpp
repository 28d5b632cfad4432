// --max-output and --rotate: what counts, where files are cut, which files there are then.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "output/destination.h"
#include "output_support.h"

using namespace ktrace;
using namespace ktrace::output;
using namespace ktrace::output::test;

namespace {

struct Place {
  std::unique_ptr<Destination> open(uint64_t most, unsigned rotate, bool append = false, bool separate = false) {
    return std::move(Destination::open({.kind = Target::Kind::file,
                                        .name = folder.file("f"),
                                        .append = append,
                                        .separate = separate,
                                        .most_bytes = most,
                                        .rotate = rotate},
                                       log)
                         .value());
  }

  Folder folder;
  base::Log log{"ktrace"};
};

void write_line(Destination& destination, const std::string& text, Tid tid = {}) {
  Writer& writer = destination.writer(tid);
  writer.buffer().append(text).push_back('\n');
  destination.line_ended(writer);
}

}  // namespace

TEST_CASE("an output is full when that many bytes of whole lines were written") {
  Place place;
  const auto destination = place.open(10, 0);
  write_line(*destination, "1234");
  CHECK_FALSE(destination->is_full());
  destination->writer({}).buffer().append("more than enough");  // no line yet
  CHECK_FALSE(destination->is_full());
  write_line(*destination, "!");
  CHECK(destination->is_full());
}

TEST_CASE("all files together count, also those that were closed") {
  Place place;
  const auto destination = place.open(10, 0, false, true);
  for (const int tid : {1, 2}) {
    destination->add(Tid{tid});
    CHECK_FALSE(destination->is_full());
    write_line(*destination, "1234", Tid{tid});
    destination->remove(Tid{tid});
  }
  CHECK(destination->is_full());
}

TEST_CASE("full files move on, the oldest goes, and lines stay whole") {
  Place place;
  const auto destination = place.open(6, 2);
  for (const char* line : {"one", "two", "three", "four", "five", "six"}) write_line(*destination, line);
  CHECK_FALSE(destination->is_full());
  destination->close();
  CHECK(place.folder.read("f") == "six\n");
  CHECK(place.folder.read("f.1") == "four\nfive\n");
  CHECK(place.folder.read("f.2") == "three\n");
  CHECK(::access(place.folder.file("f.3").c_str(), F_OK) != 0);
}

TEST_CASE("what an appended file holds counts for its size") {
  Place place;
  write_line(*place.open(100, 1, true), "12345678");
  const auto destination = place.open(10, 1, true);
  write_line(*destination, "9");
  destination->close();
  CHECK(place.folder.read("f.1") == "12345678\n9\n");
  CHECK(place.folder.read("f").empty());
}

TEST_CASE("each of several files has its own past") {
  Place place;
  const auto destination = place.open(4, 1, false, true);
  destination->add(Tid{1});
  destination->add(Tid{2});
  write_line(*destination, "aaaa", Tid{1});
  write_line(*destination, "b", Tid{2});
  write_line(*destination, "c", Tid{1});
  destination->close();
  CHECK(place.folder.read("f.1.1") == "aaaa\n");
  CHECK(place.folder.read("f.1") == "c\n");
  CHECK(place.folder.read("f.2") == "b\n");
}

TEST_CASE("each new file begins with what its format wants there") {
  Place place;
  const auto destination = place.open(4, 1);
  destination->on_next_file([](Writer& writer) { writer.buffer().append("head\n"); });
  write_line(*destination, "aaaa");
  destination->close();
  CHECK(place.folder.read("f.1") == "aaaa\n");
  CHECK(place.folder.read("f") == "head\n");
}

TEST_CASE("only regular files are renamed") {
  const base::Log log{"ktrace"};
  const auto opened =
      Destination::open({.kind = Target::Kind::file, .name = "/dev/null", .most_bytes = 1, .rotate = 1}, log);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().what == "--rotate needs a regular file, and '/dev/null' is none");
}

TEST_CASE("an output that cannot be renamed is broken, and nothing more is written") {
  Place place;
  const auto destination = place.open(4, 1);
  ::mkdir(place.folder.file("f.1").c_str(), 0700);
  write_line(*destination, "aaaa");
  CHECK(destination->broken());
  write_line(*destination, "bbbb");
  destination->close();
  CHECK(place.folder.read("f") == "aaaa\n");
}
