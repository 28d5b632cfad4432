// See sockets.h. Kernel sources: net/core/sock_diag.c and the *_diag.c of each family.
#include "resolve/sockets.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include <arpa/inet.h>
#include <fmt/core.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

namespace ktrace::resolve {
namespace {

constexpr std::size_t buffer_bytes = 32768;  // what the kernel fills at most in one message of a dump
constexpr uint32_t every_state = ~uint32_t{0};

enum class Ask : uint8_t { nothing, unix_domain, inet, netlink };

// Protocols by the name that the kernel gives them (struct proto), and how to learn more. One that strace knows by
// another name is but a socket to it, until the kernel tells its address.
struct Protocol {
  std::string_view name;
  Ask ask = Ask::nothing;
  uint8_t family = AF_UNSPEC;
  uint8_t number = 0;
  std::string_view other_name{};
};
constexpr Protocol protocols[] = {
    {"UNIX", Ask::unix_domain},
    {"UNIX-STREAM", Ask::unix_domain},
    {"TCP", Ask::inet, AF_INET, IPPROTO_TCP},
    {"UDP", Ask::inet, AF_INET, IPPROTO_UDP},
    {"UDP-Lite", Ask::inet, AF_INET, IPPROTO_UDPLITE, "UDPLITE"},
    {"DCCP"},
    {"L2TP/IP"},
    {"SCTP"},
    {"PING"},
    {"RAW"},
    {"TCPv6", Ask::inet, AF_INET6, IPPROTO_TCP},
    {"UDPv6", Ask::inet, AF_INET6, IPPROTO_UDP},
    {"UDPLITEv6", Ask::inet, AF_INET6, IPPROTO_UDPLITE},
    {"DCCPv6"},
    {"L2TP/IPv6"},
    {"SCTPv6"},
    {"PINGv6"},
    {"RAWv6"},
    {"NETLINK", Ask::netlink},
    {"MPTCP", Ask::inet, AF_INET, IPPROTO_TCP, "TCP"},
    {"MPTCPv6", Ask::inet, AF_INET6, IPPROTO_TCP, "TCPv6"},
};

const Protocol* find_protocol(std::string_view name) {
  const auto found = std::find_if(std::begin(protocols), std::end(protocols),
                                  [&](const Protocol& protocol) { return protocol.name == name; });
  return found == std::end(protocols) ? nullptr : found;
}

std::string netlink_name(int protocol) {
  static constexpr std::string_view names[] = {
      "ROUTE",   "UNUSED", "USERSOCK",      "FIREWALL",  "SOCK_DIAG", "NFLOG",  "XFRM",    "SELINUX",
      "ISCSI",   "AUDIT",  "FIB_LOOKUP",    "CONNECTOR", "NETFILTER", "IP6_FW", "DNRTMSG", "KOBJECT_UEVENT",
      "GENERIC", {},       "SCSITRANSPORT", "ECRYPTFS",  "RDMA",      "CRYPTO", "SMC"};
  const auto k = static_cast<std::size_t>(protocol);
  return k < std::size(names) && !names[k].empty() ? std::string(names[k]) : std::to_string(protocol);
}

std::string endpoint(uint8_t family, const void* address, uint16_t port) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family, address, text, sizeof text);
  return family == AF_INET6 ? fmt::format("[{}]:{}", text, ntohs(port)) : fmt::format("{}:{}", text, ntohs(port));
}

template <class Value>
Value load(std::span<const std::byte> bytes) {
  Value value{};
  std::memcpy(&value, bytes.data(), std::min(sizeof value, bytes.size()));
  return value;
}

// The payloads of the attributes UNIX_DIAG_NAME and UNIX_DIAG_PEER.
struct UnixAttributes {
  std::string_view name{};
  uint32_t peer = 0;  // inode; 0: not connected
};

UnixAttributes unix_attributes(std::span<const std::byte> bytes) {
  UnixAttributes found;
  while (bytes.size() >= sizeof(rtattr)) {
    const auto header = load<rtattr>(bytes);
    if (header.rta_len < sizeof(rtattr) || header.rta_len > bytes.size()) break;
    const auto payload = bytes.subspan(sizeof(rtattr), header.rta_len - sizeof(rtattr));
    if (header.rta_type == UNIX_DIAG_NAME) found.name = {reinterpret_cast<const char*>(payload.data()), payload.size()};
    if (header.rta_type == UNIX_DIAG_PEER && payload.size() >= sizeof(uint32_t)) found.peer = load<uint32_t>(payload);
    bytes = bytes.subspan(std::min(bytes.size(), static_cast<std::size_t>(RTA_ALIGN(header.rta_len))));
  }
  return found;
}

// `@"abstract"` or `"/a/path"`: up to the NUL, as a C string.
void append_unix_name(std::string& out, std::string_view name, base::HexStrings hex) {
  const bool abstract = name.front() == '\0';
  if (abstract) {
    name.remove_prefix(1);
    out.push_back('@');
  }
  base::append_quoted(out, name.substr(0, name.find('\0')), hex);
}

}  // namespace

template <class Request>
bool Sockets::ask(const Request& request) {
  if (!tried_) {
    tried_ = true;
    socket_ = UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    buffer_.resize(buffer_bytes / sizeof buffer_[0]);
  }
  if (!socket_.valid()) return false;
  struct {
    nlmsghdr header;
    Request request;
  } message{};
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message.request = request;
  ssize_t sent = 0;
  do sent = send(socket_.get(), &message, sizeof message, 0);
  while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof message);
}

