// Debian's libfmt was built by g++, and clang spells the name of this one function otherwise (what a conditional type
// is mangled to). Where clang compiles us, the function is instantiated here.
#ifdef __clang__
#include <fmt/format.h>

template void fmt::detail::vformat_to<char>(buffer<char>&, basic_string_view<char>,
                                            basic_format_args<FMT_BUFFER_CONTEXT(type_identity_t<char>)>, locale_ref);
#endif
