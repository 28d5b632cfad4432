// See picture.h.
#include "flame/picture.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "base/quote.h"
#include "flame/script.h"
#include "stats/statistic.h"
#include "stats/table.h"

namespace ktrace::flame {
namespace {

using Kind = Weights::Counts::Kind;

constexpr double width = 1200;
constexpr unsigned row = 17;     // pixels from a frame to those below, which it called
constexpr unsigned header = 48;  // above the frames
constexpr unsigned padding = 3;  // beside a name
constexpr double letter = 7.25;  // width of one

struct Box {
  uint32_t node;
  unsigned depth;
  uint64_t x;  // in weight, from the left
};

void append_xml(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': out.append("&amp;"); break;
      case '<': out.append("&lt;"); break;
      case '>': out.append("&gt;"); break;
      case '"': out.append("&quot;"); break;
      case '\'': out.append("&#39;"); break;
      default: out.push_back(c);
    }
  }
}

std::string with_separators(uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

std::string amount(By by, uint64_t weight) {
  const std::string_view end = weight == 1 ? "" : "s";
  switch (by) {
    case By::calls: return fmt::format("{} call{}", with_separators(weight), end);
    case By::bytes: return fmt::format("{} byte{}", with_separators(weight), end);
    case By::time: break;
  }
  return stats::short_duration(Nanoseconds(static_cast<int64_t>(weight)));
}

std::string_view title(By by) {
  switch (by) {
    case By::calls: return "System calls, by where they come from";
    case By::time: return "Time in system calls, by where they come from";
    case By::bytes: return "Bytes read and written, by where that comes from";
  }
  return {};
}

// The same name has the same colour in every picture. Functions are warm, system calls blue, programs green.
std::string color(Kind kind, std::string_view name) {
  uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619U;
  const unsigned a = hash % 40, b = hash / 40 % 60, c = hash / 2400 % 50;
  switch (kind) {
    case Kind::call: return fmt::format("#{:02x}{:02x}{:02x}", 100 + a, 160 + a, 205 + c);
    case Kind::program: return fmt::format("#{:02x}{:02x}{:02x}", 130 + a, 190 + c, 130 + a);
    case Kind::note: return "#c8c8c8";
    case Kind::frame: break;
  }
  if (name.starts_with('[')) return fmt::format("#{0:02x}{0:02x}{1:02x}", 190 + a, 150 + a);  // a file, no function
  return fmt::format("#{:02x}{:02x}{:02x}", 215 + a, 120 + 2 * b, 60 + c);
}

class Picture {
 public:
  Picture(std::string& out, const Weights& weights) : out_(out), weights_(weights), all_(weights.total(Weights::root)) {
    if (all_ == 0) return;
    place();
    choose();
    for (const Box& box : boxes_) deepest_ = std::max(deepest_, box.depth);
  }

  void append() {
    const unsigned height = header + (deepest_ + 1) * row + 8;
    const auto to = std::back_inserter(out_);
    fmt::format_to(
        to,
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"{0}\" height=\"{1}\" "
        "viewBox=\"0 0 {0} {1}\">\n"
        "<style>text {{ font: 12px monospace; fill: #000 }} .frame, .button {{ cursor: pointer }} "
        ".frame text {{ pointer-events: none }} .frame:hover rect {{ stroke: #000 }} "
        ".around rect {{ opacity: 0.5 }} .found rect {{ fill: #e050e0 }} .hidden {{ display: none }}</style>\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#fcfcf8\"/>\n"
        "<text x=\"600\" y=\"18\" text-anchor=\"middle\" style=\"font-size: 15px\">{2}</text>\n",
        static_cast<unsigned>(width), height, title(weights_.by()));
    fmt::format_to(to,
                   "<text id=\"reset\" class=\"button hidden\" x=\"8\" y=\"18\">Reset zoom</text>\n"
                   "<text id=\"search\" class=\"button\" x=\"1192\" y=\"18\" text-anchor=\"end\">Search</text>\n"
                   "<text id=\"details\" x=\"8\" y=\"38\">{}</text>\n"
                   "<text id=\"matched\" x=\"1192\" y=\"38\" text-anchor=\"end\"></text>\n"
                   "<g id=\"frames\">\n",
                   note());
    for (const Box& box : boxes_) append_box(box);
    out_.append("</g>\n<script><![CDATA[").append(script).append("]]></script>\n</svg>\n");
  }

 private:
  // Breadth first: parents before their children.
  void place() {
    boxes_.push_back({Weights::root, 0, 0});
    const double least = static_cast<double>(all_) * narrowest / width;
    for (std::size_t at = 0; at < boxes_.size(); ++at) {
      const Box box = boxes_[at];
      uint64_t x = box.x;
      for (const uint32_t child : weights_.children(box.node)) {
        const uint64_t weight = weights_.total(child);
        if (static_cast<double>(weight) >= least) {
          boxes_.push_back({child, box.depth + 1, x});
        } else {
          ++left_out_;
        }
        x += weight;
      }
    }
  }

  // A frame is at least as wide as what it calls, so that nothing hangs in the air.
  void choose() {
    if (boxes_.size() <= most_shown) return;
    std::stable_sort(boxes_.begin(), boxes_.end(),
                     [this](const Box& a, const Box& b) { return weights_.total(a.node) > weights_.total(b.node); });
    left_out_ += boxes_.size() - most_shown;
    boxes_.resize(most_shown);
  }

  [[nodiscard]] std::string note() const {
    if (all_ == 0) return "There were none.";
    if (left_out_ == 0) return {};
    return fmt::format("Too narrow to be shown: {} frame{}, and what they call.", with_separators(left_out_),
                       left_out_ == 1 ? "" : "s");
  }

  void append_box(const Box& box) {
    const auto share = static_cast<double>(weights_.total(box.node)) / static_cast<double>(all_);
    const double left = static_cast<double>(box.x) / static_cast<double>(all_) * width, wide = share * width;
    const unsigned top = header + box.depth * row;
    const bool is_root = box.node == Weights::root;
    const std::string_view name = is_root ? "all" : weights_.name(box.node);
    const auto to = std::back_inserter(out_);
    fmt::format_to(to, "<g class=\"frame\" data-x=\"{}\" data-w=\"{}\" data-d=\"{}\"><title>", box.x,
                   weights_.total(box.node), box.depth);
    append_xml(out_, name);
    fmt::format_to(to, "\n{}, {:.2f} %</title><rect x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\" fill=\"{}\"/>",
                   amount(weights_.by(), weights_.total(box.node)), share * 100, left, top, wide, row - 1,
                   is_root ? "#d8d8d8" : color(weights_.kind(box.node), name));
    fmt::format_to(to, "<text x=\"{:.2f}\" y=\"{}\">", left + padding, top + 12);
    append_xml(out_, fitted(name, wide));
    out_.append("</text></g>\n");
  }

  // As many characters as there is room for.
  static std::string fitted(std::string_view name, double wide) {
    const double room = (wide - 2 * padding) / letter;
    if (room < 3) return {};
    const auto most = static_cast<std::size_t>(room);
    std::size_t count = 0, cut = 0;
    for (std::size_t at = 0; at < name.size(); at += std::max<std::size_t>(base::utf8_length(name, at), 1)) {
      if (count == most - 2) cut = at;
      if (++count > most) return std::string(name.substr(0, cut)).append("..");
    }
    return std::string(name);
  }

  std::string& out_;
  const Weights& weights_;
  uint64_t all_;
  std::vector<Box> boxes_;
  std::size_t left_out_ = 0;  // frames; not those that they call
  unsigned deepest_ = 0;
};

}  // namespace

void append_picture(std::string& out, const Weights& weights) {
  Picture(out, weights).append();
}

}  // namespace ktrace::flame