// The whole dump is read, also behind the socket that was looked for: the next one must not find its rest.
template <class Message, class Take>
bool Sockets::read_answers(Take take) {
  ssize_t length = 0;
  do length = recv(socket_.get(), buffer_.data(), buffer_bytes, 0);
  while (length < 0 && errno == EINTR);
  if (length <= 0) return false;
  auto bytes = std::as_bytes(std::span(buffer_)).first(static_cast<std::size_t>(length));
  while (bytes.size() >= sizeof(nlmsghdr)) {
    const auto header = load<nlmsghdr>(bytes);
    if (header.nlmsg_len < sizeof(nlmsghdr) || header.nlmsg_len > bytes.size()) return false;
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) return false;
    const auto payload = bytes.first(header.nlmsg_len).subspan(NLMSG_HDRLEN);
    if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY && payload.size() >= sizeof(Message))
      take(load<Message>(payload),
           payload.subspan(std::min<std::size_t>(payload.size(), NLMSG_ALIGN(sizeof(Message)))));
    bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), NLMSG_ALIGN(header.nlmsg_len)));
  }
  return true;
}

std::optional<Sockets::Details> Sockets::ask_unix(uint64_t inode, base::HexStrings hex) {
  unix_diag_req request{};
  request.sdiag_family = AF_UNIX;
  request.udiag_states = every_state;
  request.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER;
  if (!ask(request)) return {};
  std::optional<Details> found;
  const auto take = [&](const unix_diag_msg& message, std::span<const std::byte> rest) {
    if (message.udiag_ino != inode) return;
    const UnixAttributes attributes = unix_attributes(rest);
    if (attributes.name.empty() && attributes.peer == 0) return;
    found.emplace();
    found->text = std::to_string(inode);
    if (attributes.peer != 0) found->text.append("->").append(std::to_string(attributes.peer));
    if (!attributes.name.empty()) {
      found->text.push_back(',');
      append_unix_name(found->text, attributes.name, hex);
    }
  };
  while (read_answers<unix_diag_msg>(take)) continue;
  return found;
}

std::optional<Sockets::Details> Sockets::ask_inet(uint64_t inode, uint8_t family, uint8_t protocol) {
  inet_diag_req_v2 request{};
  request.sdiag_family = family;
  request.sdiag_protocol = protocol;
  request.idiag_states = every_state;
  if (!ask(request)) return {};
  std::optional<Details> found;
  const auto take = [&](const inet_diag_msg& message, std::span<const std::byte>) {
    if (message.idiag_inode != inode) return;
    found.emplace();
    const auto& id = message.id;
    const uint8_t of = message.idiag_family;
    found->text = endpoint(of, id.idiag_src, id.idiag_sport);
    if (id.idiag_dport != 0) found->text.append("->").append(endpoint(of, id.idiag_dst, id.idiag_dport));
  };
  while (read_answers<inet_diag_msg>(take)) continue;
  return found;
}

std::optional<Sockets::Details> Sockets::ask_netlink(uint64_t inode) {
  netlink_diag_req request{};
  request.sdiag_family = AF_NETLINK;
  request.sdiag_protocol = NDIAG_PROTO_ALL;
  if (!ask(request)) return {};
  std::optional<Details> found;
  const auto take = [&](const netlink_diag_msg& message, std::span<const std::byte>) {
    if (message.ndiag_ino != inode) return;
    found.emplace();
    found->netlink_protocol = message.ndiag_protocol;
    found->text = fmt::format("{}:{}", netlink_name(message.ndiag_protocol), message.ndiag_portid);
  };
  while (read_answers<netlink_diag_msg>(take)) continue;
  return found;
}

const Sockets::Details* Sockets::find(uint64_t inode, std::string_view name, base::HexStrings hex) {
  if (const auto known = known_.find(inode); known != known_.end()) return &known->second;
  const Protocol* protocol = find_protocol(name);
  if (protocol == nullptr) return nullptr;
  std::optional<Details> found;
  switch (protocol->ask) {
    case Ask::nothing: break;
    case Ask::unix_domain: found = ask_unix(inode, hex); break;
    case Ask::inet: found = ask_inet(inode, protocol->family, protocol->number); break;
    case Ask::netlink: found = ask_netlink(inode); break;
  }
  return found ? &known_.insert_or_assign(inode, *std::move(found)).first->second : nullptr;
}

std::string_view Sockets::describe(uint64_t inode, std::string_view name, base::HexStrings hex) {
  const Protocol* protocol = find_protocol(name);
  const bool renamed = protocol != nullptr && !protocol->other_name.empty();
  if (const Details* details = find(inode, name, hex)) {
    text_ = fmt::format("{}:[{}]", renamed ? protocol->other_name : name, details->text);
  } else {
    text_ = fmt::format("{}:[{}]", protocol != nullptr && !renamed ? name : "socket", inode);
  }
  return text_;
}

int Sockets::netlink_protocol(uint64_t inode) {
  const Details* details = find(inode, "NETLINK", base::HexStrings::none);
  return details != nullptr ? details->netlink_protocol : -1;
}

}  // namespace ktrace::resolve
