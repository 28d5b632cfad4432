#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/parse.h"

using ktrace::cli::Arguments;
using ktrace::cli::read_arguments;
using ktrace::cli::Report;
using ktrace::session::Options;
using Output = ktrace::output::Target;
using ktrace::output::Precision;
using Summary = ktrace::stats::CallTableOptions;
using Text = ktrace::output::TextOptions;

namespace {

class Argv {
 public:
  explicit Argv(std::vector<std::string> words) : words_(std::move(words)) {
    words_.insert(words_.begin(), "ktrace");
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
  }
  int count() { return static_cast<int>(words_.size()); }
  char** words() { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

std::vector<std::string> tokens(std::vector<std::string> words) {
  Argv argv(std::move(words));
  return read_arguments(argv.count(), argv.words(), Report::no).tokens;
}

Options parse(std::vector<std::string> words) {
  words.insert(words.end(), {"sh", "-c", "exit"});
  Argv argv(std::move(words));
  auto parsed = ktrace::cli::parse(argv.count(), argv.words());
  REQUIRE(std::holds_alternative<Options>(parsed));
  return std::get<Options>(std::move(parsed));
}

using Tokens = std::vector<std::string>;

}  // namespace

TEST_CASE("clusters, attached arguments and prefixes become exact tokens") {
  CHECK(tokens({"-ffqo", "x", "-s10", "--summary-only", "--strings-in", "--follow"}) ==
        Tokens{"-f", "-f", "-q", "-ox", "-s10", "--summary-only", "--strings-in-hex=all", "--follow-forks"});
}

TEST_CASE("an optional argument comes only with an equals sign") {
  CHECK(tokens({"--quiet", "all"}) == Tokens{"--quiet=attach,personality"});
  CHECK(tokens({"--quiet=all"}) == Tokens{"--quiet=all"});
}

TEST_CASE("an empty argument is a token of its own") {
  CHECK(tokens({"-o", "", "--env="}) == Tokens{"-o", "", "--env", ""});
}

TEST_CASE("reading stops at the command, and at --") {
  Argv plain({"-f", "make", "-j2"}), dashes({"-f", "--", "-odd"});
  CHECK(read_arguments(plain.count(), plain.words(), Report::no).command == 2);
  CHECK(read_arguments(dashes.count(), dashes.words(), Report::no).command == 3);
}

TEST_CASE("values that CLI11 might take apart arrive whole") {
  CHECK(parse({"-P", "[a,b]"}).filters.paths == std::vector<std::string>{"[a,b]"});
  CHECK(parse({"--trace-path={x}"}).filters.paths == std::vector<std::string>{"{x}"});
  CHECK(parse({"-P", "--x=\"y z\""}).filters.paths == std::vector<std::string>{"--x=\"y z\""});
  CHECK(parse({"-P", ""}).filters.paths == std::vector<std::string>{""});
}

TEST_CASE("the command is found and keeps its arguments") {
  const Options options = parse({"--argv0=name", "-E", "KT_TEST=1"});
  REQUIRE(options.command);
  CHECK(options.command->path == "sh");
  CHECK(options.command->argv == std::vector<std::string>{"name", "-c", "exit"});
  CHECK(options.command->environment.back() == "KT_TEST=1");
}

TEST_CASE("letters are counted") {
  const Options options = parse({"-ff", "-tt", "-xx", "-yy", "-qq", "-o", "out"});
  CHECK(options.tracing.follow_forks);
  CHECK(options.output.separate);
  CHECK(options.text.clock == Text::Clock::time);
  CHECK(options.text.clock_precision == Precision::us);
  CHECK(options.text.hex == ktrace::base::HexStrings::all);
  CHECK(options.decode_fds.socket);
  CHECK(options.filters.quiet.test(ktrace::filter::Message::exit));
  CHECK_FALSE(options.filters.quiet.test(ktrace::filter::Message::thread_execve));
}

TEST_CASE("a file for the trace changes what is quiet and which signals are blocked") {
  const Options options = parse({"-o", "out"});
  CHECK(options.output.kind == Output::Kind::file);
  CHECK(options.filters.quiet.test(ktrace::filter::Message::personality));
  CHECK(options.tracing.interruptible == ktrace::tracer::Settings::Interruptible::never);
  CHECK_FALSE(parse({"-o", "out", "-e", "quiet=none"}).filters.quiet.test(ktrace::filter::Message::attach));
  CHECK(parse({}).tracing.interruptible == ktrace::tracer::Settings::Interruptible::waiting);
}

TEST_CASE("-o takes a command for a pipe") {
  const Options options = parse({"-o", "|cat >&2"});
  CHECK(options.output.kind == Output::Kind::pipe);
  CHECK(options.output.name == "cat >&2");
}

TEST_CASE("later options replace earlier ones") {
  CHECK_FALSE(parse({"-e", "abbrev=all", "-v"}).filters.abbrev.test(ktrace::Abi::x86_64, 0));
  CHECK(parse({"-v", "-e", "abbrev=all"}).filters.abbrev.is_all());
  CHECK(parse({"-z", "-e", "status=failed"}).filters.status.test(ktrace::filter::Status::failed));
  CHECK(parse({"-s", "1", "-s", "2"}).string_limit == 2);
}

TEST_CASE("formats and precisions of timestamps in any order") {
  const Options options = parse({"--absolute-timestamps=ns,format:unix", "-r", "--syscall-times=ms"});
  CHECK(options.text.clock == Text::Clock::epoch);
  CHECK(options.text.clock_precision == Precision::ns);
  CHECK(options.text.relative == Precision::us);
  CHECK(options.text.duration == Precision::ms);
}

TEST_CASE("columns of the summary, with the name at the end if it was left out") {
  using Column = Summary::Column;
  const Options options = parse({"-c", "-U", "count,max_time", "-S", "nothing", "-O", "1.5ms", "-w"});
  CHECK(options.summary_mode == ktrace::session::SummaryMode::only);
  CHECK(options.stats.calls.columns == std::vector<Column>{Column::calls, Column::max_time, Column::name});
  CHECK_FALSE(options.stats.calls.sort_by);
  CHECK(options.stats.calls.overhead == std::chrono::microseconds(1500));
  CHECK(options.stats.calls.wall_clock);
}

TEST_CASE("processes to attach to, as a list") {
  Argv argv({"-p", "1, 2\n3", "--attach=4"});
  const auto parsed = ktrace::cli::parse(argv.count(), argv.words());
  REQUIRE(std::holds_alternative<Options>(parsed));
  CHECK(std::get<Options>(parsed).attach ==
        std::vector<ktrace::Tid>{ktrace::Tid{1}, ktrace::Tid{2}, ktrace::Tid{3}, ktrace::Tid{4}});
}

TEST_CASE("options of our own never make an abbreviation of strace's ambiguous") {
  CHECK(tokens({"--att=5"}) == std::vector<std::string>{"--attach=5"});
  CHECK(tokens({"--fo"}) == std::vector<std::string>{"--follow-forks"});
  CHECK(tokens({"--for=5"}) == std::vector<std::string>{"--for=5"});
  CHECK(tokens({"--attach-n=x"}) == std::vector<std::string>{"--attach-name=x"});
  CHECK(tokens({"--attach-tree", "5"}) == std::vector<std::string>{"--attach-tree=5"});
  CHECK(tokens({"--max", "5"}) == std::vector<std::string>{"--max-output=5"});
}

TEST_CASE("times and sizes of bounds have units") {
  using std::chrono::milliseconds;
  CHECK(parse({"--for=1.5", "true"}).run_for == milliseconds(1500));
  CHECK(parse({"--for=2m", "true"}).run_for == std::chrono::minutes(2));
  CHECK(parse({"--for=1h", "true"}).run_for == std::chrono::hours(1));
  CHECK(parse({"--for=30ms", "true"}).run_for == milliseconds(30));
  CHECK(parse({"--max-output=5", "true"}).output.most_bytes == 5);
  CHECK(parse({"--max-output=5k", "true"}).output.most_bytes == 5 * 1024);
  CHECK(parse({"--max-output=5M", "true"}).output.most_bytes == 5 * 1024 * 1024);
  CHECK(parse({"--max-output=1G", "--rotate=3", "-o", "/dev/null", "true"}).output.rotate == 3);
}

TEST_CASE("a tree is followed") {
  const Options options = parse({"--attach-tree=5"});
  CHECK(options.tracing.follow_forks);
  CHECK(options.attach_trees == std::vector<ktrace::Tgid>{{5}});
}
