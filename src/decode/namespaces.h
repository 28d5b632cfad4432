// --namespace=new: the namespaces that a successful clone, clone3, setns or unshare entered (namespaces(7)), as an aux
// value: `= 0 (net:[4026532177], uts:[4026532178])`.
#pragma once

#include "decode/view.h"
#include "ktrace/sink.h"

namespace ktrace::decode {

void show_namespaces(ViewContext& context, Sink& sink);

}  // namespace ktrace::decode
