// Rows and names in the tables of the real descriptions.
#include "spec/lookup.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace ktrace;
using namespace ktrace::spec;

namespace {
constexpr Abi all_abis[] = {Abi::x86_64, Abi::i386, Abi::aarch64, Abi::arm};
}

TEST_CASE("a call has its number on each ABI") {
  CHECK(string(find_row(Abi::x86_64, 257)->name) == "openat");
  CHECK(string(find_row(Abi::i386, 295)->name) == "openat");
  CHECK(string(find_row(Abi::aarch64, 56)->name) == "openat");
  CHECK(string(find_row(Abi::arm, 322)->name) == "openat");
}

TEST_CASE("numbers in gaps and beyond the end have no row") {
  CHECK(find_row(Abi::x86_64, 400) == nullptr);
  CHECK(find_row(Abi::x86_64, 100000) == nullptr);
  CHECK(find_row(Abi::x86_64, ~uint64_t{0}) == nullptr);
  CHECK(find_row(Abi::x86_64, (uint64_t{1} << 32) + 257) == nullptr);
}

TEST_CASE("every row is found by its number and by its name") {
  for (Abi abi : all_abis) {
    CHECK(rows_of(abi).size() > 300);
    for (const Row& row : rows_of(abi)) {
      CHECK(find_row(abi, row.number) == &row);
      CHECK(find_row(abi, string(row.name)) == &row);
    }
  }
}

TEST_CASE("no two numbers of an ABI share a name") {
  for (Abi abi : all_abis) {
    std::set<std::string_view> names;
    for (const Row& row : rows_of(abi)) CHECK_MESSAGE(names.insert(string(row.name)).second, string(row.name));
  }
}

TEST_CASE("sub-calls of socketcall and ipc are rows") {
  const Row& socketcall = *find_row(Abi::i386, "socketcall");
  CHECK(socketcall.kind == RowKind::demux_memory);
  CHECK(string(find_sub_row(socketcall, 3)->name) == "connect");
  CHECK(find_sub_row(socketcall, 0) == nullptr);
  const Row& ipc = *find_row(Abi::i386, "ipc");
  CHECK(ipc.kind == RowKind::demux_registers);
  CHECK(find_sub_row(ipc, 1)->slot[1] == 4);
  CHECK(sub_rows_of(*find_row(Abi::x86_64, "read")).empty());
}

TEST_CASE("paths and descriptors make classes") {
  CHECK((find_row(Abi::x86_64, "openat")->classes & (class_file | class_desc)) == (class_file | class_desc));
  CHECK((find_row(Abi::x86_64, "read")->classes & (class_file | class_desc)) == class_desc);
  CHECK((find_row(Abi::x86_64, "getpid")->classes & (class_file | class_desc)) == 0);
}

TEST_CASE("64-bit arguments are split on 32-bit ABIs") {
  CHECK(find_row(Abi::x86_64, "pread64")->wide == 0);
  CHECK(find_row(Abi::i386, "pread64")->slot[3] == 3);
  CHECK(find_row(Abi::i386, "pread64")->wide == 8);
  CHECK(find_row(Abi::arm, "pread64")->slot[3] == 4);
}

TEST_CASE("types refer to what exists") {
  for (uint32_t call = 0; call < call_count; ++call) {
    for (uint32_t k = calls[call].first; k < calls[call].first + calls[call].count; ++k) {
      const Type& type = types[fields[k].type];
      if (type.kind == Kind::set) CHECK(type.ref < set_count);
      if (type.kind == Kind::record) CHECK(type.ref < record_count);
      if (type.kind == Kind::native || type.kind == Kind::object) CHECK(type.ref < native_count);
      if (type.kind == Kind::select || type.kind == Kind::key) CHECK(type.ref < select_count);
      if (type.kind == Kind::pointer) CHECK(type.elem != none);
    }
  }
}
