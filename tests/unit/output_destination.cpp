// Files, pipes and what happens when they cannot be written.
#include "output/destination.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "output_support.h"

using namespace ktrace;
using namespace ktrace::output;
using namespace ktrace::output::test;

namespace {

using std::chrono::milliseconds;

// Standard error goes to a file as long as it lives.
class CaughtErrors {
 public:
  explicit CaughtErrors(const std::string& file) : saved_(dup(STDERR_FILENO)) {
    const UniqueFd to(open(file.c_str(), O_WRONLY | O_CREAT, 0600));
    dup2(to.get(), STDERR_FILENO);
  }
  CaughtErrors(const CaughtErrors&) = delete;
  CaughtErrors& operator=(const CaughtErrors&) = delete;
  ~CaughtErrors() { dup2(saved_.get(), STDERR_FILENO); }

 private:
  UniqueFd saved_;
};

struct Place {
  std::unique_ptr<Destination> open(Target target) { return std::move(Destination::open(target, log).value()); }

  Folder folder;
  base::Log log{"ktrace"};
};

}  // namespace

TEST_CASE("a file is emptied, or with -A continued") {
  Place place;
  const Target target{.kind = Target::Kind::file, .name = place.folder.file("f")};
  Target appending = target;
  appending.append = true;
  place.open(target)->writer({}).buffer() = "old\n";
  place.open(target)->writer({}).buffer() = "one\n";
  place.open(appending)->writer({}).buffer() = "two\n";
  CHECK(place.folder.read("f") == "one\ntwo\n");
}

TEST_CASE("a file that cannot be opened is an error in strace's words") {
  const base::Log log{"ktrace"};
  const auto opened = Destination::open({.kind = Target::Kind::file, .name = "/nonexistent/x"}, log);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().what == "Can't fopen '/nonexistent/x': No such file or directory");
}

TEST_CASE("a shell command reads the trace and is waited for") {
  Place place;
  auto to = place.open({.kind = Target::Kind::pipe, .name = "sleep 0.05; cat > " + place.folder.file("f")});
  to->writer({}).buffer() = "text\n";
  to->close();
  CHECK(place.folder.read("f") == "text\n");
}

TEST_CASE("each tracee may have a file of its own") {
  Place place;
  auto to = place.open({.kind = Target::Kind::file, .name = place.folder.file("f"), .append = false, .separate = true});
  to->add(Tid{7});
  to->add(Tid{8});
  to->writer(Tid{7}).buffer() = "seven\n";
  to->remove(Tid{7});
  CHECK(place.folder.read("f.7") == "seven\n");
  CHECK(access(place.folder.file("f.8").c_str(), F_OK) == 0);
  // An execve gave the id of a thread that had ended to another one.
  to->writer(Tid{7}).buffer() = "again\n";
  to->close();
  CHECK(place.folder.read("f.7") == "seven\nagain\n");
}

TEST_CASE("files are closed on exec") {
  Place place;
  const int next = dup(STDERR_FILENO);  // the number that the file will get
  close(next);
  const auto to = place.open({.kind = Target::Kind::file, .name = place.folder.file("f")});
  CHECK((fcntl(next, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("text reaches its file a tenth of a second after the first idle moment") {
  Place place;
  auto to = place.open({.kind = Target::Kind::file, .name = place.folder.file("f")});
  CHECK_FALSE(to->on_idle(milliseconds(500)));
  to->writer({}).buffer() = "half a line";
  CHECK(to->on_idle(milliseconds(1000)) == milliseconds(100));
  CHECK(to->on_idle(milliseconds(1060)) == milliseconds(40));
  CHECK(place.folder.read("f").empty());
  CHECK_FALSE(to->on_idle(milliseconds(1100)));
  CHECK(place.folder.read("f") == "half a line");
}

TEST_CASE("a full buffer is written when its line ends") {
  Place place;
  auto to = place.open({.kind = Target::Kind::file, .name = place.folder.file("f")});
  Writer& writer = to->writer({});
  writer.buffer().assign(Writer::enough - 1, 'x');
  to->line_done(writer);
  CHECK(place.folder.read("f").empty());
  writer.buffer().push_back('\n');
  to->line_done(writer);
  CHECK(place.folder.read("f").size() == Writer::enough);
  CHECK(writer.position() == Writer::enough);
}

TEST_CASE("standard error gets text at every idle moment") {
  Place place;
  const CaughtErrors caught(place.folder.file("errors"));
  auto to = place.open({});
  to->writer({}).buffer() = "half";
  CHECK_FALSE(to->on_idle(milliseconds(1)));
  CHECK(place.folder.read("errors") == "half");
}

TEST_CASE("a full disk is reported once") {
  Place place;
  const CaughtErrors caught(place.folder.file("errors"));
  auto to = place.open({.kind = Target::Kind::file, .name = "/dev/full"});
  CHECK_FALSE(to->broken());
  for (int i = 0; i < 3; ++i) {
    to->writer({}).buffer() = "text\n";
    to->flush();
  }
  CHECK(to->broken());
  CHECK(place.folder.read("errors") == "ktrace: /dev/full: No space left on device\n");
}

TEST_CASE("a reader that goes away is reported once, and no signal comes of it") {
  Place place;
  const CaughtErrors caught(place.folder.file("errors"));
  auto to = place.open({.kind = Target::Kind::pipe, .name = "exec <&-"});
  for (int i = 0; i < 500 && !to->broken(); ++i) {
    to->writer({}).buffer() = "text\n";
    to->flush();
    usleep(10000);
  }
  CHECK(to->broken());
  to->close();
  CHECK(place.folder.read("errors") == "ktrace: |exec <&-: Broken pipe\n");
  sigset_t pending;
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGPIPE) == 0);
}
