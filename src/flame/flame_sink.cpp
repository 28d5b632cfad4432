// See flame_sink.h.
#include "flame/flame_sink.h"

#include <algorithm>
#include <utility>

#include "flame/folded.h"
#include "flame/picture.h"

namespace ktrace::flame {
namespace {

bool is_picture(const output::Target& target) {
  return target.kind == output::Target::Kind::file && target.name.ends_with(".svg");
}

}  // namespace

FlameSink::FlameSink(Options options, Sources sources)
    : options_(std::move(options)), sources_(std::move(sources)), counts_(*sources_.tasks, options_.overhead) {
  if (options_.every) next_ = sources_.clock() + *options_.every;
}

Result<std::unique_ptr<FlameSink>> FlameSink::open(Options options, const base::Log& log, Sources sources) {
  std::unique_ptr<FlameSink> made(new FlameSink(std::move(options), std::move(sources)));
  for (const output::Target& target : made->options_.files)
    made->files_.push_back(KT_TRY(output::Destination::open(target, log)));
  return made;
}

void FlameSink::call_end(const Subject& who, CallState& call) {
  counts_.call(who, call);
  if (next_) write_if_due(call.left);
}

void FlameSink::call_lost(const Subject& who, CallState& call, Loss /*why*/) {
  counts_.lost(who, call);
}

void FlameSink::stopped(const Subject& /*who*/, int /*signal*/, Moment /*when*/) {
  counts_.no_stack();
}

void FlameSink::exited(const Subject& /*who*/, int /*status*/, Moment /*when*/) {
  counts_.no_stack();
}

void FlameSink::killed(const Subject& /*who*/, int /*signal*/, bool /*core*/, Moment /*when*/) {
  counts_.no_stack();
}

void FlameSink::tracee_added(const Subject& who, Tid /*parent*/, Moment /*when*/) {
  counts_.added(who);
}

void FlameSink::tracee_removed(const Subject& who, Moment /*when*/) {
  counts_.removed(who);
}

// What ktrace was too busy for is not made up for, and at least as much time as writing took is left for the programs.
void FlameSink::write_if_due(Nanoseconds now) {
  if (now < *next_) return;
  write();
  const Nanoseconds after = std::max(sources_.clock(), now);
  next_ = std::max(now + *options_.every, after + (after - now));
}

std::optional<Nanoseconds> FlameSink::on_idle(Nanoseconds now) {
  if (!next_) return {};
  write_if_due(now);
  return std::max(*next_ - now, Nanoseconds{});
}

bool FlameSink::broken() const {
  return std::any_of(files_.begin(), files_.end(), [](const auto& file) { return file->broken(); });
}

// Files are written anew each time. A pipe, which cannot be, gets what there is at the end.
void FlameSink::write() {
  const bool last = !next_;
  const Weights weights(counts_, options_.by);
  for (std::size_t i = 0; i < files_.size(); ++i) {
    output::Destination& file = *files_[i];
    if (!file.restart() && !last) continue;
    output::Writer& writer = file.writer({});
    if (is_picture(options_.files[i])) {
      append_picture(writer.buffer(), weights);
    } else {
      write_folded(writer, weights);
    }
    writer.flush();
  }
}

void FlameSink::finish() {
  next_.reset();
  write();
  for (const auto& file : files_) file->close();
}

}  // namespace ktrace::flame
