// What a socket is connected to, asked from the kernel over netlink (sock_diag(7)) by the inode of the socket. As in
// strace, an answer is kept for as long as ktrace runs: inodes of sockets are hardly ever used again, and a connected
// socket rarely changes its peer (a datagram socket may: the first answer stays).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/quote.h"
#include "ktrace/base/unique_fd.h"

namespace ktrace::resolve {

class Sockets {
 public:
  // `TCP:[127.0.0.1:80->127.0.0.1:999]`; of what the kernel does not tell more `TCP:[INODE]`, or `socket:[INODE]` if
  // the protocol is not one that strace names.
  std::string_view describe(uint64_t inode, std::string_view protocol, base::HexStrings hex);

  // NETLINK_ROUTE and its kin; -1: unknown.
  int netlink_protocol(uint64_t inode);

 private:
  struct Details {
    std::string text;  // between the brackets
    int netlink_protocol = -1;
  };

  const Details* find(uint64_t inode, std::string_view protocol, base::HexStrings hex);
  template <class Request>
  bool ask(const Request& request);
  // Reads the answers; false: there are no more.
  template <class Message, class Take>
  bool read_answers(Take take);

  std::optional<Details> ask_unix(uint64_t inode, base::HexStrings hex);
  std::optional<Details> ask_inet(uint64_t inode, uint8_t family, uint8_t protocol);
  std::optional<Details> ask_netlink(uint64_t inode);

  UniqueFd socket_;
  bool tried_ = false;
  std::unordered_map<uint64_t, Details> known_;
  std::vector<uint64_t> buffer_;  // aligned for netlink headers
  std::string text_;
};

}  // namespace ktrace::resolve
