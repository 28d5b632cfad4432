// A value or the reason why there is none. A small subset of std::expected (C++23), so that it can be swapped later.
//
// Expected failures (a file that cannot be opened, a process that is gone) travel as Result; bugs go to KT_CHECK.
// errno numbers are those of errno(3); 0 means that the failure has no errno.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace ktrace {

struct Error {
  int number = 0;    // errno, or 0
  std::string what;  // one line: what was tried and why it failed; no program name, no newline
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  [[nodiscard]] T& value() & { return std::get<0>(state_); }
  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return !error_; }
  explicit operator bool() const { return has_value(); }
  void value() const {}
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace ktrace

// Evaluates to the value of a Result, or returns its error from the enclosing function (a GNU statement expression).
#define KT_TRY(expression)                    \
  __extension__({                             \
    auto kt_result = (expression);            \
    if (!kt_result) return kt_result.error(); \
    std::move(kt_result).value();             \
  })
