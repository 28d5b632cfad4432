#include "tables.h"

#include <cstring>

namespace ktspec {

Tables::Tables() {
  string("");
}

spec::Str Tables::string(std::string_view text) {
  const auto [at, fresh] = string_at_.emplace(std::string(text), static_cast<spec::Str>(strings.size()));
  if (fresh) {
    strings += text;
    strings += '\0';
  }
  return at->second;
}

spec::Str Tables::unknown(std::string_view prefix) {
  return prefix.empty() ? 0 : string(std::string(prefix) + "???");
}

spec::Code Tables::add_code(const std::string& bytes) {
  const auto [at, fresh] = code_at_.emplace(bytes, static_cast<spec::Code>(code.size()));
  if (fresh) code += bytes;
  return at->second;
}

uint32_t Tables::imm(const PerAbi<uint64_t>& values) {
  const auto [at, fresh] = imm_at_.emplace(values, static_cast<uint32_t>(imms.size()));
  if (fresh) imms.push_back(values);
  return at->second;
}

// Table entries have no padding bytes that matter: they are built from zeroed memory.
template <typename T>
static std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

uint32_t Tables::load(const spec::Load& load) {
  const auto [at, fresh] = load_at_.emplace(bytes_of(load), static_cast<uint32_t>(loads.size()));
  if (fresh) loads.push_back(load);
  return at->second;
}

uint32_t Tables::type(const spec::Type& type) {
  static_assert(sizeof(spec::Type) == 28, "padding would make equal types differ");
  const auto [at, fresh] = type_at_.emplace(bytes_of(type), static_cast<uint32_t>(types.size()));
  if (fresh) types.push_back(type);
  return at->second;
}

uint32_t Tables::arguments(const std::vector<spec::Code>& args) {
  if (args.empty()) return 0;
  const auto [at, fresh] = arguments_at_.emplace(args, static_cast<uint32_t>(type_args.size()));
  if (fresh) type_args.insert(type_args.end(), args.begin(), args.end());
  return at->second;
}

}  // namespace ktspec
